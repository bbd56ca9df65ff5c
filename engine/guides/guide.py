"""The interface of guides, which score how well a picture shows a text, and what they share."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from store.reader.describe import describe
from store.reader.repertoire import Repertoire, read_within
from store.reader.vocabulary import SHAPES
from store.reader.wish import Wish

SQUARE = 1.2  # from this ratio of its sides on, a picture is no square any more
SHAPE_KEYS = frozenset(shape.key for shape in SHAPES)


class Guide(Protocol):
    """Embed texts and pictures as unit vectors of one space, which is not that of other guides."""

    name: str
    side: int  # pixels on each side of the pictures that it takes

    @property
    def repertoire(self) -> Repertoire | None:
        """Return all that it knows; None for an open vocabulary."""

    def see_in(self, dtype: torch.dtype) -> None:
        """Let the image encoder compute in this type, if it can; vectors stay in float32."""

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Return unit vectors [n, d] of n texts."""

    def encode_image(self, pictures: Tensor) -> Tensor:
        """Return unit vectors [n, d] of pictures [n, 3, side, side] in 0..1, differentiable."""

    def baseline(self) -> Tensor | None:
        """Return the mean vector [d] of all texts of a closed vocabulary; None for an open one."""

    def unknown_words(self, text: str) -> tuple[str, ...]:
        """Return the words of the text that the guide does not know."""

    def truncate(self, text: str) -> str | None:
        """Return the beginning that it reads of a text that is too long; None for all others."""


def whole(pictures: Sequence[Tensor], side: int) -> Tensor:
    """Return pictures [3, height, width] of any sizes resized whole, as [n, 3, side, side]."""
    device = pictures[0].device
    resized = [
        F.interpolate(
            picture.detach().to(device).float().unsqueeze(0),
            (side, side),
            mode="bicubic",
            antialias=True,
        )
        for picture in pictures
    ]
    return torch.cat(resized).clamp(0, 1)


@torch.no_grad()
def packed(guides: Mapping[str, Sequence[Guide]], pictures: Sequence[Tensor]) -> dict[str, bytes]:
    """Return for each guide the unit vector of pictures [3, height, width] taken together."""
    return {
        guide.name: picture_vector(guide, pictures).cpu().numpy().astype(np.float16).tobytes()
        for guide in dict.fromkeys(guide for some in guides.values() for guide in some)
    }


@torch.no_grad()
def picture_vector(guide: Guide, pictures: Sequence[Tensor]) -> Tensor:
    """Return a guide's unit vector [d] of pictures [3, height, width] in 0..1 taken together."""
    views = [view for picture in pictures for view in _views(picture)]
    seen = guide.encode_image(whole(views, guide.side)).float()
    return F.normalize(seen.mean(0), dim=-1)


def _views(picture: Tensor) -> list[Tensor]:
    """Return a picture [3, height, width], and the square in its middle if it is far from one.

    A guide sees squares: resized whole, a wide penguin looks like a traffic light.
    """
    height, width = picture.shape[1:]
    side = min(height, width)
    if max(height, width) < SQUARE * side:
        return [picture]
    top, left = (height - side) // 2, (width - side) // 2
    return [picture, picture[:, top : top + side, left : left + side]]


def unpacked(stored: Sequence[bytes]) -> NDArray[np.float32]:
    """Return stored vectors as [n, d]."""
    return np.stack([np.frombuffer(one, np.float16) for one in stored]).astype(np.float32)


def as_understood(guide: Guide, text: str) -> str:
    """Return a phrase as a guide of a closed vocabulary understands it, in plain English.

    Words that it does not know would turn its embedding away from those that it knows. A phrase
    without a thing, and one for an open vocabulary, stays as it is.
    """
    if guide.repertoire is None:
        return text
    wish = read_within(text, guide.repertoire).wish
    return describe(wish, "en") if wish.things else text


def in_own_colours(guide: Guide, text: str) -> str | None:
    """Return a phrase as it is understood, without the colours of its things.

    None where no thing has a colour: a plain shape has none of its own.
    """
    wish = read_within(text, guide.repertoire).wish if guide.repertoire else Wish()
    plain = tuple(
        thing if thing.key in SHAPE_KEYS else replace(thing, colour=None) for thing in wish.things
    )
    return None if plain == wish.things else describe(replace(wish, things=plain), "en")


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
