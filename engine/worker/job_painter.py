"""One attempt at one job: steps, frames and latents in the painting thread, then its files."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

from engine.images.animation import FILM_SIDE, Film, Pixels, scene_ends, shrink
from engine.images.animation_files import GIF, MP4, animations
from engine.images.inputs import from_store
from engine.images.output import pixels, png
from engine.painting_run import Finished, Painted, Prepared, run
from engine.pipeline import Pipeline
from engine.result import no_film
from engine.worker.files.saved_latents import SavedLatents, SaveIntervals
from engine.worker.files.waiting_files import WaitingFiles
from engine.worker.finished import (
    FinishedPainting,
    WriteResult,
    decoded,
    models_of,
    speed_key_of,
)
from store.model import MAX_ATTEMPTS, Job, Result
from store.reader.scripts import open_scripts
from store.request.request import DrawRequest

if TYPE_CHECKING:
    from torch import Tensor

    from engine.painting.step import Step

log = logging.getLogger(__name__)


class HaltSignal(Enum):
    """Why an attempt stops before its end."""

    LOST = "the job is no longer ours"
    CANCELLED = "the requester cancelled it"
    RELEASED = "the engine is being stopped"
    LATE = "it takes too long"


class JobPainter:
    """Paint one job. `run` is for the painting thread, what it returns for the encoding thread.

    All else is for the event loop.
    """

    def __init__(
        self,
        job: Job,
        request: DrawRequest,
        pipeline: Pipeline,
        files: WaitingFiles,
        save_intervals: SaveIntervals,
    ) -> None:
        self.job = job
        self.token = job.token or ""  # of the lease
        self.request = request
        self.step = max(0, job.saved_step or 0)
        self.steps = job.steps or request.steps or 0
        self.drawn = job.drawn  # per cent of a draft; None once it is painted on
        self.loss: float | None = None
        self.preview: str | None = None
        self.halted: HaltSignal | None = None
        self.keep = False  # the requester likes the picture as it is
        self.latents = SavedLatents(job.id, job.latent, files, save_intervals)
        self._pipeline = pipeline
        self._files = files
        self._images = from_store(files.read)
        self._frames: list[str] = []  # keys of those written
        self._last: Step | None = None
        self._drafts: list[str] = []  # keys of pictures of drafts, which are previews alone

    def halt(self, reason: HaltSignal) -> None:
        """Stop the painting within a step. The first reason counts, except that LOST overrides."""
        if self.halted is None or reason is HaltSignal.LOST:
            self.halted = reason
        self._files.give_up(drop=self._abandoned)

    @property
    def waited_s(self) -> float:
        """Return the seconds that the painting has waited for the file store."""
        return self._files.waited_s

    def run(self) -> WriteResult | None:
        """Paint to the end; return what is left to do without the device. None if it was halted.

        That makes and writes the files of the result. It returns None if it was halted.
        """
        prepared: Prepared | None = None
        started = False
        resume, enough = lambda _: self._resume(), lambda: self.keep
        # Closed where this ends by an error, which is kept: others would wait for its steps.
        with closing(run(self.request, self._pipeline, self._images, resume, enough)) as events:
            for event in events:
                match event:
                    case Prepared(request):
                        prepared, self.request = event, request
                    case Painted(step):
                        assert prepared is not None  # the first event
                        if not started:
                            started = True
                            self.latents.start(step.place)
                            self._find_frames(step.number, prepared.plan.film)
                        if not self._accept(event, prepared):
                            return None
                    case Finished():
                        assert prepared is not None
                        return self._finish(event, prepared)
        raise RuntimeError("the painting did not finish")

    def _accept(self, event: Painted, prepared: Prepared) -> bool:
        """Write a step's frame and latent where due; return False if the painting is to stop."""
        step = event.step
        if self._abandoned:
            return False
        if event.is_frame or step.drafting:
            self._write_frame(step, prepared)
        self.step, self.steps = step.number, step.total
        self.drawn = 100 * step.drawn[0] // step.drawn[1] if step.drawn else None
        # That of the step before, so that a GPU goes on with this one meanwhile.
        self.loss = self._last.finite_loss if self._last else None
        self._last = step
        self.latents.keep(step)
        if step.number >= step.total and not step.drafting:
            return True  # nearly done: not released any more
        if self.halted is HaltSignal.RELEASED:
            self.latents.save(step)
            self._files.finish()
            return False
        if self.latents.due(step.place):
            self.latents.save(step)
        return True

    @property
    def _abandoned(self) -> bool:
        """Return whether nobody will resume this attempt, so that nothing more is written."""
        return self.halted is not None and self.halted is not HaltSignal.RELEASED

    def delete_intermediate_files(self) -> None:
        """Delete what only an unfinished job needs; a cancelled one keeps its preview."""
        with suppress(Exception):  # what was not written needs no deletion
            self._files.finish()
        kept = self.preview if self.halted is HaltSignal.CANCELLED else None
        keys = [*self._frames, *self._drafts]
        frames = [key for key in keys if key != kept] if kept else [self._frame_folder]
        for key in frames:
            self._files.delete(key)
        self.latents.delete_all()

    def _write_frame(self, step: "Step", prepared: Prepared) -> None:
        """Write a frame of the animation; it becomes the preview if the chat may see it."""
        frame, seen = pixels(step.frame()), self._may_be_seen(step, prepared)
        self._write_later(step, lambda: png(shrink(frame, FILM_SIDE), quick=True), seen=seen)

    def _write_later(self, step: "Step", data: Callable[[], bytes], *, seen: bool) -> None:
        """Write what a step shows; once it is there it becomes the preview, if it is to be seen."""
        key = self._draft_key() if step.drafting else self._frame_key(step.number)
        if key not in self._frames and not step.drafting:
            self._frames.append(key)

        def written() -> None:
            if seen:
                self.preview = key

        self._files.write_later(key, data, written)

    def _may_be_seen(self, step: "Step", prepared: Prepared) -> bool:
        """Return whether a frame may be a preview.

        A chat in strict mode sees nothing before the verdict: the frames just before an unsafe
        picture look much like it, whatever the classifier says of each.
        """
        if self.job.safety == "soft":
            return not self._pipeline.classify(prepared.models, [step.image]).unsafe
        return self.job.safety == "off"

    def _resume(self) -> "dict[str, Tensor] | None":
        """Return the state that an earlier attempt saved, if it can be read.

        The last attempt starts anew, as the state may be the cause of the failures.
        """
        if self.job.attempt >= MAX_ATTEMPTS:
            return None
        state = self.latents.load()
        if state is not None:
            log.info("going on from step %s", self.job.saved_step)
        return state

    def _find_frames(self, first: int, film: Film) -> None:
        """Find the frames of earlier attempts, before the step that this one starts with."""
        keys = [self._frame_key(step) for step in film.steps if step < first]
        self._frames = [key for key in keys if self._files.exists(key)]

    def _draft_key(self) -> str:
        """Return a key of its own for each picture of a draft: previews are told apart by it."""
        self._drafts.append(f"{self._frame_folder}/draft-{len(self._drafts):04}.png")
        return self._drafts[-1]

    def _frame_key(self, step: int) -> str:
        return f"{self._frame_folder}/{step:04}.png"

    @property
    def _frame_folder(self) -> str:
        return f"jobs/{self.job.id}/frames"

    def _finish(self, finished: Finished, prepared: Prepared) -> WriteResult:
        """Look at the finished picture with the models; return what writes its files."""
        request, step, plan = self.request, finished.step, prepared.plan
        height, width = finished.picture.shape[:2]
        pictures = [step.image, *self._scene_ends(plan.film.steps, plan.steps)]
        verdict = self._pipeline.classify(prepared.models, pictures)
        if verdict.unsafe:
            log.warning("it looks unsafe: %.2f; its chat is %s", verdict.risk, self.job.safety)
        result = Result(
            picture=f"{self._result_folder}/picture.png",
            animation="",
            gif="",
            width=width,
            height=height,
            steps=step.number,
            # Also those of earlier attempts, unless the draft is the picture.
            seconds=finished.seconds_per_step * step.number or finished.seconds,
            loss=step.loss,
            seed=request.seed or 0,
            models=models_of(request),
            drafted=request.draft is not None and step.total == 0,
            enlarges=self._pipeline.enlarges(plan),
            styles=open_scripts(self._pipeline.repertoires(prepared.models)),
            batch=finished.batch,
        )
        speed_key = speed_key_of(request, width, height)
        pace = finished.seconds_per_step / finished.batch
        vectors = self._pipeline.vectors(prepared.models, [step.image])
        figures = speed_key, pace, None
        stopped = finished.stopped
        done = FinishedPainting(result, finished.notices, verdict, *figures, vectors, stopped)
        film_s = None if request.film is False else plan.film.seconds
        self._last = None  # it holds memory of the device, which the next painting may need
        return partial(self._write_result, done, finished.picture, finished.metadata, film_s)

    def _write_result(
        self,
        done: FinishedPainting,
        picture: Pixels,
        metadata: Mapping[str, object],
        film_s: float | None,
    ) -> FinishedPainting | None:
        """Write the picture and its film of so many seconds, if any; None if it was halted."""
        if self._abandoned:
            return None
        self.latents.save_last()  # whoever kills the engine from here on costs no step
        frames = [decoded(self._files.read(key)) for key in self._frames]
        films, fault = ({}, None) if film_s is None else animations(frames, film_s)
        if not self._write_files({"picture.png": png(picture, metadata)} | films):
            return None
        keys = {name: f"{self._result_folder}/{name}" for name in films}
        # Telegram makes a film of a GIF, too.
        animation, gif = keys.get(MP4) or keys.get(GIF, ""), keys.get(GIF, "")
        filmless = [no_film(fault or "")] if film_s is not None and not films else []
        result = replace(done.result, animation=animation, gif=gif)
        return replace(done, result=result, notices=(*done.notices, *filmless), film_fault=fault)

    def _write_files(self, results: Mapping[str, bytes]) -> bool:
        """Write files of the result by their names; return False if nobody wants them any more."""
        for name, data in results.items():
            if self._abandoned:
                return False
            self._files.write(f"{self._result_folder}/{name}", data)
        return True

    @property
    def _result_folder(self) -> str:
        """Return the folder of the token, which no other attempt writes to."""
        return f"jobs/{self.job.id}/{self.token}"

    def _scene_ends(self, frames: Sequence[int], steps: int) -> "list[Tensor]":
        """Return the ends of all scenes but the last, [3, height, width] each.

        frames: steps of the animation; steps: of each scene.
        """
        from engine.safety.classifier import tensor_of

        keys = map(self._frame_key, scene_ends(frames, steps, self.steps))
        return [tensor_of(decoded(self._files.read(key))) for key in keys if key in self._frames]
