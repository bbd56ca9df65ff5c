"""How many paintings are best computed at once: as many as more steps a second come of."""

import logging
from collections.abc import Callable, Hashable
from dataclasses import replace
from time import perf_counter
from typing import Literal

import torch
from torch import Tensor

from engine.images.inputs import no_images
from engine.models import LoadedModels
from engine.painting.batch.batch import Batch
from engine.painting.batch.evaluation import StepInput, evaluate, noise_bank, step_input
from engine.painting.batch.likeness import likeness
from engine.painting.conditioning import scene_targets
from engine.painting.memory_budget import most_at_once as most_that_fit
from engine.painting.plan import plan_for
from store.request.request import DrawRequest

log = logging.getLogger(__name__)

MOST = 8  # at once, unless the settings say
GAIN = 1.1  # of steps a second, for which twice as many are painted at once
WARM_UP, ROUNDS = 2, 5  # steps


def most_at_once(setting: "Literal['auto'] | int", device: str) -> int:
    """Return how many paintings there may be at once; a processor is no faster with several."""
    if setting != "auto":
        return setting
    return MOST if device.startswith("cuda") else 1


class BatchSizes:
    """The best number of paintings at once by what they are alike in, found when it is needed."""

    def __init__(self, batch: Batch, *, measured: bool) -> None:
        """Measure speeds where `measured`; else memory is the only limit."""
        self._batch, self._measured = batch, measured
        self._known: dict[Hashable, int] = {}

    def of(self, request: DrawRequest, models: LoadedModels) -> int:
        """Return how many such complete requests are best painted at once."""
        kind, batch = likeness(request), self._batch
        if kind is None or batch.most == 1:
            return 1
        with batch.turn:
            if kind not in self._known:
                most = most_that_fit(models, request, batch.most)
                self._known[kind] = self._fastest(request, models, most) if self._measured else most
        return min(self._known[kind], batch.most)  # memory may have run out since

    def _fastest(self, request: DrawRequest, models: LoadedModels, most: int) -> int:
        one, rates = typical_input(models, request), dict[int, float]()

        def rate(count: int) -> float:
            rates[count] = steps_per_second(one, count)
            return rates[count]

        best = fastest(rate, most)
        told = ", ".join(f"{count} at once {speed:.3g}" for count, speed in rates.items())
        log.info("steps a second: %s; so many are painted at once: %s", told or "?", best)
        return best


def fastest(rate: Callable[[int], float], most: int) -> int:
    """Return 1, 2, 4 … up to `most`: the last one that was worth it.

    rate: measures the steps a second of so many at once.
    """
    best = 1
    before = rate(best) if most > 1 else 0.0
    while 2 * best <= most:
        doubled = rate(2 * best)
        if doubled < GAIN * before:
            break
        best, before = 2 * best, doubled
    return best


def typical_input(models: LoadedModels, request: DrawRequest) -> StepInput:
    """Return the input of a step of such a request at its full size, at random codes."""
    plan = plan_for(replace(request, targets=(), style=None), models)
    vqgan, generator = models.vqgan, torch.Generator().manual_seed(0)
    height, width = (side // vqgan.shape.cell for side in plan.stage_size(plan.total))
    codes = torch.randint(len(vqgan.codebook), (1, height, width), generator=generator)
    latent = vqgan.lookup(codes.to(vqgan.codebook.device))
    scene = scene_targets(request, models, plan, no_images)[0]
    bank = noise_bank([scene], plan, 0, latent.device)
    return step_input(vqgan, latent, scene, plan, generator, bank=bank, with_gradient=True)


def steps_per_second(one: StepInput, count: int, rounds: int = ROUNDS) -> float:
    """Return how many steps a second are made where so many paintings are computed at once."""
    inputs = [one] * count
    for _ in range(WARM_UP):
        evaluate(inputs)
    _wait_for_device(one.latent)
    started = perf_counter()
    for _ in range(rounds):
        evaluate(inputs)
    _wait_for_device(one.latent)
    return count * rounds / (perf_counter() - started)


def _wait_for_device(tensor: Tensor) -> None:
    if tensor.is_cuda:
        torch.cuda.synchronize(tensor.device)
