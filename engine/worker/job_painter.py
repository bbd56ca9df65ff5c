"""One attempt at one job, in the painting thread: models, steps, frames, latents, result files."""

import logging
import math
import tempfile
from dataclasses import dataclass
from enum import Enum
from io import BytesIO
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from engine.images.animation import FILM_SIDE, Film, Pixels, shrink, write_gif, write_mp4
from engine.images.inputs import from_store
from engine.images.output import pixels, png
from engine.pipeline import Pipeline
from engine.result import metadata_of
from store.files.files import Files
from store.model import MAX_ATTEMPTS, Job, Notice, Result, SafetyVerdict
from store.request.request import DrawRequest

if TYPE_CHECKING:
    from torch import Tensor

    from engine.models import LoadedModels
    from engine.painting.painter import Step

log = logging.getLogger(__name__)

SAVE_STEPS, SAVE_S = 25, 10.0  # a latent is saved after so many steps or so many seconds ...
SAVE_PAUSE_S = 2.0  # ... but not more often: a fast GPU makes 25 steps in no time


class HaltSignal(Enum):
    """Why an attempt stops before its end."""

    LOST = "the job is no longer ours"
    CANCELLED = "the asker cancelled it"
    RELEASED = "the engine is being stopped"
    LATE = "it takes too long"


@dataclass(frozen=True)
class FinishedPainting:
    """All files of the result are safely written."""

    result: Result
    notices: tuple[Notice, ...]
    verdict: SafetyVerdict
    speed_key: str
    seconds_per_step: float


class JobPainter:
    """`run` belongs to the painting thread; the event loop reads the figures, and may halt it."""

    def __init__(self, job: Job, request: DrawRequest, pipeline: Pipeline, files: Files) -> None:
        self.job = job
        self.token = job.token or ""  # the right to write
        self.request = request
        self.step = job.saved_step or 0
        self.steps = job.steps or request.steps or 0
        self.loss: float | None = None
        self.preview: str | None = None
        self.saved: tuple[int, str] | None = None
        self.halted: HaltSignal | None = None
        self._studio = pipeline
        self._files = files
        self._album = from_store(files)
        self._film = Film(())
        self._frames: list[str] = []
        self._latents = [job.latent] if job.latent else []  # all that may lie in the store
        self._saved_at = (0, 0.0)  # the step and the time of the newest latent

    def halt(self, reason: HaltSignal) -> None:
        """Stops it within a step. The first reason counts, but a lost job outweighs all others."""
        if self.halted is None or reason is HaltSignal.LOST:
            self.halted = reason

    def run(self) -> FinishedPainting | None:
        """Paints to the end and writes the result, or None where it was halted."""
        from engine.painting.resize import (
            size_from_init,  # torch takes seconds: it is imported with the studio
        )

        models = self._studio.load(self.request)
        self.request = size_from_init(self.request, models, self._album)
        resume = self._resume()
        self._film = models.plan(self.request).film
        began: tuple[int, float] | None = None
        for step in self._studio.paint(self.request, models, resume, self._album):
            if began is None:
                began = self._saved_at = (step.number, monotonic())
                self._find_frames(step.number)
            if self._abandoned:
                return None
            self._show(step, models)
            if step.number >= step.total:
                continue  # too near the end to stop for anything
            if self.halted is HaltSignal.RELEASED:
                self._save(step)
                return None
            if self._save_due(step.number):
                self._save(step)
        if began is None:
            raise RuntimeError("the painter painted nothing")
        first, start = began
        return self._finish(step, models, (monotonic() - start) / max(1, step.number - first))

    @property
    def _abandoned(self) -> bool:
        """Nobody will come back to this attempt, so nothing more is written."""
        return self.halted is not None and self.halted is not HaltSignal.RELEASED

    def sweep(self) -> None:
        """Removes what only an unfinished job needs; what was stopped can still be looked at."""
        kept = self.preview if self.halted is HaltSignal.CANCELLED else None
        frames = [key for key in self._frames if key != kept] if kept else [self._frame_folder]
        for key in (*frames, *self._latents):
            self._files.delete(key)

    def forget_latents_before(self, newest: str) -> None:
        """Once the database names a latent, nobody will ask for those that are older."""
        older = self._latents[: self._latents.index(newest)]
        for key in older:
            self._files.delete(key)
            self._latents.remove(key)

    def _show(self, step: "Step", models: "LoadedModels") -> None:
        """Takes the figures down; a step that is a frame of the film goes into the store."""
        if step.number in self._film.steps:
            key = self._frame_key(step.number)
            self._files.write(key, png(shrink(pixels(step.image), FILM_SIDE)))
            if key not in self._frames:
                self._frames.append(key)
            if self._may_be_seen(step, models):
                self.preview = key
        self.step, self.steps = step.number, step.total
        self.loss = step.loss if math.isfinite(step.loss) else None

    def _may_be_seen(self, step: "Step", models: "LoadedModels") -> bool:
        """Whether a frame may be a preview. A strict chat sees nothing before the verdict: the
        frames just before an unsafe picture look much like it, whatever is said of each."""
        if self.job.safety == "soft":
            return not self._studio.judge(models, [step.image]).unsafe
        return self.job.safety == "off"

    def _save_due(self, step: int) -> bool:
        saved, at = self._saved_at
        waited = monotonic() - at
        return waited >= SAVE_S or (step - saved >= SAVE_STEPS and waited >= SAVE_PAUSE_S)

    def _save(self, step: "Step") -> None:
        """Keeps the painter's state, so that another attempt can go on from here."""
        from safetensors.torch import save

        state = {name: tensor.detach().cpu().contiguous() for name, tensor in step.state().items()}
        key = f"jobs/{self.job.id}/latent-{step.number}.safetensors"
        self._files.write(key, save(state))
        if key not in self._latents:
            self._latents.append(key)
        self._saved_at = (step.number, monotonic())
        self.saved = (step.number, key)

    def _resume(self) -> "dict[str, Tensor] | None":
        """What an earlier attempt saved; the last one starts anew, as the state may be at fault."""
        if self.job.latent is None or self.job.attempt >= MAX_ATTEMPTS:
            return None
        from safetensors import SafetensorError
        from safetensors.torch import load

        try:
            state = load(self._files.read(self.job.latent))
        except (OSError, SafetensorError) as error:
            log.warning("painting starts anew, as its latent cannot be read: %s", error)
            return None
        log.info("going on from step %s", self.job.saved_step)
        return state

    def _find_frames(self, first: int) -> None:
        """The frames of earlier attempts, up to where this one begins."""
        earlier = [step for step in self._film.steps if step < first]
        keys = [self._frame_key(step) for step in earlier]
        self._frames = [key for key in keys if self._files.exists(key)]

    def _frame_key(self, step: int) -> str:
        return f"{self._frame_folder}/{step:04}.png"

    @property
    def _frame_folder(self) -> str:
        return f"jobs/{self.job.id}/frames"

    def _finish(self, step: "Step", models: "LoadedModels", pace: float) -> FinishedPainting | None:
        """The result's files lie under the token: another attempt's can never get in their way."""
        request, picture = self.request, pixels(step.image)
        height, width = picture.shape[:2]
        plan = models.plan(self.request)
        told = metadata_of(
            self.request, plan, step.loss, self._studio.hashes(self.request), self._album
        )
        frames = [_read(self._files.read(key)) for key in self._frames]
        verdict = self._studio.judge(models, [step.image, *self._scene_ends(plan.steps)])
        results = {"picture.png": png(picture, told), **_animations(frames, self._film.seconds)}
        if verdict.unsafe:
            log.warning("it looks unsafe: %.2f; its chat is %s", verdict.risk, self.job.safety)
        folder = f"jobs/{self.job.id}/{self.token}"
        for name, data in results.items():
            if self._abandoned:
                return None
            self._files.write(f"{folder}/{name}", data)
        result = Result(
            picture=f"{folder}/picture.png",
            animation=f"{folder}/animation.mp4",
            gif=f"{folder}/animation.gif",
            width=width,
            height=height,
            steps=step.total,
            seconds=pace * step.total,  # also those of earlier attempts
            loss=step.loss,
            seed=self.request.seed or 0,
            models=tuple(name for name in (request.vqgan, request.clip, request.ruclip) if name),
        )
        guides = request.guide or f"{request.clip}+{request.ruclip}"
        speed_key = f"{request.vqgan}+{guides} {width}x{height}"
        return FinishedPainting(result, tuple(models.notices(request)), verdict, speed_key, pace)

    def _scene_ends(self, scene: int) -> "list[Tensor]":
        """How the scenes before the last one ended, [3, height, width] each: the film shows it."""
        from engine.images.animation import scene_ends
        from engine.safety.classifier import tensor_of

        keys = map(self._frame_key, scene_ends(self._film.steps, scene, self.steps))
        return [tensor_of(_read(self._files.read(key))) for key in keys if key in self._frames]


def _animations(frames: list[Pixels], seconds: float) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory(prefix="mazok-") as folder:
        mp4, gif = Path(folder, "animation.mp4"), Path(folder, "animation.gif")
        write_mp4(frames, mp4, seconds)
        write_gif(frames, gif, seconds)
        return {mp4.name: mp4.read_bytes(), gif.name: gif.read_bytes()}


def _read(data: bytes) -> Pixels:
    with Image.open(BytesIO(data), formats=("PNG",)) as image:
        return np.asarray(image.convert("RGB"))
