"""The keys and values of the positions that a transformer has read."""

import torch
from torch import Tensor


class KeyValueCache:
    """Keys and values [layers, count, length, heads, width of a head] of up to `length` positions.

    2 * layers * count * length * heads * width numbers of `dtype` in all. What belongs to one
    position lies together, so that some of the positions are gathered in large pieces.
    """

    def __init__(
        self, layers: int, count: int, heads: int, *, length: int, width: int, like: Tensor
    ) -> None:
        """Reserve memory in the dtype and on the device of *like*."""
        self.keys = like.new_empty(layers, count, length, heads, width)
        self.values = torch.empty_like(self.keys)
        self.filled = 0

    def write(
        self, layer: int, keys: Tensor, values: Tensor, visible: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Append keys and values [count, heads, n, width]; return all until then, of that shape.

        visible: int64, the only positions to return.
        """
        end = self.filled + keys.shape[2]
        parts = []
        for held, new in ((self.keys[layer], keys), (self.values[layer], values)):
            held[:, self.filled : end] = new.transpose(1, 2)
            seen = held[:, :end] if visible is None else held.index_select(1, visible)
            parts.append(seen.transpose(1, 2))
        return parts[0], parts[1]

    def advance(self, positions: int) -> None:
        """Mark positions as filled, once every layer has written them."""
        self.filled += positions

    def repeated(self, count: int) -> "KeyValueCache":
        """Return a cache for *count* drafts that begin with what this one, of a single, holds."""
        layers, _, length, heads, width = self.keys.shape
        other = KeyValueCache(layers, count, heads, length=length, width=width, like=self.keys)
        other.keys[:, :, : self.filled] = self.keys[:, :, : self.filled]
        other.values[:, :, : self.filled] = self.values[:, :, : self.filled]
        other.filled = self.filled
        return other
