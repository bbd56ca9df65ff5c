"""Painting one picture into files, for the command line."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, TextIO

from engine import latents
from engine.album import Album, shown
from engine.animation import FILM_SIDE, Pixels, shrunk
from engine.errors import say, sentence
from engine.meter import Meter
from engine.output import Saved, pixels, save, software
from engine.story import tell
from engine.studio import Studio
from store.request import DrawRequest

if TYPE_CHECKING:
    from torch import Tensor

    from engine.latents import Laid
    from engine.painter import Step
    from engine.plan import Plan
    from store.jobs import Notice


@dataclass(frozen=True)
class Drawn:
    """A picture that lies on the disk."""

    request: DrawRequest
    saved: Saved
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
    studio: Studio,
    album: Album,
    *,
    laid: "Laid | None" = None,
    keep: Path | None = None,
    progress: "Callable[[Step], None]" = lambda step: None,
    known: "Sequence[Notice]" = (),
) -> Drawn:
    """Paints a complete request (`engine.studio.complete`) and writes its three files.

    It goes on from what was laid aside, and lays its own state aside in `keep`, also when it is
    interrupted. `known` are notices that stand before those of the models.
    """
    from engine.fitting import framed

    models = studio.load(request)
    request = framed(request, models, album)
    if laid is not None:
        laid.check(request, models)
    plan = models.plan(request)
    wanted = frozenset(plan.film.steps)
    frames: list[Pixels] = []
    started = monotonic()
    state: Mapping[str, Tensor] = {}
    try:
        for step in studio.paint(request, models, laid.state if laid else None, album):
            if keep is not None:
                state = step.state()
            if step.number in wanted:
                frames.append(shrunk(pixels(step.image), FILM_SIDE))
            progress(step)
    finally:
        if keep is not None and state:
            latents.write(keep, whole(request, plan), state)
    seconds = monotonic() - started
    picture = pixels(step.image)
    height, width = picture.shape[:2]
    told = story(request, plan, step.loss, studio.hashes(request), album)
    saved = save(path, picture, frames, told, plan.film.seconds)
    notices = [*known, *models.notices(request)]
    return Drawn(request, saved, width, height, step.total, seconds, step.loss, notices)


def story(
    request: DrawRequest, plan: "Plan", loss: float, hashes: Mapping[str, str], album: Album
) -> dict[str, Any]:
    """What a picture tells about itself: a request that would paint it again, and its loss.

    The pictures that it was painted from are told by name and content, not by where they lay.
    """
    asked = replace(
        whole(request, plan),
        init=request.init and shown(request.init),
        targets=tuple(replace(one, source=shown(one.source)) for one in request.targets),
        style=request.style and shown(request.style),
    )
    told = tell(request, asked, hashes, software())
    pictures = {"pictures": album.origins(request)} if request.sources else {}
    return told | pictures | {"loss": loss if math.isfinite(loss) else None}


def whole(request: DrawRequest, plan: "Plan") -> DrawRequest:
    """The request with all that the models chose."""
    return replace(
        request,
        size=(plan.width, plan.height),
        steps=plan.steps,
        cutouts=plan.cutouts,
        init_noise=plan.init_noise,
        optimizer=plan.optimizer,
        learning_rate=plan.learning_rate,
        cut_power=plan.cutting.power,
        every=plan.every,
    )


class Progress:
    """How far a painting is."""

    def __init__(self, stream: TextIO, language: str, clock: Callable[[], float] = monotonic):
        self._language = language
        self._meter = Meter(stream, self._words, clock)

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
