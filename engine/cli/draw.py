"""Paint one picture into files, for the command line."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, TextIO

from engine.cli import saved_painting
from engine.cli.requests import numbered
from engine.errors import say, sentence
from engine.images.animation import FILM_SIDE, Pixels, shrink
from engine.images.inputs import InputImages
from engine.images.output import OutputFiles, pixels, png, save
from engine.painting_run import Finished, Painted, Prepared, run
from engine.pipeline import Pipeline
from engine.progress_bar import ProgressBar
from engine.result import no_film, resolve_request
from store.request.request import DrawRequest

if TYPE_CHECKING:
    from torch import Tensor

    from engine.cli.saved_painting import SavedPainting
    from engine.painting.plan import Plan
    from engine.painting.step import Step
    from store.model import Notice


@dataclass(frozen=True)
class DrawnPicture:
    """A picture whose files are written."""

    request: DrawRequest
    files: OutputFiles
    width: int
    height: int
    steps: int
    seconds: float
    loss: float
    notices: "Sequence[Notice]"
    parts: Sequence[Path] = ()  # the files of the pictures of which the PNG is the sheet

    @property
    def _has_mp4(self) -> bool:
        return self.files.has_film and not self.files.film_fault

    def report(self, language: str) -> dict[str, Any]:
        """Return the fields of the JSON report (`--json`)."""
        return {
            "prompt": self.request.prompt,
            "seed": self.request.seed,
            "steps": self.steps,
            "seconds": round(self.seconds, 3),
            "width": self.width,
            "height": self.height,
            "loss": self.loss if math.isfinite(self.loss) else None,
            "notices": [sentence(notice, language) for notice in self.notices],
            "vqgan": self.request.vqgan,
            "clip": self.request.clip,
            "ruclip": self.request.ruclip,
            "guide": self.request.guide,
            "png": str(self.files.png),
            "pictures": [str(part) for part in self.parts or (self.files.png,)],
            "gif": str(self.files.gif) if self.files.has_film else None,
            "mp4": str(self.files.mp4) if self._has_mp4 else None,
        }


def draw(
    request: DrawRequest,
    path: Path,
    pipeline: Pipeline,
    images: InputImages,
    *,
    resume: "SavedPainting | None" = None,
    save_state: Path | None = None,
    prepare: "Callable[[Prepared], None]" = lambda prepared: None,
    progress: "Callable[[Step], None]" = lambda step: None,
    notices: "Sequence[Notice]" = (),
    enough: Callable[[], bool] = lambda: False,
) -> DrawnPicture:
    """Paint a complete request (`engine.pipeline.with_defaults`) and write its three files.

    resume: the saved painting to go on from.
    save_state: where to write the last state, also when interrupted.
    prepare: is called when the models are loaded, before the first step.
    notices: put before those of the models.
    enough: is asked after each step; once it is true, the picture is finished as it is.

    Raises EngineError where the request cannot be painted, or cannot go on from `resume`.
    """

    def state_of(prepared: Prepared) -> "Mapping[str, Tensor] | None":
        if resume is None:
            return None
        resume.check(prepared.request, prepared.plan, prepared.models.vqgan.shape)
        return resume.state

    frames: list[Pixels] = []
    prepared: Prepared | None = None
    finished: Finished | None = None
    state: Mapping[str, Tensor] = {}
    try:
        for event in run(request, pipeline, images, state_of, enough):
            match event:
                case Prepared():
                    prepared = event
                    prepare(event)
                case Painted(step, is_frame):
                    if save_state is not None:
                        state = step.state()
                    if is_frame:
                        frames.append(shrink(pixels(step.frame()), FILM_SIDE))
                    progress(step)
                case Finished():
                    finished = event
    finally:
        if prepared and save_state is not None and state:
            resolved = resolve_request(prepared.request, prepared.plan)
            saved_painting.write_saved(save_state, resolved, state)
    assert prepared is not None and finished is not None  # else `run` has raised
    parts = dict(zip(numbered(path, len(finished.parts)), finished.parts, strict=True))
    alone = {place: png(part.picture, part.metadata) for place, part in parts.items()}
    files = save(
        path,
        finished.picture,
        frames,
        finished.metadata,
        prepared.plan.film.seconds,
        others=alone,
        with_film=request.film is not False,
    )
    missing = [no_film(files.film_fault)] if files.film_fault else []
    first = finished.parts[0].picture if finished.parts else finished.picture
    (height, width), step = first.shape[:2], finished.step
    return DrawnPicture(
        prepared.request,
        files,
        width,
        height,
        step.number,
        finished.seconds,
        step.loss,
        [*notices, *finished.notices, *missing],
        tuple(parts),
    )


class DrawProgress:
    """Show the progress of a painting."""

    def __init__(self, stream: TextIO, language: str, clock: Callable[[], float] = monotonic):
        self._language = language
        self._bar = ProgressBar(stream, self._text, clock)
        self._drafts = ProgressBar(stream, self._draft_text, clock)

    def begin(self, plan: "Plan") -> None:
        """Let the time that is left follow from how much work the steps of this plan are."""
        self._bar.work_until = plan.schedule.work_until

    def __call__(self, step: "Step") -> None:
        """Show that a step is done, or how much of the drafts is drawn."""
        if step.drawn is not None:
            self._drafts(*step.drawn)
        else:
            self._drafts.close()
            self._bar(step.number, step.total)

    def close(self) -> None:
        """End the line of the progress bar."""
        self._drafts.close()
        self._bar.close()

    def _draft_text(self, done: int, total: int | None, left: int | None) -> str:
        percent = 100 * done // (total or 1)
        if left is None:
            return say("progress-draft-first", self._language, percent=percent)
        return say("progress-draft", self._language, percent=percent, left=left)

    def _text(self, done: int, total: int | None, left: int | None) -> str:
        values = {"step": done, "steps": total}
        if done == total:
            return say("progress-last", self._language, **values)
        if left is None:
            return say("progress-first", self._language, **values)
        return say("progress", self._language, left=left, **values)


def json_line(report: dict[str, Any]) -> str:
    """Return the report as JSON in ASCII, which any terminal and locale can print."""
    return json.dumps(report)
