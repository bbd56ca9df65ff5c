"""Recipes by name: how much work goes into a picture, and its shape.

What people call them in either language stands with the texts: `quality-quick`, `shape-wide` …
"""

import difflib
import math
from collections.abc import Iterable
from dataclasses import dataclass

from store.errors import RequestError
from store.request.prompt import clean_text


@dataclass(frozen=True)
class Quality:
    """Factors of the model's own manner: what is much for one model is little for another."""

    name: str
    steps: float
    cutouts: float

    def steps_of(self, usual: int) -> int:
        """How many it takes, of the model's usual number."""
        return max(round(usual * self.steps), 1)

    def cutouts_of(self, usual: int) -> int:
        """How many it takes, of the model's usual number."""
        return max(round(usual * self.cutouts), 1)


@dataclass(frozen=True)
class Shape:
    """The proportion of the sides; a picture has the area that the model usually paints."""

    name: str
    across: int
    down: int

    def size_of(self, usual: tuple[int, int]) -> tuple[float, float]:
        """(width, height) of the usual area, not yet on the model's grid."""
        unit = math.sqrt(math.prod(usual) / (self.across * self.down))
        return self.across * unit, self.down * unit


QUALITIES = {
    one.name: one
    for one in (
        Quality("quick", steps=0.5, cutouts=0.5),
        Quality("standard", steps=1, cutouts=1),
        Quality("fine", steps=2, cutouts=1.5),
    )
}

SHAPES = {
    one.name: one
    for one in (
        Shape("square", 1, 1),
        Shape("portrait", 3, 4),
        Shape("landscape", 4, 3),
        Shape("wide", 16, 9),
    )
}


def quality(name: str) -> Quality:
    """RequestError names the near ones where there is none of the name."""
    if name not in QUALITIES:
        raise RequestError(
            "request-quality", value=clean_text(name)[:40], near=_near(name, QUALITIES)
        )
    return QUALITIES[name]


def shape(name: str) -> Shape:
    """RequestError names the near ones where there is none of the name."""
    if name not in SHAPES:
        raise RequestError("request-shape", value=clean_text(name)[:40], near=_near(name, SHAPES))
    return SHAPES[name]


def _near(name: str, known: Iterable[str]) -> str:
    names = list(known)
    return ", ".join(difflib.get_close_matches(name.lower(), names, n=2, cutoff=0.5) or names)
