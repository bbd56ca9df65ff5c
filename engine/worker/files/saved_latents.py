"""The painter's states that a job saves on the way, for another attempt to resume from."""

import logging
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from engine.worker.files.waiting_files import WaitingFiles

if TYPE_CHECKING:
    from torch import Tensor

    from engine.painting.step import Step

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SaveIntervals:
    """When a latent is saved: after so many steps or seconds, but not more often than the pause."""

    steps: int = 25
    seconds: float = 10.0
    pause_s: float = 2.0  # a fast GPU makes 25 steps in no time
    keep_s: float = 1.0  # between two states kept in memory, for a stop in the middle of a step


class SavedLatents:
    """The saved states of one job, the newest last, as safetensors in the file store.

    `saved` is the step and the key of the newest one that this attempt has written.
    """

    def __init__(
        self, job_id: int, latent: str | None, files: WaitingFiles, intervals: SaveIntervals
    ) -> None:
        self.saved: tuple[int, str] | None = None
        self._job_id = job_id
        self._latent = latent  # key of the one to resume from
        self._files = files
        self._intervals = intervals
        self._keys = [latent] if latent else []  # all that may be in the store
        self._saved_at = (0, 0.0)  # the step and the time of the newest one
        self._kept: tuple[int, dict[str, Tensor]] | None = None
        self._kept_at = 0.0

    def start(self, step: int) -> None:
        """Count steps and seconds from here; nothing of this attempt is saved yet."""
        self._saved_at = (step, monotonic())

    def due(self, step: int) -> bool:
        """Return whether the state after `step` steps is to be saved."""
        saved, at = self._saved_at
        waited, intervals = monotonic() - at, self._intervals
        enough_steps = step - saved >= intervals.steps and waited >= intervals.pause_s
        return waited >= intervals.seconds or enough_steps

    def keep(self, step: "Step") -> None:
        """Copy the painter's state after a step into memory, unless one was just copied.

        The state exists only until the next step begins, which may take longer than a stop waits.
        """
        if monotonic() - self._kept_at >= self._intervals.keep_s or (
            step.number >= step.total and not step.drafting
        ):
            self._kept, self._kept_at = (step.place, step.state()), monotonic()

    def save(self, step: "Step") -> None:
        """Write the painter's state after a step, behind the frames that were painted before it."""
        self._write(step.place, step.state())

    def save_kept(self) -> None:
        """Write the newest state in memory, where no newer one is written."""
        if self._kept is not None and (self.saved is None or self._saved_at[1] < self._kept_at):
            self._write(*self._kept)
            self._files.finish()

    def save_last(self) -> None:
        """Write the newest state in memory, unless it is painted again in no time."""
        if monotonic() - self._saved_at[1] >= self._intervals.pause_s:
            self.save_kept()

    def _write(self, number: int, state: "dict[str, Tensor]") -> None:
        from safetensors.torch import save

        state = {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}
        key = f"jobs/{self._job_id}/latent-{number}.safetensors"

        def written() -> None:
            if key not in self._keys:
                self._keys.append(key)
            self.saved = (number, key)

        self._saved_at = (number, monotonic())
        self._files.write_later(key, lambda: save(state), written)

    def load(self) -> "dict[str, Tensor] | None":
        """Return the state that an earlier attempt saved; None without one that can be read."""
        if self._latent is None:
            return None
        from safetensors import SafetensorError
        from safetensors.torch import load

        try:
            return load(self._files.read(self._latent))
        except (OSError, SafetensorError) as error:
            log.warning("painting starts anew, as its latent cannot be read: %s", error)
            return None

    def delete_before(self, newest: str) -> None:
        """Delete the states that are older than the one that the job's row names."""
        older = self._keys[: self._keys.index(newest)]
        for key in older:
            self._files.delete(key)
            self._keys.remove(key)

    def delete_all(self) -> None:
        """Delete every state: nobody will resume the job."""
        for key in self._keys:
            self._files.delete(key)
