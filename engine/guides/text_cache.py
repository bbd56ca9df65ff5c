"""Vectors of texts that a guide has read before: people try one prompt many times."""

from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import Tensor

from engine.guides.guide import Guide

SIZE = 256  # texts; a vector takes a few KB


class TextEmbeddingCache:
    """Remembers the latest texts of one guide.

    Each is read by itself: in company its vector would differ in the last bits, and then a picture
    would depend on what had been painted before it.
    """

    def __init__(self, guide: Guide, size: int = SIZE) -> None:
        self._guide, self._size = guide, size
        self._vectors: OrderedDict[str, Tensor] = OrderedDict()

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """Texts -> unit vectors [n, d]."""
        return torch.cat([self._vector(text) for text in texts])

    def _vector(self, text: str) -> Tensor:
        found = self._vectors.pop(text, None)
        if found is None:
            found = self._guide.encode_text([text])
        self._vectors[text] = found
        if len(self._vectors) > self._size:
            self._vectors.popitem(last=False)
        return found
