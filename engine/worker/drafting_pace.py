"""Estimate how long a drafter takes that has drawn nothing on this engine yet.

Drawing a code maps one row for each draft by every weight. How fast the device does that is
measured on matrices of its own, so that no drafter is loaded for it; once a drafter has drawn, the
bot knows its pace from its jobs.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from functools import cache
from time import perf_counter

from engine.drafters.published import PUBLISHED_DRAFTERS
from store.reader.drafters import OfferedDrafter

WIDTH, LAYERS = 2048, 16  # 128 MiB in half precision: more than caches hold
ROUNDS = 3
# A step over its products with the weights: attention, normalisation and sampling come beside them.
# RUDOLPH's by `python -m benchmarks drafters` on two busy cores of an AMD EPYC (Zen 4), over the
# speed of its products in docs/models.md: 1.7 with one draft, 1.85 with four, 1.6 with sixteen.
BESIDE = 1.7
ALONE, OF_SHEET = 8, 4  # drafts at once: of which the best is the picture; of a sheet
CELLS = {"rudalle": 32 * 32, "rudalle-2": 32 * 32, "rudalle-xxl": 32 * 32}  # by family
USUAL_CELLS = 16 * 16
GUIDED = ("dalle-mini", "dalle-mega")  # families with two rows for each draft
DECODER = 0.45  # of their weights; the encoder, and what reads its words, are needed once

PerByte = Callable[[int], float]  # seconds of a byte of weights, by the rows that it maps


def with_pace(drafter: OfferedDrafter, per_byte: PerByte) -> OfferedDrafter:
    """Return a published drafter with the seconds of a picture, alone and of a sheet."""
    model = PUBLISHED_DRAFTERS[drafter.name]
    rows, share = (2, DECODER) if model.family in GUIDED else (1, 1.0)
    work = CELLS.get(model.family, USUAL_CELLS) * model.memory_bytes * share * BESIDE
    return replace(
        drafter,
        seconds=work * per_byte(rows * ALONE),
        of_sheet=work * per_byte(rows * OF_SHEET) / OF_SHEET,
    )


@cache
def seconds_per_byte(device: str, rows: int) -> float:
    """Return the seconds that the device takes for a byte of weights that maps so many rows."""
    import torch
    from torch import nn

    from engine.drafters.precision import placed, weights_dtype

    where = torch.device(device)
    dtype = weights_dtype(where)
    one = nn.utils.skip_init(nn.Linear, WIDTH, WIDTH, bias=False, dtype=dtype)
    one.requires_grad_(False).weight.zero_()
    network = placed(nn.Sequential(*(deepcopy(one) for _ in range(LAYERS))), where)
    size = LAYERS * WIDTH * WIDTH * dtype.itemsize
    like = next(iter(placed(nn.LayerNorm(1, dtype=dtype), where).parameters()))
    x = like.new_zeros(rows, WIDTH)

    def once() -> float:
        started = perf_counter()
        network(x).sum().item()  # also waits for a GPU
        return perf_counter() - started

    with torch.no_grad():
        return min(once() for _ in range(1 + ROUNDS)) / size
