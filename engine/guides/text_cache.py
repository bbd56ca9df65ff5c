"""A cache of text embeddings: people try one prompt many times."""

from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import Tensor

from engine.guides.guide import Guide

SIZE = 256  # texts of each guide; a vector takes a few KB


class TextEmbeddingCache:
    """Cache the latest texts of each guide.

    Each text is encoded by itself: in a batch its vector would differ in the last bits, and then a
    picture would depend on what had been painted before it.
    """

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._vectors: dict[Guide, OrderedDict[str, Tensor]] = {}

    def __call__(self, guide: Guide, texts: Sequence[str]) -> Tensor:
        """Return the guide's unit vectors [n, d] of n texts."""
        cached = self._vectors.setdefault(guide, OrderedDict())
        return torch.cat([self._vector(guide, text, cached) for text in texts])

    def _vector(self, guide: Guide, text: str, cached: OrderedDict[str, Tensor]) -> Tensor:
        vector = cached.pop(text, None)
        if vector is None:
            vector = guide.encode_text([text])
        cached[text] = vector
        if len(cached) > self._size:
            cached.popitem(last=False)
        return vector
