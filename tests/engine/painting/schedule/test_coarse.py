"""A painting that begins at half its sides, and goes on with its enlarged latent."""

from dataclasses import replace
from typing import Any

import pytest
import torch

from engine.defaults import Stage
from engine.models import LoadedModels
from engine.painting.painter import paint
from engine.painting.plan import plan_for
from engine.painting.schedule.enlargement import enlarge
from engine.painting.schedule.schedule import Schedule
from store.request.pricing import price
from store.request.request import DrawRequest
from tests.fixtures.painting import asked, last
from tests.fixtures.picture import PICTURES, painted

COARSE: dict[str, Any] = {"coarse": 0.5, "size": (128, 64), "steps": 4}


def test_the_first_part_is_small_and_every_frame_of_the_final_size(models: LoadedModels) -> None:
    steps, cells = [], []
    for step in paint(asked(**COARSE), models):
        steps.append(step)
        cells.append(tuple(step.state()["latent"].shape[2:]))
        assert step.image.shape == step.frame().shape == (3, 64, 128)
    assert cells == [(4, 8), (4, 8), (8, 16), (8, 16), (8, 16)]
    assert steps[-1].number == 4


@pytest.mark.parametrize("optimizer", ["adam", "adagrad"])
def test_it_ends_as_the_same_picture_from_whichever_step_it_goes_on(
    models: LoadedModels, optimizer: str
) -> None:
    request = asked(**COARSE, optimizer=optimizer)
    whole, states = [], []
    for step in paint(request, models):
        whole.append(step)
        states.append(step.state())
    for number, state in enumerate(states):
        for again, first in zip(paint(request, models, state), whole[number:], strict=True):
            assert torch.equal(again.image, first.image) and again.loss == first.loss


def test_the_optimiser_goes_on_within_the_codebook(models: LoadedModels) -> None:
    small, large = [
        step.state() for step in paint(asked(**COARSE), models) if step.number in (1, 2)
    ]
    assert float(small["adam.step"]) == 1 and float(large["adam.step"]) == 2
    assert large["adam.exp_avg"].shape == large["latent"].shape
    book = models.vqgan.codebook
    low, high = book.amin(0).view(1, -1, 1, 1), book.amax(0).view(1, -1, 1, 1)
    assert bool((large["latent"] >= low).all() and (large["latent"] <= high).all())


def test_an_enlarged_latent_is_the_old_one_where_that_is_flat() -> None:
    latent = torch.ones(1, 3, 4, 6) * torch.tensor([1.0, -2.0, 0.5]).view(1, 3, 1, 1)
    larger, _ = enlarge(latent, {}, (8, 12))
    assert torch.allclose(larger, latent[..., :1, :1].expand(1, 3, 8, 12))


def test_moments_are_those_of_the_gradients_that_follow() -> None:
    """A cell of half the sides has a quarter of the picture, and of the gradient of its mean."""
    ones = torch.ones(1, 2, 4, 4)
    old = {"step": torch.tensor(7.0), "exp_avg": ones, "exp_avg_sq": ones}
    _, new = enlarge(ones, old, (8, 8))
    assert float(new["step"]) == 7
    assert torch.allclose(new["exp_avg"], torch.full((1, 2, 8, 8), 1 / 4))
    assert torch.allclose(new["exp_avg_sq"], torch.full((1, 2, 8, 8), 1 / 16))
    _, uneven = enlarge(ones, {"exp_avg_sq": torch.eye(4).expand(1, 2, 4, 4)}, (8, 8))
    assert bool((uneven["exp_avg_sq"] >= 0).all())


def test_an_init_holds_the_painting_at_both_sizes(models: LoadedModels) -> None:
    request = asked("cat", init="disc", init_weight=100.0, coarse=0.5, init_noise=None)
    steps = painted(models, request)
    free = painted(models, replace(request, init_weight=0.0))
    start = PICTURES["disc"][0]
    apart = [float((run[-1].image - start).abs().mean()) for run in (steps, free)]
    assert apart[0] < apart[1]


def test_the_model_says_which_rates_go_with_the_sizes(models: LoadedModels) -> None:
    usual = (Stage(0.375, 0.2), Stage(0.5, 0.5, 3), Stage(1.0, 0.3, 4))
    assert Schedule(0.25).stages(usual) == (Stage(0.5, 0.25, 3), Stage(1.0, 0.75, 4))
    assert Schedule(0.0).stages(usual) == (Stage(1.0, 1.0, 4),)
    assert Schedule().stages(usual) == usual
    assert plan_for(asked(), models).schedule == Schedule()


def test_small_steps_are_less_work() -> None:
    assert Schedule(0.5).work_until(0.5) < 0.45
    assert Schedule(0.5).work_until(1.0) == pytest.approx(1.0)
    assert Schedule().work_until(0.3) == pytest.approx(0.3)
    whole = DrawRequest("cat", steps=1200)
    assert price(replace(whole, coarse=0.5)) < price(whole)


def test_cutouts_and_rates_change_from_step_to_step(models: LoadedModels) -> None:
    request = asked(steps=5, cutouts=8, first_cutouts=4, final_rate=0.1, learning_rate=0.4)
    plan = replace(plan_for(request, models), stages=(Stage(1.0, 1.0),))
    assert [plan.at(number).cutouts for number in range(6)] == [4, 5, 6, 7, 8, 8]
    rates = [plan.rate(number) for number in range(5)]
    assert rates[0] == pytest.approx(0.4) and rates[-1] == pytest.approx(0.04)
    assert rates == sorted(rates, reverse=True)
    assert last(paint(request, models, plan=plan)).number == 5


def test_each_scene_has_the_whole_schedule(models: LoadedModels) -> None:
    plan = plan_for(asked("cat ^ dog", steps=4, cutouts=8, first_cutouts=2), models)
    assert [plan.at(number).cutouts for number in range(9)] == [2, 4, 6, 8, 2, 4, 6, 8, 8]
