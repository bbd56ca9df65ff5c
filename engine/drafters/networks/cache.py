"""The keys and values of the positions that a transformer has read."""

from collections.abc import Sequence

import torch
from torch import Tensor


class KeyValueCache:
    """Keys and values [layers, count, heads, positions, width of a head].

    2 * layers * count * positions * heads * width numbers of `dtype` in all. What belongs to one
    head lies together, as attention reads it: three times as fast as where the heads alternate.

    Where queries see a prefix and few positions behind it, a window lies between the two: the few
    are copied there, beside the prefix, which is not copied.
    """

    def __init__(
        self,
        layers: int,
        count: int,
        heads: int,
        *,
        length: int,
        width: int,
        like: Tensor,
        prefix: int = 0,
        window: int = 0,
    ) -> None:
        """Reserve memory for `length` positions in the dtype and on the device of *like*.

        prefix: the positions that all later queries see; of no account without a window.
        window: how many others a query sees at most; 0 where it may see all of them.
        """
        self.keys = like.new_empty(layers, count, heads, length + window, width)
        self.values = torch.empty_like(self.keys)
        self.filled = 0
        self.prefix, self._window = (prefix, window) if window else (0, 0)

    def write(
        self, layer: int, keys: Tensor, values: Tensor, visible: Sequence[slice] | None = None
    ) -> tuple[Tensor, Tensor]:
        """Append keys and values [count, heads, n, width]; return all until then, of that shape.

        visible: the only positions behind the prefix to return, one after another.
        """
        until = self.filled + keys.shape[2]
        self._put(layer, keys, values)
        held = self.keys[layer], self.values[layer]
        if visible is None:
            places = self._places(0, until)
            return _joined(held[0], places), _joined(held[1], places)
        return self._shown(held[0], visible), self._shown(held[1], visible)

    def advance(self, positions: int) -> None:
        """Mark positions as filled, once every layer has written them."""
        self.filled += positions

    def forget_after(self, positions: int) -> None:
        """Keep what the first positions hold, and free the others for what is read next."""
        self.filled = positions

    def repeated(
        self, count: int, length: int, *, prefix: int = 0, window: int = 0
    ) -> "KeyValueCache":
        """Return a cache for *count* drafts that begin with what this one, of a single, holds."""
        layers, _, heads, _, width = self.keys.shape
        other = KeyValueCache(
            layers,
            count,
            heads,
            length=length,
            width=width,
            like=self.keys,
            prefix=prefix,
            window=window,
        )
        for layer in range(layers):
            places = self._places(0, self.filled)
            keys, values = _joined(self.keys[layer], places), _joined(self.values[layer], places)
            other._put(layer, keys, values)
        other.filled = self.filled
        return other

    def _put(self, layer: int, keys: Tensor, values: Tensor) -> None:
        """Append keys and values [count or 1, heads, n, width]."""
        done = 0
        for part in self._places(self.filled, self.filled + keys.shape[2]):
            read = slice(done, done + part.stop - part.start)
            self.keys[layer, :, :, part] = keys[:, :, read]
            self.values[layer, :, :, part] = values[:, :, read]
            done = read.stop

    def _places(self, start: int, stop: int) -> list[slice]:
        """Return where the positions lie."""
        if not self._window or stop <= self.prefix:
            return [slice(start, stop)]
        behind = slice(max(start, self.prefix) + self._window, stop + self._window)
        return [behind] if start >= self.prefix else [slice(start, self.prefix), behind]

    def _shown(self, held: Tensor, visible: Sequence[slice]) -> Tensor:
        """Return the prefix and what is visible behind it, in the window if there is one."""
        first = self.prefix + self._window
        parts = [slice(first + one.start, first + one.stop, one.step) for one in visible]
        if not self._window:
            return _joined(held, parts)
        end = self.prefix
        for part in parts:
            seen = held[:, :, part]
            held[:, :, end : end + seen.shape[2]] = seen
            end += seen.shape[2]
        return held[:, :, :end]


def _joined(held: Tensor, places: Sequence[slice]) -> Tensor:
    pieces = [held[:, :, part] for part in places]
    return pieces[0] if len(pieces) == 1 else torch.cat(pieces, dim=2)
