"""The keys and values of the positions that a transformer has read."""

from collections.abc import Sequence

import torch
from torch import Tensor


class KeyValueCache:
    """Keys and values [layers, count, heads, length, width of a head] of up to `length` positions.

    2 * layers * count * length * heads * width numbers of `dtype` in all. What belongs to one
    head lies together, as attention reads it: three times as fast as where the heads alternate.
    """

    def __init__(
        self, layers: int, count: int, heads: int, *, length: int, width: int, like: Tensor
    ) -> None:
        """Reserve memory in the dtype and on the device of *like*."""
        self.keys = like.new_empty(layers, count, heads, length, width)
        self.values = torch.empty_like(self.keys)
        self.filled = 0

    def write(
        self, layer: int, keys: Tensor, values: Tensor, visible: Sequence[slice] | None = None
    ) -> tuple[Tensor, Tensor]:
        """Append keys and values [count, heads, n, width]; return all until then, of that shape.

        visible: the only positions to return, one after another.
        """
        end = self.filled + keys.shape[2]
        for held, new in ((self.keys[layer], keys), (self.values[layer], values)):
            held[:, :, self.filled : end] = new
        shown = [slice(end)] if visible is None else visible
        return _pieces(self.keys[layer], shown), _pieces(self.values[layer], shown)

    def advance(self, positions: int) -> None:
        """Mark positions as filled, once every layer has written them."""
        self.filled += positions

    def forget_after(self, positions: int) -> None:
        """Keep what the first positions hold, and free the others for what is read next."""
        self.filled = positions

    def repeated(self, count: int, length: int) -> "KeyValueCache":
        """Return a cache for *count* drafts that begin with what this one, of a single, holds.

        length: its positions.
        """
        layers, _, heads, _, width = self.keys.shape
        other = KeyValueCache(layers, count, heads, length=length, width=width, like=self.keys)
        other.keys[:, :, :, : self.filled] = self.keys[:, :, :, : self.filled]
        other.values[:, :, :, : self.filled] = self.values[:, :, :, : self.filled]
        other.filled = self.filled
        return other


def _pieces(held: Tensor, shown: Sequence[slice]) -> Tensor:
    pieces = [held[:, :, part] for part in shown]
    return pieces[0] if len(pieces) == 1 else torch.cat(pieces, dim=2)
