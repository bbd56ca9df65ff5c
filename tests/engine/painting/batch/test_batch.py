"""Paintings in threads of their own are computed together, and come out as if each were alone."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier, local

import pytest
import torch
from torch import Tensor

from engine.models import LoadedModels
from engine.painting.batch import batch as module
from engine.painting.batch.batch import Batch
from engine.painting.batch.evaluation import Evaluation, StepInput, alone
from engine.painting.painter import paint
from engine.painting.step import Step
from store.request.request import DrawRequest
from tests.fixtures.painting import asked, last

EXACT = 1e-4  # of a picture in 0..1
LONG_S = 60.0  # no thread is so late

Consume = Callable[[Iterator[Step]], list[Step]]


class Punctual(Batch):
    """A batch whose members have all come before the first step is computed."""

    def __init__(self, members: int, most: int | None = None) -> None:
        super().__init__(most or members, LONG_S)
        self._barrier, self._thread = Barrier(members, timeout=LONG_S), local()

    def compute(self, one: StepInput) -> Evaluation:
        if not hasattr(self._thread, "came"):
            self._thread.came = self._barrier.wait()
        return super().compute(one)


def together(
    models: LoadedModels,
    requests: Sequence[DrawRequest],
    *,
    consume: Sequence[Consume] = (),
    resume: Sequence[dict[str, Tensor] | None] = (),
    batch: Batch | None = None,
) -> list[Future[list[Step]]]:
    """Paint each request in its own thread; return the steps that its consumer has kept."""
    count = len(requests)
    batch = batch or Punctual(count)
    with ThreadPoolExecutor(count) as pool:
        futures = []
        for number, request in enumerate(requests):
            state = resume[number] if resume else None
            steps = paint(request, models, state, batch=batch)
            futures.append(pool.submit(consume[number] if consume else list, steps))
    return futures


def assert_as_alone(models: LoadedModels, request: DrawRequest, steps: Sequence[Step]) -> None:
    for ours, expected in zip(steps, paint(request, models), strict=True):
        assert torch.allclose(ours.image, expected.image, atol=EXACT)
        assert ours.loss == pytest.approx(expected.loss, abs=EXACT)


def test_each_is_the_picture_that_is_painted_alone(models: LoadedModels) -> None:
    requests = [
        asked("кот", steps=4),
        asked("red house:2 | sky:-0.5:0.1", seed=2, steps=2, optimizer="adamax"),
        asked("sea", seed=3, steps=4),
    ]
    painted = [future.result() for future in together(models, requests)]
    for request, steps in zip(requests, painted, strict=True):
        assert_as_alone(models, request, steps)
    # The last step has no gradient, and its painting leaves with it.
    assert [[step.batch for step in steps] for steps in painted] == [
        [3, 3, 2, 2, 2],
        [3, 3, 1],
        [3, 3, 2, 2, 2],
    ]


def test_a_cancelled_one_leaves_and_the_others_go_on(models: LoadedModels) -> None:
    requests = [asked("кот"), asked("sea", seed=2), asked("house", seed=3)]

    def two(steps: Iterator[Step]) -> list[Step]:
        return [next(steps), next(steps)]  # and nobody asks for more

    futures = together(models, requests, consume=[list, two, list])
    first, cancelled, third = (future.result() for future in futures)
    assert_as_alone(models, requests[0], first)
    assert_as_alone(models, requests[2], third)
    assert len(cancelled) == 2
    assert [step.batch for step in first] == [3, 3, 2, 2, 2]


def test_a_saved_one_goes_on_among_others(models: LoadedModels) -> None:
    saved, other = asked("кот"), asked("sea", seed=2)
    steps = paint(saved, models)
    state = [next(steps) for _ in range(3)][-1].state()
    painted = together(models, [saved, other], resume=[state, None])
    resumed, second = (future.result() for future in painted)
    assert [step.number for step in resumed] == [2, 3, 4]
    assert torch.allclose(resumed[-1].image, last(steps).image, atol=EXACT)
    assert_as_alone(models, other, second)


@pytest.mark.thorough
def test_one_that_is_saved_among_others_goes_on_alone(models: LoadedModels) -> None:
    saved, other = asked("кот"), asked("sea", seed=2)

    def two(steps: Iterator[Step]) -> list[Step]:
        next(steps), next(steps)
        states.append(next(steps).state())
        return []

    states: list[dict[str, Tensor]] = []
    together(models, [saved, other], consume=[two, list])
    resumed = last(paint(saved, models, states[0]))
    assert torch.allclose(resumed.image, last(paint(saved, models)).image, atol=EXACT)


@pytest.mark.thorough
def test_other_sizes_are_painted_beside_but_not_together(models: LoadedModels) -> None:
    requests = [asked("кот", steps=1), asked("кот", steps=1, size=(96, 64))]
    for request, future in zip(requests, together(models, requests), strict=True):
        for ours, expected in zip(future.result(), paint(request, models), strict=True):
            assert ours.batch == 1 and torch.equal(ours.image, expected.image)


def test_no_more_are_computed_at_once_than_allowed(models: LoadedModels) -> None:
    requests = [asked("кот", seed=seed, steps=1) for seed in (1, 2, 3)]
    futures = together(models, requests, batch=Punctual(3, most=2))
    assert sorted(future.result()[0].batch for future in futures) == [1, 2, 2]


def out_of_memory(*_: object) -> list[Evaluation]:
    raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")


def test_where_memory_does_not_last_for_all_each_is_computed_alone(
    models: LoadedModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "evaluate", out_of_memory)
    requests, batch = [asked("кот", steps=1), asked("sea", seed=2, steps=1)], Punctual(2)
    for request, future in zip(requests, together(models, requests, batch=batch), strict=True):
        assert torch.equal(future.result()[-1].image, last(paint(request, models)).image)
    assert batch.most == 1  # from now on


def test_an_error_is_told_to_the_painting_whose_it_is(
    models: LoadedModels, monkeypatch: pytest.MonkeyPatch
) -> None:

    def fail(*_: object) -> list[Evaluation]:
        raise ValueError("one of them is broken")

    def one_fails(one: StepInput) -> Evaluation:
        if one.guides[0].scale == 4 * 3:  # four cutouts, a phrase of weight three
            raise ValueError("this one is broken")
        return alone(one)

    monkeypatch.setattr(module, "evaluate", fail)
    monkeypatch.setattr(module, "alone", one_fails)
    well, broken = together(models, [asked("кот"), asked("sea:3", seed=2)])
    assert len(well.result()) == 5
    with pytest.raises(ValueError, match="this one"):
        broken.result()


def test_nobody_waits_long_for_one_that_waits_for_its_files(models: LoadedModels) -> None:
    batch = Batch(2, patience_s=0.01)
    with batch.member():  # which never comes to a step
        assert len(list(paint(asked("кот", steps=1), models, batch=batch))) == 2
