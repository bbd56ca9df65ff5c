"""How many paintings are computed at once, and which may be."""

from dataclasses import replace
from typing import Any

import pytest

from engine import hardware
from engine.models import LoadedModels
from engine.painting import memory_budget
from engine.painting.batch import size
from engine.painting.batch.batch import Batch
from engine.painting.batch.evaluation import StepInput
from engine.painting.batch.likeness import likeness
from engine.painting.batch.size import (
    BatchSizes,
    fastest,
    most_at_once,
    steps_per_second,
    typical_input,
)
from engine.painting.plan import plan_for
from store.request.request import DrawRequest
from tests.fixtures.painting import asked


@pytest.mark.parametrize(
    ("rates", "best"),
    [
        ([10.0, 10.5, 40.0], 1),  # twice as many bring too little
        ([10.0, 15.0, 16.0, 40.0], 2),
        ([10.0, 15.0, 20.0, 25.0], 8),
    ],
)
def test_so_many_are_painted_at_once_as_are_worth_it(rates: list[float], best: int) -> None:
    assert fastest(dict(zip((1, 2, 4, 8), rates, strict=False)).__getitem__, 8) == best


def test_no_more_than_fit_are_measured() -> None:
    measured: list[int] = []

    def rate(count: int) -> float:
        measured.append(count)
        return float(count)

    assert fastest(rate, 3) == 2 and fastest(rate, 1) == 1 and measured == [1, 2]


def test_a_processor_paints_one_unless_a_number_is_said() -> None:
    assert most_at_once("auto", "cpu") == 1 and most_at_once(3, "cpu") == 3
    assert most_at_once("auto", "cuda:1") == 8


def test_the_number_is_measured_once_for_each_size_and_kept_within_memory(
    models: LoadedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[int] = []

    def rate(one: StepInput, count: int) -> float:
        measured.append(count)
        return float(count)

    monkeypatch.setattr(size, "steps_per_second", rate)
    batch = Batch(4)
    sizes = BatchSizes(batch, measured=True)
    assert [sizes.of(asked("кот", seed=seed), models) for seed in (1, 2)] == [4, 4]
    assert measured == [1, 2, 4]
    one = memory_budget.peak_bytes(
        models.vqgan, models.guides["latin"], plan_for(asked(size=(96, 64)), models)
    )
    free = (memory_budget.BASE + 2.5 * (one - memory_budget.BASE)) / memory_budget.SHARE
    monkeypatch.setattr(hardware, "free_memory", lambda device: int(free))
    assert sizes.of(asked("кот", size=(96, 64)), models) == 2
    batch.most = 1  # memory ran out in a step
    assert sizes.of(asked("кот"), models) == 1


def test_a_typical_step_can_be_measured(models: LoadedModels) -> None:
    one = typical_input(models, asked("кот"))
    assert steps_per_second(one, 2, rounds=1) > 0


@pytest.mark.parametrize(
    "alone", [{"at_once": 2}, {"keep": 2}, {"larger": "a.png"}, {"init": "a.png"}]
)
def test_what_is_made_in_another_way_shares_no_steps(alone: dict[str, Any]) -> None:
    assert likeness(DrawRequest("кот", **alone)) is None


def test_prompts_seeds_and_steps_may_differ_but_not_the_networks_work() -> None:
    one = DrawRequest("кот", steps=10, seed=1, size=(64, 64))
    assert likeness(one) == likeness(replace(one, prompt="cat", steps=99, seed=2))
    for other in ({"vqgan": "f16"}, {"cutouts": 9}, {"size": (64, 96)}, {"tile": True}):
        assert likeness(one) != likeness(replace(one, **other))
