"""Painting one picture into files, for the command line."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, TextIO

from engine.cli import saved_painting
from engine.errors import say, sentence
from engine.images.animation import FILM_SIDE, Pixels, shrink
from engine.images.inputs import InputImages
from engine.images.output import OutputFiles, pixels, save
from engine.pipeline import Pipeline
from engine.progress_bar import ProgressBar
from engine.result import metadata_of, whole_number
from store.request.request import DrawRequest

if TYPE_CHECKING:
    from torch import Tensor

    from engine.cli.saved_painting import SavedPainting
    from engine.painting.painter import Step
    from store.model import Notice


@dataclass(frozen=True)
class DrawnPicture:
    """A picture that lies on the disk."""

    request: DrawRequest
    saved: OutputFiles
    width: int
    height: int
    steps: int
    seconds: float
    loss: float
    notices: "Sequence[Notice]"

    def report(self, language: str) -> dict[str, Any]:
        """What `--json` tells."""
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
            "png": str(self.saved.png),
            "gif": str(self.saved.gif),
            "mp4": str(self.saved.mp4),
        }


def draw(
    request: DrawRequest,
    path: Path,
    pipeline: Pipeline,
    album: InputImages,
    *,
    laid: "SavedPainting | None" = None,
    keep: Path | None = None,
    progress: "Callable[[Step], None]" = lambda step: None,
    known: "Sequence[Notice]" = (),
) -> DrawnPicture:
    """Paints a complete request (`engine.pipeline.with_defaults`) and writes its three files.

    It goes on from what was laid aside, and lays its own state aside in `keep`, also when it is
    interrupted. `known` are notices that stand before those of the models.
    """
    from engine.painting.resize import size_from_init

    models = pipeline.load(request)
    request = size_from_init(request, models, album)
    if laid is not None:
        laid.check(request, models)
    plan = models.plan(request)
    wanted = frozenset(plan.film.steps)
    frames: list[Pixels] = []
    started = monotonic()
    state: Mapping[str, Tensor] = {}
    try:
        for step in pipeline.paint(request, models, laid.state if laid else None, album):
            if keep is not None:
                state = step.state()
            if step.number in wanted:
                frames.append(shrink(pixels(step.image), FILM_SIDE))
            progress(step)
    finally:
        if keep is not None and state:
            saved_painting.write_saved(keep, whole_number(request, plan), state)
    seconds = monotonic() - started
    picture = pixels(step.image)
    height, width = picture.shape[:2]
    told = metadata_of(request, plan, step.loss, pipeline.hashes(request), album)
    saved = save(path, picture, frames, told, plan.film.seconds)
    notices = [*known, *models.notices(request)]
    return DrawnPicture(request, saved, width, height, step.total, seconds, step.loss, notices)


class DrawProgress:
    """How far a painting is."""

    def __init__(self, stream: TextIO, language: str, clock: Callable[[], float] = monotonic):
        self._language = language
        self._meter = ProgressBar(stream, self._words, clock)

    def __call__(self, step: "Step") -> None:
        self._meter(step.number, step.total)

    def close(self) -> None:
        """Ends the line that shows it."""
        self._meter.close()

    def _words(self, done: int, total: int | None, left: int | None) -> str:
        values = {"step": done, "steps": total}
        if left is None:
            return say("progress-first", self._language, **values)
        return say("progress", self._language, left=left, **values)


def json_line(report: dict[str, Any]) -> str:
    """In ASCII: any terminal and any locale can print it, and every reader of JSON undoes it."""
    return json.dumps(report)
