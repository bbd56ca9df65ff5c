"""Guides: models that judge how well a picture shows a text, all behind one small interface."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor


@dataclass(frozen=True)
class UnknownWords:
    """What a guide of a closed world cannot make of a phrase."""

    words: tuple[str, ...]
    near: tuple[str, ...]  # the nearest names that it knows, if it knows no thing of the phrase
    names: int  # how many things it knows at all


class Guide(Protocol):
    """Texts and pictures as unit vectors of one space, which no other guide shares."""

    name: str
    side: int  # pixels on each side of the views that it looks at

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Texts -> unit vectors [n, d]."""

    def encode_image(self, pictures: Tensor) -> Tensor:
        """Pictures [n, 3, side, side] in 0..1 -> unit vectors [n, d], differentiable."""

    def baseline(self) -> Tensor | None:
        """Mean vector [d] of all texts that the guide knows, where it knows a closed world."""

    def unknown(self, text: str) -> UnknownWords | None:
        """What of a phrase the guide has never seen; None where that is nothing.

        A guide with an open vocabulary always says None.
        """

    def cut(self, text: str) -> str | None:
        """The beginning that it reads of a text too long for it; None for all others."""
