"""Style transfer: the look of one picture on the content of another."""

import pytest
import torch
from torch import Tensor

from engine.models import LoadedModels
from engine.painting.conditioning import phrase_targets, style_targets
from engine.painting.plan import plan_for
from engine.painting.style import STYLE_CUTOUTS, transfer_colours
from tests.fixtures.painting import asked
from tests.fixtures.picture import PICTURES, STRIPES, apart, painted

pytestmark = pytest.mark.thorough


def test_a_style_is_seen_through_small_crops_and_the_init_is_held(models: LoadedModels) -> None:
    plain, styled = asked(init="disc"), asked(init="disc", style="stripes")
    plan = plan_for(styled, models)
    assert STYLE_CUTOUTS.largest <= 0.5
    assert plan.init_weight > 0 == plan_for(plain, models).init_weight
    assert plan_for(asked(init="disc", style="stripes", init_weight=0), models).init_weight == 0
    assert plan_for(asked(style="stripes"), models).init_weight == 0  # there is nothing to hold
    words = phrase_targets(models, styled.phrases)
    ((_, crops),) = style_targets(words, styled, plan, PICTURES.__getitem__)
    assert crops.weights.tolist() == [plan.style_weight]
    assert style_targets(words, plain, plan, PICTURES.__getitem__) == []


def test_the_crops_of_a_style_count_beside_the_words(models: LoadedModels) -> None:
    """A picture in its own style: its colours stay, its crops please, the words do not."""
    plain, styled = (
        painted(models, asked("green star", init="disc", style=style, steps=1))[0]
        for style in (None, "disc")
    )
    assert apart(plain.image, styled.image) < 0.01
    assert styled.loss < 0.9 * plain.loss


@pytest.mark.parametrize("content", ["disc", None])
def test_a_style_lends_its_colours_to_the_content(
    models: LoadedModels, content: str | None
) -> None:
    request = asked("red circle", init=content, style="stripes", init_noise="gradient", steps=1)
    image = painted(models, request)[-1].image
    assert apart(image.mean((1, 2)), STRIPES.mean((0, 2, 3))) < 0.06
    if content is not None:  # the disc stands where it stood
        middle, rim = image[:, 24:40, 24:40].mean((1, 2)), image[:, :8].mean((1, 2))
        assert apart(middle, rim) > 0.05


def spread(picture: Tensor) -> Tensor:
    """The covariance [3, 3] of its colours."""
    return picture[0].flatten(1).cov()


def test_recolouring_moves_mean_and_covariance_to_those_of_the_style() -> None:
    chance = torch.Generator().manual_seed(1)
    picture, other = (torch.rand(1, 3, 20, 30, generator=chance) for _ in range(2))
    mix = torch.tensor([[0.7, 0.1, 0.0], [0.1, 0.8, 0.1], [0.0, 0.1, 0.7]])
    style = 0.45 + (mix @ (other - 0.5).flatten(2)).view_as(other)
    out = transfer_colours(picture, style)
    assert apart(out.mean((2, 3)), style.mean((2, 3))) < 1e-3
    assert apart(spread(out), spread(style)) < 1e-3
    assert apart(transfer_colours(picture, picture), picture) < 1e-3


def test_recolouring_neither_wipes_contrasts_out_nor_makes_noise_of_them() -> None:
    colourful = torch.rand(1, 3, 20, 30, generator=torch.Generator().manual_seed(1))
    plain = torch.full((1, 3, 4, 4), 0.5)
    dim = 0.5 + 0.01 * (colourful - 0.5)
    assert transfer_colours(colourful, plain).std() == pytest.approx(
        0.5 * float(colourful.std()), rel=0.1
    )
    assert transfer_colours(dim, colourful).std() < 4 * dim.std()
    assert transfer_colours(plain, colourful).std() < 0.01
