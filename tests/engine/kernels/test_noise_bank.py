"""Noise that is drawn once: the same on any device, new at each step, and of other seeds other."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from engine.defaults import DEFAULTS, FIRST_DEFAULTS
from engine.kernels.noise_bank import SIZE, NoiseBank
from engine.models import LoadedModels
from engine.painting.painter import paint
from engine.painting.plan import plan_for
from store.request.request import DrawRequest
from tests.fixtures.painting import asked

HOST = torch.device("cpu")
RANDOM = ("randn", "normal_", "rand", "uniform_", "randint", "random_")
FEW = asked("red circle", steps=3, cutouts=4, init_noise="flat")


class Drawn(TorchDispatchMode):
    """Counts the random numbers that are drawn."""

    numbers = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        made = func(*args, **kwargs or {})
        if func.overloadpacket.__name__ in RANDOM:
            self.numbers += made.numel()
        return made


def chance(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def windows(seed: int, places: int, length: int = 3 * 32 * 32) -> Tensor:
    return NoiseBank(seed, length, HOST).windows(6, length, chance(places))


def test_windows_are_normal_noise_of_the_seed_and_of_the_places() -> None:
    one = windows(1, 1)
    assert one.shape == (6, 3072) and abs(one.mean()) < 0.05 and abs(one.std() - 1) < 0.05
    assert torch.equal(one, windows(1, 1))
    for other in (windows(2, 1), windows(1, 2)):
        correlation = torch.corrcoef(torch.stack([one.flatten(), other.flatten()]))[0, 1]
        assert abs(correlation) < 0.05
    between = torch.corrcoef(one) - torch.eye(6)
    assert abs(between).max() < 0.1


def test_there_is_room_for_the_largest_views() -> None:
    assert windows(1, 1, SIZE).shape == (6, SIZE)


@pytest.fixture
def banked(models: LoadedModels) -> LoadedModels:
    """The pocket's networks as if they were not in the package."""
    return replace(models, defaults=DEFAULTS, earlier=(FIRST_DEFAULTS,))


def painted(models: LoadedModels, request: DrawRequest) -> Tensor:
    *_, last = paint(request, models)
    return last.image


def test_a_picture_of_the_first_edition_is_painted_as_it_was(
    models: LoadedModels, banked: LoadedModels
) -> None:
    before = replace(models, defaults=FIRST_DEFAULTS, earlier=())
    first = replace(FEW, edition=1)
    assert plan_for(FEW, before).edition == 1 and plan_for(FEW, banked).edition == 2
    assert torch.equal(painted(banked, first), painted(before, FEW))
    assert not torch.equal(painted(banked, FEW), painted(before, FEW))
    assert torch.equal(painted(banked, FEW), painted(banked, replace(FEW, edition=2)))


def test_a_resumed_picture_has_the_same_noise(banked: LoadedModels) -> None:
    painting = paint(FEW, banked)
    next(painting)
    state = next(painting).state()
    *_, last = painting
    *_, again = paint(FEW, banked, state)
    assert torch.equal(last.image, again.image)


def test_a_step_draws_next_to_nothing(models: LoadedModels, banked: LoadedModels) -> None:
    drawn = []
    for some in (models, banked):
        painting = paint(FEW, some)
        next(painting)
        with Drawn() as count:  # type: ignore[no-untyped-call]
            next(painting)
        drawn.append(count.numbers)
    assert drawn[0] > 4 * 3 * 32 * 32 and drawn[1] < 100
