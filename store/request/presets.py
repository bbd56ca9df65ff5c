"""Presets: qualities (how many steps and cutouts) and shapes (aspect ratios).

Their localised names are texts: `quality-quick`, `shape-wide` and so on. A shape may be a ratio
too, such as "3:2".
"""

import difflib
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from store.errors import RequestError
from store.request.prompt import clean_text


@dataclass(frozen=True)
class Quality:
    """Factors of the model's usual numbers, which differ from model to model."""

    name: str
    steps: float
    cutouts: float

    def steps_of(self, usual: int) -> int:
        """Return the steps, from the model's usual number."""
        return max(round(usual * self.steps), 1)

    def cutouts_of(self, usual: int) -> int:
        """Return the cutouts, from the model's usual number."""
        return max(round(usual * self.cutouts), 1)


@dataclass(frozen=True)
class Shape:
    """An aspect ratio; the area is the model's usual one."""

    name: str
    across: int
    down: int

    def size_of(self, usual: tuple[int, int]) -> tuple[float, float]:
        """Return (width, height) of the usual area, not yet rounded to the model's grid."""
        unit = math.sqrt(math.prod(usual) / (self.across * self.down))
        return self.across * unit, self.down * unit


QUALITIES = {
    preset.name: preset
    for preset in (
        Quality("quick", steps=0.5, cutouts=0.5),
        Quality("standard", steps=1, cutouts=1),
        Quality("fine", steps=2, cutouts=1.5),
    )
}

SHAPES = {
    preset.name: preset
    for preset in (
        Shape("square", 1, 1),
        Shape("portrait", 3, 4),
        Shape("landscape", 4, 3),
        Shape("wide", 16, 9),
    )
}


def quality(name: str) -> Quality:
    """Return a quality by name; RequestError, with similar names, if there is none."""
    if name not in QUALITIES:
        raise RequestError(
            "request-quality", value=clean_text(name)[:40], near=_similar(name, QUALITIES)
        )
    return QUALITIES[name]


MAX_RATIO = 4  # of the longer side to the shorter one
_RATIO = re.compile(r"\s*([0-9]{1,4})\s?[:/]\s?([0-9]{1,4})\s*")


def ratio(text: str) -> Shape:
    """Return the shape of a ratio such as "3:2"; RequestError if it is none, or too narrow."""
    match = _RATIO.fullmatch(text)
    across, down = (int(match[1]), int(match[2])) if match else (0, 0)
    if not (0 < across <= MAX_RATIO * down and down <= MAX_RATIO * across):
        raise RequestError("request-ratio", value=clean_text(text)[:40], limit=MAX_RATIO)
    return Shape(f"{across}:{down}", across, down)


def shape(name: str) -> Shape:
    """Return a shape by name or ratio; RequestError, with similar names, if there is none."""
    if _RATIO.fullmatch(name):
        return ratio(name)
    if name not in SHAPES:
        raise RequestError(
            "request-shape", value=clean_text(name)[:40], near=_similar(name, SHAPES)
        )
    return SHAPES[name]


def _similar(name: str, known: Iterable[str]) -> str:
    names = list(known)
    return ", ".join(difflib.get_close_matches(name.lower(), names, n=2, cutoff=0.5) or names)
