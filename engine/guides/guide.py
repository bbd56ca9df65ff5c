"""The interface of guides: models that score how well a picture shows a text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor


@dataclass(frozen=True)
class UnknownWords:
    """Words of a phrase that a closed-vocabulary guide does not know, with suggestions."""

    words: tuple[str, ...]
    near: tuple[str, ...]  # similar names that it knows, if the phrase has none of those
    names: int  # how many names of things it knows in all


class Guide(Protocol):
    """Embed texts and pictures as unit vectors of one space, which is not that of other guides."""

    name: str
    side: int  # pixels on each side of the pictures that it takes

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Return unit vectors [n, d] of n texts."""

    def encode_image(self, pictures: Tensor) -> Tensor:
        """Return unit vectors [n, d] of pictures [n, 3, side, side] in 0..1, differentiable."""

    def baseline(self) -> Tensor | None:
        """Return the mean vector [d] of all texts of a closed vocabulary; None for an open one."""

    def unknown_words(self, text: str) -> UnknownWords | None:
        """Return the words that are outside the guide's vocabulary; None if it knows them all."""

    def truncate(self, text: str) -> str | None:
        """Return the beginning that it reads of a text that is too long; None for all others."""
