"""Which upscaler makes a picture larger: the one that was named, or one that is at hand."""

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import EngineError
from engine.upscaling.published import PUBLISHED_UPSCALERS, WEIGHTS
from store.request.request import SIDES

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from engine.upscaling.upscaler import Upscaler

    Finish = Callable[[Tensor], Tensor]

FACTORS = ("2", "4")
WRAP = 32  # pixels beyond an edge of a tile: more than upscalers and finishes see of it
USUAL = "realesr-general-x4v3"


@dataclass(frozen=True)
class Enlarging:
    """How a picture becomes so many times larger.

    upscaler: None where a finish, which needs no weights, makes pictures twice as large.
    tile: the opposite edges of a picture meet, and go on doing so.
    """

    factor: int
    upscaler: "Upscaler | None"
    finish: "Finish | None" = None
    tile: bool = False

    def check(self, width: int, height: int) -> None:
        """Raise EngineError where a picture would become larger than any picture may be."""
        if max(width, height) * self.factor > SIDES[1]:
            figures = {"width": width, "height": height, "factor": self.factor}
            raise EngineError("upscale-size", **figures, limit=SIDES[1])

    def grow(self, picture: "Tensor") -> "Iterator[Tensor]":
        """Yield a picture [3, h, w], 0..1, at its new size, now and then while it is computed."""
        if not self.tile:
            yield from self._grow(picture)
            return
        from engine.kernels.wrapped_edges import with_wrapped_edges, without_wrapped_edges

        for larger in self._grow(with_wrapped_edges(picture, WRAP)):
            yield without_wrapped_edges(larger, picture, WRAP)

    def _grow(self, picture: "Tensor") -> "Iterator[Tensor]":
        from torch.nn import functional as F

        if self.upscaler is None:
            assert self.finish is not None, "`enlarging` chooses one of the two"
            for _ in range(self.factor // 2):
                picture = self.finish(picture)
            yield picture
            return
        size = [side * self.factor for side in picture.shape[1:]]
        for larger in self.upscaler.grow(picture):
            if self.upscaler.scale == self.factor:
                yield larger
            else:
                smaller = F.interpolate(larger[None], size, mode="bicubic", antialias=True)
                yield smaller.clamp(0, 1)[0]


def enlarging(
    wanted: str, folder: Path, device: "torch.device", finish: "Finish | None" = None
) -> Enlarging:
    """Return how a picture is made larger.

    wanted: one of FACTORS, the name of an upscaler, or the path of its file.
    finish: makes a drawing [3, h, w] twice as large; it is taken where only a factor is wanted.

    Raises EngineError where there is no such upscaler, or it cannot be read.
    """
    name = wanted
    if wanted in FACTORS:
        if finish is not None:
            return Enlarging(int(wanted), None, finish)
        found = at_hand(int(wanted), folder)
        if found is None:
            raise EngineError("upscaler-none", name=USUAL)
        name = found
    path = _file_of(name, folder)
    from engine.upscaling.upscaler import Upscaler  # spandrel is slow to import

    upscaler = Upscaler(name, path, device)
    return Enlarging(int(wanted) if wanted in FACTORS else upscaler.scale, upscaler)


def at_hand(factor: int, folder: Path) -> str | None:
    """Return the published upscaler on disk that suits a factor best; None if there is none."""
    suiting = [
        model
        for model in PUBLISHED_UPSCALERS.values()
        if model.scale >= factor and (folder / model.name / WEIGHTS).is_file()
    ]
    return min(suiting, key=lambda model: model.scale - factor).name if suiting else None


def upscaler_file(name: str, folder: Path) -> Path:
    """Return the path of an upscaler that a request names, whether there is one or not."""
    if name in FACTORS:
        name = at_hand(int(name), folder) or USUAL
    added = folder / name / WEIGHTS
    return added if name in PUBLISHED_UPSCALERS or added.is_file() else Path(name)


def _file_of(name: str, folder: Path) -> Path:
    """Return the file of an upscaler; raise EngineError where there is none."""
    path = upscaler_file(name, folder)
    if path.is_file():
        return path
    if name in PUBLISHED_UPSCALERS:
        raise EngineError("model-missing-pull", name=name, own=name, alias="no")
    near = ", ".join(difflib.get_close_matches(name, PUBLISHED_UPSCALERS, cutoff=0.4))
    raise EngineError("model-unknown", name=name, near=near or USUAL)
