"""One attempt at one job, in the painting thread: steps, frames, latents and result files."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from enum import Enum
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from engine.images.animation import FILM_SIDE, Film, Pixels, scene_ends, shrink
from engine.images.animation_files import GIF, MP4, animations
from engine.images.inputs import from_store
from engine.images.output import pixels, png
from engine.painting_run import Finished, Painted, Prepared, run
from engine.pipeline import Pipeline
from engine.result import no_film
from engine.worker.files.saved_latents import SavedLatents, SaveIntervals
from engine.worker.files.waiting_files import WaitingFiles
from store.model import MAX_ATTEMPTS, Job, Notice, Result, SafetyVerdict
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


@dataclass(frozen=True)
class FinishedPainting:
    """The result of a job, whose files are all written."""

    result: Result
    notices: tuple[Notice, ...]
    verdict: SafetyVerdict
    speed_key: str
    seconds_per_step: float  # of the engine, which may paint several at once
    film_fault: str | None  # what failed while the animation was made
    vectors: Mapping[str, bytes] = field(default_factory=dict)  # of the picture, by guide
    stopped: bool = False  # before its last step, as it no longer gained


class JobPainter:
    """Paint one job. `run` is for the painting thread; all else is for the event loop."""

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

    def run(self) -> FinishedPainting | None:
        """Paint to the end and write the result; return None if it was halted."""
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
        self._write_later(step, lambda: png(shrink(frame, FILM_SIDE)), seen=seen)

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

    def _finish(self, finished: Finished, prepared: Prepared) -> FinishedPainting | None:
        """Write the result's files, in a folder of the token, which no other attempt writes to."""
        request, step, plan = self.request, finished.step, prepared.plan
        height, width = finished.picture.shape[:2]
        frames = [decoded(self._files.read(key)) for key in self._frames]
        pictures = [step.image, *self._scene_ends(plan.film.steps, plan.steps)]
        verdict = self._pipeline.classify(prepared.models, pictures)
        if verdict.unsafe:
            log.warning("it looks unsafe: %.2f; its chat is %s", verdict.risk, self.job.safety)
        results = {"picture.png": png(finished.picture, finished.metadata)}
        wanted = request.film is not False
        films, film_fault = animations(frames, plan.film.seconds) if wanted else ({}, None)
        results |= films
        folder = f"jobs/{self.job.id}/{self.token}"
        for name, data in results.items():
            if self._abandoned:
                return None
            self._files.write(f"{folder}/{name}", data)
        result = Result(
            picture=f"{folder}/picture.png",
            # Telegram makes a film of a GIF, too.
            animation=next((f"{folder}/{name}" for name in (MP4, GIF) if name in films), ""),
            gif=f"{folder}/{GIF}" if GIF in films else "",
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
        filmless = [no_film(film_fault or "")] if wanted and not films else []
        notices = (*finished.notices, *filmless)
        vectors = self._pipeline.vectors(prepared.models, [step.image])
        figures = speed_key, pace, film_fault
        return FinishedPainting(result, notices, verdict, *figures, vectors, finished.stopped)

    def _scene_ends(self, frames: Sequence[int], steps: int) -> "list[Tensor]":
        """Return the ends of all scenes but the last, [3, height, width] each.

        frames: steps of the animation; steps: of each scene.
        """
        from engine.safety.classifier import tensor_of

        keys = map(self._frame_key, scene_ends(frames, steps, self.steps))
        return [tensor_of(decoded(self._files.read(key))) for key in keys if key in self._frames]


def models_of(request: DrawRequest) -> tuple[str, ...]:
    """Return the models of a complete request: VQGAN and guides."""
    return tuple(name for name in (request.vqgan, request.clip, request.ruclip) if name)


def speed_key_of(request: DrawRequest, width: int, height: int) -> str:
    """Return what a speed is recorded for: models and size, and small steps, which are quicker."""
    guides = request.guide or f"{request.clip}+{request.ruclip}"
    small = f" coarse {request.coarse:g}" if request.coarse else ""
    return f"{request.vqgan}+{guides} {width}x{height}{small}"


def decoded(data: bytes) -> Pixels:
    """Return the picture [height, width, 3] of a PNG."""
    with Image.open(BytesIO(data), formats=("PNG",)) as image:
        return np.asarray(image.convert("RGB"))
