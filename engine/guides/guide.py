"""The interface of guides, which score how well a picture shows a text, and what they share."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
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


def truncate(text: str, length: Callable[[str], int], context: int) -> str | None:
    """Return the first words that fit into `context` ids; None if all of the text fits.

    length: returns the number of ids of a text. A first word that is too long is cut itself.
    """
    if length(text) <= context:
        return None
    words = text.split()
    count = bisect_right(
        range(1, len(words) + 1), context, key=lambda n: length(" ".join(words[:n]))
    )
    if count:
        return " ".join(words[:count])
    first = words[0] if words else text
    return first[: bisect_right(range(1, len(first) + 1), context, key=lambda n: length(first[:n]))]
