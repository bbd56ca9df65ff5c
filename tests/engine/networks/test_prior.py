"""The prior drafts from words, and the guide chooses among its drafts."""

from dataclasses import replace
from typing import cast

import pytest
import torch
from torch import Tensor

from engine.drafters.codes import Codes
from engine.errors import EngineError
from engine.models import LoadedModels
from engine.networks.prior import (
    COLOURS,
    DRAFT_CELLS,
    LAYOUT_NUMBERS,
    NO_COLOUR,
    STYLES,
    Prior,
    random_layouts,
)
from engine.painting.plan import plan_for
from engine.painting.start.drafting import best_drafts
from engine.painting.start.initial_latent import Score
from engine.painting.start.prior import fitted_draft, marked_by_prior, prior_drafts
from store.request.prompt import parse_prompt
from store.request.request import DrawRequest

pytestmark = pytest.mark.thorough


@pytest.fixture
def tiny() -> Prior:
    torch.manual_seed(3)
    prior = Prior(channels=4, condition=5, width=32, fine=16)
    prior.spread.fill_(2.0)
    return prior.eval()


def chance(seed: int = 4) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


WORDS = torch.randn(2, 5, generator=chance())


def test_a_single_phrase_is_drafted_as_it_is_in_layouts_of_chance(tiny: Prior) -> None:
    drafts = tiny.sample(WORDS[:1], torch.ones(1), 3, chance())
    numbers = random_layouts(3, chance()).numbers()
    expected = tiny(WORDS[:1].expand(3, -1), numbers) * 2
    assert drafts.shape == (3, 4, DRAFT_CELLS, DRAFT_CELLS)
    assert torch.allclose(drafts, expected, atol=1e-5)
    assert not torch.allclose(drafts[0], drafts[1], atol=1e-3)


def test_an_unwanted_phrase_leads_to_the_other_side_of_the_mean(tiny: Prior) -> None:
    def draft(*weights: float) -> Tensor:
        return tiny.sample(WORDS[: len(weights)], torch.tensor(weights), 1, chance())

    mean = tiny.sample(torch.zeros(1, 5), torch.ones(1), 1, chance())
    assert torch.allclose(draft(-2.0), 2 * mean - draft(1.0), atol=1e-5)
    first, second = draft(1.0), tiny.sample(WORDS[1:], torch.ones(1), 1, chance())
    assert torch.allclose(draft(3.0, 1.0), 0.75 * first + 0.25 * second, atol=1e-5)


def test_a_layout_is_told_in_small_numbers_and_leaves_the_thing_in_the_picture() -> None:
    layouts = random_layouts(500, chance())
    assert layouts.numbers().shape == (500, LAYOUT_NUMBERS) and layouts.numbers().abs().max() < 5
    assert set(layouts.style.tolist()) == set(range(STYLES))
    for named in (layouts.colour, layouts.background):
        assert set(named.tolist()) == {NO_COLOUR, *range(COLOURS)}
    assert (layouts.scale + layouts.shift.abs().amax(1)).max() < 1.0


def test_a_checkpoint_tells_its_own_shape(tiny: Prior) -> None:
    again, numbers = Prior.of(tiny.state_dict()), random_layouts(2, chance()).numbers()
    assert torch.equal(again(WORDS, numbers), tiny(WORDS, numbers))


@pytest.fixture(scope="module")
def models(models: LoadedModels) -> LoadedModels:
    """The pocket models with fewer drafts."""
    return replace(models, defaults=replace(models.defaults, drafts=16))


def drafted(models: LoadedModels, prompt: str) -> Tensor:
    """All drafts as pictures [n, 3, 96, 96]."""
    drafts = prior_drafts(models, parse_prompt(prompt))
    assert drafts
    return models.vqgan.decode(models.vqgan.quantise(drafts(chance()))).clamp(0, 1)


def redness(pictures: Tensor) -> float:
    return float((pictures[:, 0] - pictures[:, 1:].mean(1)).mean())


@pytest.mark.parametrize(
    ("named", "unnamed"),
    [("red", "blue"), pytest.param("красный", "синий", marks=pytest.mark.long)],
)
def test_weights_and_their_signs_are_obeyed(models: LoadedModels, named: str, unnamed: str) -> None:
    wanted = redness(drafted(models, f"{named} square"))
    mixed = redness(drafted(models, f"{named} square | {unnamed} square"))
    unwanted = redness(drafted(models, f"square | {named} square:-1"))
    assert wanted > mixed + 0.05 and wanted > unwanted + 0.08


def test_the_draft_of_a_coloured_thing_keeps_its_face(models: LoadedModels) -> None:
    plain = replace(models, defaults=replace(models.defaults, own_colours=0.0))
    faces = [
        float(drafted(one, "чёрный кот на белом фоне")[:, :, 28:68, 28:68].std((1, 2, 3)).mean())
        for one in (plain, models)
    ]
    assert faces[1] > 1.3 * faces[0]


@pytest.mark.parametrize("prompt", ["кот", "красный круг на синем фоне", "cat | star:-1"])
def test_what_has_no_colour_but_its_own_is_drafted_as_it_is(
    models: LoadedModels, prompt: str
) -> None:
    plain = replace(models, defaults=replace(models.defaults, own_colours=0.0))
    assert torch.equal(drafted(plain, prompt), drafted(models, prompt))


def test_the_guide_chooses_the_draft(models: LoadedModels) -> None:
    drafts = prior_drafts(models, parse_prompt("star"))
    assert drafts
    latents = drafts(chance())
    codes = Codes.complete_ones(models.vqgan.nearest(latents))
    for best in (0, len(latents) - 1):
        order = torch.arange(len(latents)).roll(best).float()  # the least is at `best`
        first, *_ = best_drafts(codes, models.vqgan, cast(Score, lambda _, order=order: order), 1)
        assert torch.equal(first.codes, codes.indices[[best]])


def test_a_draft_in_the_colour_of_its_ground_gives_way_to_one_about_as_good(
    models: LoadedModels,
) -> None:
    hidden = torch.tensor([0.5, 0.75, 0.95]).view(3, 1, 1).expand(3, 96, 96)
    seen = hidden.clone()
    seen[:, 30:66, 30:66] = torch.tensor([0.9, 0.1, 0.1]).view(3, 1, 1)
    latents = models.vqgan.encode(torch.stack([hidden, seen]))
    codes = Codes.complete_ones(models.vqgan.nearest(latents))
    for worse, chosen in ((0.03, 1), (0.2, 0)):
        score = marked_by_prior(cast(Score, lambda _, worse=worse: torch.tensor([0.0, worse])))
        first, *_ = best_drafts(codes, models.vqgan, score, 1)
        assert torch.equal(first.codes, codes.indices[[chosen]])


def test_a_draft_stands_in_the_middle_of_a_wide_picture(models: LoadedModels) -> None:
    drafts = drafted(models, "red circle on a blue background")
    least_red_rim = drafts[:, 0, :, :8].mean((1, 2)).argmin()
    picture = fitted_draft(drafts[int(least_red_rim)].unsqueeze(0), (64, 128))
    assert picture.shape[2:] == (64, 128)
    assert redness(picture[..., 52:76]) > redness(picture[..., :20]) + 0.3


def test_without_a_prior_its_start_is_refused_and_another_is_usual(models: LoadedModels) -> None:
    without = replace(models, prior=None, prior_guide=None, composer=None)
    assert plan_for(DrawRequest("cat"), without).init_noise == "sketch"
    with pytest.raises(EngineError, match="prior"):
        plan_for(DrawRequest("cat", init_noise="prior"), without)
    assert plan_for(DrawRequest("cat", init_noise="flat"), models).init_noise == "flat"
