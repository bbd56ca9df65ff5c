"""Grids of codes while they are drawn."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

_STATE = ("indices", "known", "perplexities")


@dataclass(frozen=True)
class Codes:
    """Grids of a VQGAN's codes, of which some cells are known: the same ones in every grid.

    indices: int64 [count, height, width]; 0 where not known.
    known: bool [height, width].
    perplexities: float64 [count]: sums of the perplexities of the drawn codes, lower for drafts
        that the drafter finds more natural.
    """

    indices: Tensor
    known: Tensor
    perplexities: Tensor

    @classmethod
    def unknown(cls, count: int, height: int, width: int) -> "Codes":
        """Return grids of which nothing is known."""
        return cls(
            torch.zeros(count, height, width, dtype=torch.int64),
            torch.zeros(height, width, dtype=torch.bool),
            torch.zeros(count, dtype=torch.float64),
        )

    @classmethod
    def given(cls, count: int, indices: Tensor, known: Tensor) -> "Codes":
        """Return grids that all have the indices int64 [h, w] where known bool [h, w]."""
        kept = torch.where(known, indices, 0)
        return cls(
            kept.expand(count, *kept.shape).clone(),
            known.clone(),
            torch.zeros(count, dtype=torch.float64),
        )

    @classmethod
    def restored(cls, state: Mapping[str, Tensor]) -> "Codes":
        """Return the grids of a saved state."""
        return cls(*(state[name] for name in _STATE))

    def state(self) -> dict[str, Tensor]:
        """Return copies of the tensors, for `restored`."""
        return {name: getattr(self, name).clone() for name in _STATE}

    def first(self, count: int) -> "Codes":
        """Return so many grids, the first ones."""
        return Codes(self.indices[:count], self.known, self.perplexities[:count])

    def only(self, number: int) -> "Codes":
        """Return one grid, of a number from 0."""
        one = slice(number, number + 1)
        return Codes(self.indices[one], self.known, self.perplexities[one])

    @classmethod
    def complete_ones(cls, indices: Tensor) -> "Codes":
        """Return grids int64 [count, h, w] that were drawn at once."""
        count, height, width = indices.shape
        known = torch.ones(height, width, dtype=torch.bool)
        return cls(indices, known, torch.zeros(count, dtype=torch.float64))

    @property
    def drawn(self) -> tuple[int, int]:
        """Return how many cells are known, and how many there are."""
        return int(self.known.sum()), self.known.numel()

    @property
    def complete(self) -> bool:
        """Return whether every cell is known."""
        return bool(self.known.all())
