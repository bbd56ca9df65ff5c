"""A picture begins with a drafter's best draft, from files of the published format."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from engine.drafters.drafter import DraftRequest
from engine.models import LoadedModels
from engine.painting.painter import draft_together, paint
from engine.painting.start import drafting
from tests.engine.drafting.small_rudalle import REQUEST, SIDE, painted


def test_the_draft_grows_row_by_row_before_the_first_step(models: LoadedModels) -> None:
    steps = painted(models)
    assert [step.number for step in steps] == [0] * SIDE + [1, 2]
    assert [step.drawn for step in steps] == [
        *((SIDE * row, SIDE * SIDE) for row in range(1, SIDE)), None, None, None,
    ]  # fmt: skip
    assert [step.place for step in steps] == [*range(SIDE - SIDE * SIDE - 1, -SIDE, SIDE), 0, 1, 2]
    images = [step.image for step in steps[: SIDE - 1]]
    assert all(image.shape == (3, 64, 64) for image in images)
    assert all(not torch.equal(a, b) for a, b in pairwise(images))


def test_a_picture_without_steps_is_the_best_draft(models: LoadedModels) -> None:
    *_, step = painted(models, replace(REQUEST, steps=0))
    assert (step.number, step.total) == (0, 0)
    drafter = models.drafter
    assert drafter is not None
    request = DraftRequest("красный круг", (SIDE, SIDE), 3, 3, drafter.sampling)
    *_, codes = drafter.draft(request)
    with torch.no_grad():
        drafts = drafting.decoded(codes, models.vqgan)
    assert any(torch.allclose(draft, step.image, atol=1e-5) for draft in drafts)


@pytest.mark.thorough
def test_what_was_interrupted_at_any_row_ends_as_the_same_picture(models: LoadedModels) -> None:
    whole = painted(models)[-1].image
    for row in (0, 3, SIDE - 2, SIDE):
        steps = paint(REQUEST, models)
        for _ in range(row + 1):
            state = next(steps).state()
        *_, last = paint(REQUEST, models, state)
        assert torch.equal(last.image, whole), row


def test_the_seed_and_the_words_make_the_picture(models: LoadedModels) -> None:
    first = painted(models, replace(REQUEST, steps=0))[-1].image
    for other in (replace(REQUEST, seed=4), replace(REQUEST, prompt="синий круг")):
        assert not torch.equal(painted(models, replace(other, steps=0))[-1].image, first)


@pytest.mark.parametrize("size", [(64, 128), (128, 64), (64, 96)])
def test_tall_and_wide_pictures_are_drafted_whole(
    models: LoadedModels, size: tuple[int, int]
) -> None:
    *_, step = painted(models, replace(REQUEST, steps=0, size=size))
    assert step.image.shape == (3, size[1], size[0])


def test_a_larger_picture_is_painted_on_from_the_draft(models: LoadedModels) -> None:
    *_, step = painted(models, replace(REQUEST, size=(128, 128)))
    assert step.image.shape == (3, 128, 128)


def test_drafts_of_several_requests_at_once_are_those_of_each_alone(models: LoadedModels) -> None:
    several = [replace(REQUEST, seed=seed, drafts=1, steps=0) for seed in (3, 4, 9)]
    steps = list(draft_together(several, models))
    assert [step.drafting for step in steps] == [True] * SIDE
    for request, state in zip(several, drafting.states_of(steps[-1].state()), strict=True):
        *_, together = paint(request, models, state)
        *_, alone = paint(request, models)
        assert torch.equal(together.image, alone.image)
    for step in steps[:: SIDE // 2]:
        *_, resumed = draft_together(several, models, step.state())
        assert torch.equal(resumed.state()["indices"], steps[-1].state()["indices"])
