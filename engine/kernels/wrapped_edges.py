"""What lies beyond the edges of a tile: its other side, for what looks around each pixel."""

from torch import Tensor
from torch.nn import functional as F


def with_wrapped_edges(picture: Tensor, margin: int) -> Tensor:
    """Return a tile [3, h, w] with what lies beyond its edges, so many pixels or all there are."""
    down, across = (min(margin, side) for side in picture.shape[1:])
    return F.pad(picture[None], (across, across, down, down), mode="circular")[0]


def without_wrapped_edges(larger: Tensor, picture: Tensor, margin: int) -> Tensor:
    """Return the part of an enlarged `with_wrapped_edges(picture, margin)` that is the picture."""
    _, height, width = picture.shape
    down, across = min(margin, height), min(margin, width)
    factor = larger.shape[1] // (height + 2 * down)
    rows = slice(factor * down, factor * (down + height))
    return larger[:, rows, factor * across : factor * (across + width)]
