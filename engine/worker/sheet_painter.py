"""One attempt at several pictures at once: each is painted and kept, then all become one sheet."""

import logging
import math
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from engine.images.animation import FILM_SIDE, Pixels, shrink
from engine.images.output import pixels, png
from engine.images.tiles import numbered, tiled
from engine.painting_run import Finished, Painted, Prepared, run
from engine.result import metadata_of
from engine.worker.finished import FinishedPainting, WriteResult, decoded, models_of, speed_key_of
from engine.worker.job_painter import JobPainter
from store.model import MAX_ATTEMPTS, Result
from store.reader.scripts import open_scripts
from store.request.presets import QUALITIES
from store.request.request import DrawRequest

if TYPE_CHECKING:
    from torch import Tensor

    from engine.models import LoadedModels
    from engine.painting.step import Step

log = logging.getLogger(__name__)

LONGEST = 1280  # pixels of a sheet's longer side
PART = "part"  # in a saved state, the index of the picture that it belongs to


class SheetPainter(JobPainter):
    """Paint the pictures of a sheet, one after the other; a drafter draws the codes of all at once.

    Each finished one is a file, and what is half painted is a state as that of any picture; so an
    attempt goes on where the one before it was ended. The drafts that were drawn at once have one
    state, which is kept until the end.
    """

    _shown: list[Pixels]  # small ones, of the previews
    _seconds: list[float]  # of the pictures that this attempt has painted
    _index = 0  # of the picture that is being painted
    _per_part = 1  # steps of each picture; a draft counts as one
    _together: "dict[str, Tensor] | None" = None  # the state of all drafts, if drawn at once
    _together_s = 0.0  # what each has taken of that

    def run(self) -> WriteResult | None:
        """Paint to the end; return what writes the result, or None if it was halted."""
        models = self._pipeline.load(self.request)
        parts = self._parts(models)
        state = self._resume() or {}
        resumed = int(state.pop(PART)) if PART in state else -1
        self._shown, self._seconds = [], []
        prepared: Prepared | None = None
        if not self._draft_together(parts, models, {} if resumed >= 0 else state):
            return None
        drafted = self._drafted()
        for self._index, part in enumerate(parts):
            self._drafts.append(self._part_key(self._index))  # deleted with these
            if self.job.attempt < MAX_ATTEMPTS and self._files.exists(self._drafts[-1]):
                self._shown.append(_small(decoded(self._read(self._index))))
                continue
            known = drafted[self._index] if drafted else state
            there = drafted or resumed == self._index
            prepared = self._paint(part, known if there else None)
            if prepared is None:
                return None
            if self.keep and not drafted:  # those that there are will do
                break
        return self._assemble(parts[: self._index + 1], models)

    def _parts(self, models: "LoadedModels") -> list[DrawRequest]:
        """Return the request of each picture; the engine's usual steps are not the user's."""
        own = self.job.request.steps
        parts = self._pipeline.parts(replace(self.request, steps=own), models)
        usual = self.request.steps if own is None else None
        quick = usual and max(1, round(usual * QUALITIES["quick"].steps))
        return [replace(part, steps=quick) if part.steps is None else part for part in parts]

    def _draft_together(
        self, parts: Sequence[DrawRequest], models: "LoadedModels", state: "dict[str, Tensor]"
    ) -> bool:
        """Let a drafter draw the codes of all parts; return False if it was halted."""
        started, step = monotonic(), None
        plan = self._pipeline.plan(parts[0], models)
        prepared = Prepared(parts[0], plan, models)
        self.latents.start(0)
        for step in self._pipeline.draft_together(parts, models, state, self._images):
            self._together = step.state()
            if not self._accept(Painted(replace(step, total=len(parts)), False), prepared):
                return False
        if step is not None:
            self.latents.save(step)
            self._together_s = (monotonic() - started) / len(parts)
        return True

    def _drafted(self) -> "list[dict[str, Tensor]]":
        """Return the state of each draft that was drawn at once."""
        from engine.painting.start.drafting import states_of  # late, as it imports torch

        return states_of(self._together) if self._together else []

    def _paint(self, part: DrawRequest, state: "dict[str, Tensor] | None") -> Prepared | None:
        """Paint one picture and write it; return None if it was halted."""
        prepared: Prepared | None = None
        resume, enough = lambda _: state, lambda: self.keep
        with closing(run(part, self._pipeline, self._images, resume, enough)) as events:
            for event in events:
                match event:
                    case Prepared(plan=plan):
                        prepared = event
                        self._per_part = max(1, plan.total)
                        self.steps = self._per_part * self.request.count
                        self.latents.start(self._index * self._per_part)
                    case Painted(step, is_frame):
                        assert prepared is not None
                        # A draft appears once, when it is finished.
                        shown = is_frame and step.number < step.total
                        if not self._accept(Painted(self._of_all(step), shown), prepared):
                            return None
                    case Finished():
                        assert prepared is not None
                        return prepared if self._keep(event, prepared) else None
        raise RuntimeError("the painting did not finish")

    def _keep(self, finished: Finished, prepared: Prepared) -> bool:
        """Write a finished picture; return False if nobody wants it any more."""
        if self._abandoned:
            return False
        data = png(finished.picture, finished.metadata)
        self._files.write(self._part_key(self._index), data)
        self._seconds.append(finished.seconds + self._together_s)
        self._shown.append(_small(finished.picture))
        step = finished.step
        self.step = (self._index + 1) * self._per_part
        self._write_frame(replace(self._of_all(step), number=self.step), prepared, done=True)
        return True

    def _of_all(self, step: "Step") -> "Step":
        """Return a step of one picture as one of the sheet."""
        index, state = self._index, step.state
        together = self._together

        def marked() -> "dict[str, Tensor]":
            from torch import tensor

            return together or {**state(), PART: tensor(index)}

        number = index * self._per_part + step.number
        return replace(step, number=number, total=self.steps, state=marked)

    def _write_frame(self, step: "Step", prepared: Prepared, *, done: bool = False) -> None:
        """Write the sheet as far as it is painted; it becomes the preview if it may be seen."""
        if not self._may_be_seen(step, prepared):
            return
        now = [] if done else [_small(pixels(step.frame()))]
        # All drafts are already side by side.
        whole = now[0] if step.drafting and self._together else None
        shown, count = [*self._shown, *now], self.request.count

        def data() -> bytes:
            small = _small(sheet(shown, count) if whole is None else whole)
            return png(small, quick=True)

        self._write_later(step, data, seen=True)

    def _assemble(self, parts: Sequence[DrawRequest], models: "LoadedModels") -> WriteResult:
        """Look at the pictures with the models; return what writes them and their sheet."""
        from engine.safety.classifier import tensor_of

        plan = self._pipeline.plan(parts[0], models)
        files = [self._read(index) for index in range(len(parts))]
        pictures = [decoded(data) for data in files]
        tensors = [tensor_of(picture) for picture in pictures]
        verdict = self._pipeline.classify(models, tensors)
        if verdict.unsafe:
            log.warning("it looks unsafe: %.2f; its chat is %s", verdict.risk, self.job.safety)
        hashes = self._pipeline.hashes(self.request)
        first = replace(parts[0], at_once=len(parts))
        metadata = metadata_of(first, plan, math.nan, hashes, self._images)
        names = [f"{number}.png" for number in range(1, len(parts) + 1)]
        whole = sheet(pictures, len(parts))
        self._last = None  # as it holds memory of the device
        height, width = pictures[0].shape[:2]
        each_steps = max(1, plan.total)
        self.steps = self.request.count * each_steps  # also of those that were not wanted any more
        each = sum(self._seconds) / len(self._seconds) if self._seconds else 0.0
        result = Result(
            picture=f"{self._result_folder}/picture.png",
            animation="",
            gif="",
            width=width,
            height=height,
            steps=len(parts) * each_steps,
            seconds=each * len(parts),
            loss=self.loss or 0.0,
            seed=parts[0].seed or 0,
            models=models_of(self.request),
            parts=tuple(f"{self._result_folder}/{name}" for name in names),
            drafted=parts[0].steps == 0,
            enlarges=self._pipeline.enlarges(plan),
            styles=open_scripts(self._pipeline.repertoires(models)),
        )
        done = FinishedPainting(
            result,
            tuple(self._pipeline.notices(parts[0], models)),
            verdict,
            f"{speed_key_of(self.request, width, height)} at once",
            result.seconds / result.steps,
            None,
            self._pipeline.vectors(models, tensors),
        )
        each_file = dict(zip(names, files, strict=True))

        def write() -> FinishedPainting | None:
            sheet_file = {"picture.png": png(whole, metadata)}
            return done if self._write_files(each_file | sheet_file) else None

        return write

    def _part_key(self, index: int) -> str:
        return f"{self._frame_folder}/part-{index}.png"

    def _read(self, index: int) -> bytes:
        return self._files.read(self._part_key(index))


def sheet(pictures: Sequence[Pixels], count: int) -> Pixels:
    """Return a sheet of so many pictures [h, w, 3], whose places are empty where they are missing.

    It is as large as Telegram shows a photo.
    """
    from engine.safety.classifier import tensor_of

    height, width = pictures[0].shape[:2]
    known = [tensor_of(picture) for picture in pictures]
    empty = [known[0].new_ones(known[0].shape)] * (count - len(known))
    whole = numbered(pixels(tiled([*known, *empty])), count, height, width)
    return shrink(whole, LONGEST)


def _small(picture: Pixels) -> Pixels:
    return shrink(picture, FILM_SIDE)
