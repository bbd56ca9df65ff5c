"""Draw a code from its logits, so that a draft depends on its seed and number alone."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.errors import EngineError

MAX_TEMPERATURE = 100.0
SEED_STRIDE = 0x9E3779B97F4A7C15  # odd, so that seeds and draft numbers do not collide
SEED_LIMIT = 2**63


@dataclass(frozen=True)
class Sampling:
    """How codes are drawn.

    temperature: divides the logits.
    top_k: only the k likeliest codes are drawn; 0 for all.
    top_p: only the likeliest codes whose probabilities sum up to it, and the one that crosses it
        (nucleus sampling, Holtzman et al. 2020).

    Raises EngineError for values that mean nothing.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.temperature) and 0 < self.temperature <= MAX_TEMPERATURE):
            raise EngineError("temperature-range", value=str(self.temperature))
        if not 0 < self.top_p <= 1:
            raise EngineError("top-p-range", value=str(self.top_p))
        if self.top_k < 0:
            raise EngineError("top-k-range", value=str(self.top_k))

    def probabilities(self, logits: Tensor) -> Tensor:
        """Return the probabilities float32 [..., n] of logits [..., n]."""
        logits = logits.float() / self.temperature
        if 0 < self.top_k < logits.shape[-1]:
            least = logits.topk(self.top_k, dim=-1).values[..., -1:]
            logits = logits.masked_fill(logits < least, -math.inf)
        if self.top_p < 1:
            ordered, order = logits.sort(dim=-1, descending=True)
            mass = ordered.softmax(-1)
            beyond = mass.cumsum(-1) - mass > self.top_p  # the one that crosses it is kept
            logits = logits.masked_fill(beyond.scatter(-1, order, beyond), -math.inf)
        return F.softmax(logits, dim=-1)


def uniform_numbers(seed: int, count: int, cells: int) -> Tensor:
    """Return one number float64 [count, cells] of 0..1 for each cell of each draft.

    Those of draft i depend on the seed and on i, not on the count: four drafts at once are the
    first four of eight, and a resumed draft goes on with its own numbers.
    """
    rows = []
    for draft in range(count):
        generator = torch.Generator().manual_seed((seed + draft * SEED_STRIDE) % SEED_LIMIT)
        rows.append(torch.rand(cells, generator=generator, dtype=torch.float64))
    return torch.stack(rows)


def draw(probabilities: Tensor, numbers: Tensor) -> Tensor:
    """Return codes int64 [n]: the first whose cumulative probability exceeds the number.

    probabilities: [n, codes]; numbers: [n] of 0..1. The order of the codes is the codebook's.
    """
    cumulative = probabilities.double().cumsum(-1)
    threshold = numbers.to(cumulative).unsqueeze(-1) * cumulative[..., -1:]
    # `right`: the first code whose sum is above the threshold, never one of probability 0.
    codes = torch.searchsorted(cumulative, threshold, right=True).squeeze(-1)
    last = (probabilities > 0).long().cumsum(-1).argmax(-1)  # where rounding leaves none
    return torch.minimum(codes, last)
