"""Pictures that begin with drafts of what the prompt wishes for, composed thing by thing."""

import random
from dataclasses import replace
from typing import Any

import pytest
import torch

from engine.defaults import ComposedStart, Stage
from engine.guides import warnings
from engine.models import LoadedModels
from engine.networks.layered_prior import LayeredPrior, Vocabulary
from engine.networks.pocket_drafter import PocketDrafter
from engine.painting.painter import paint
from engine.painting.plan import plan_for, sheet_parts
from engine.painting.start.prior import first_drafts
from engine.pocket.composition import CELLS, compose, varied
from engine.pocket.mixing import read_phrases
from store.request.prompt import parse_prompt
from store.request.request import DrawRequest
from tests.fixtures.painting import asked, last

WORLD = Vocabulary(
    ("cat", "chair", "whole cat"), ("noto",), ("beach",), 16, ("day", "night"), ("clear",)
)
STAGES = (Stage(1.0, 1.0, lr_divisor=8),)
START = ComposedStart(drafts=2, steps=6, stages=STAGES)


@pytest.fixture
def composing(models: LoadedModels) -> LoadedModels:
    """The pocket models with a layered prior of a small world, which has learned nothing."""
    torch.manual_seed(4)
    composer = PocketDrafter(LayeredPrior(WORLD).eval().requires_grad_(False))
    defaults = replace(models.defaults, composed=START)
    return replace(
        models,
        composer=composer,
        defaults=defaults,
        earlier=(replace(defaults, composed=None),),
    )


def wished(prompt: str, **fields: Any) -> DrawRequest:
    return asked(prompt, **{"init_noise": None, **fields})


def drafts(models: LoadedModels, prompt: str) -> torch.Tensor:
    plan = plan_for(wished(prompt), models)
    found = first_drafts(models, wished(prompt), (), plan)
    assert found
    return found(torch.Generator().manual_seed(1))


def test_a_wish_that_it_has_learned_is_composed(composing: LoadedModels) -> None:
    assert plan_for(wished("кот ночью на пляже"), composing).stages == STAGES
    assert plan_for(wished("cat", steps=None), composing).steps == 6
    assert drafts(composing, "кот ночью на пляже").shape == (2, 32, CELLS, CELLS)
    assert torch.equal(drafts(composing, "chair"), drafts(composing, "стул"))


def test_a_better_preset_chooses_among_more_drafts(composing: LoadedModels) -> None:
    plans = [
        plan_for(wished("cat", quality=quality, steps=None), composing)
        for quality in ("quick", "standard", "fine")
    ]
    assert [plan.drafts for plan in plans] == [1, 2, 4]
    assert [plan.steps for plan in plans] == [3, 6, 12]


def test_a_wide_picture_is_composed_as_wide(composing: LoadedModels) -> None:
    for shape, grid in (("wide", (CELLS, 57)), ("portrait", (43, CELLS))):
        request = wished("кот на пляже", shape=shape, size=None, finish="gouache")
        plan = plan_for(request, composing)
        found = first_drafts(composing, request, (), plan)
        assert found and found(torch.Generator().manual_seed(1)).shape[2:] == grid
        assert tuple(side // plan.cell for side in plan.stage_size(0)) == grid


def test_all_else_is_drafted_as_before(composing: LoadedModels, models: LoadedModels) -> None:
    for prompt in ("rocket", "кот и ракета", "zzz"):
        assert plan_for(wished(prompt), composing).stages == models.defaults.stages
        assert drafts(composing, prompt).shape[-1] < CELLS
    flat = wished("cat", init_noise="flat")
    assert plan_for(flat, composing).stages == models.defaults.stages


def test_an_earlier_edition_does_not_compose(composing: LoadedModels, models: LoadedModels) -> None:
    assert plan_for(wished("cat", edition=1), composing).stages == models.defaults.stages


@pytest.mark.thorough
def test_the_same_seed_paints_the_same_composition(composing: LoadedModels) -> None:
    first, again, other = (
        last(paint(wished("cat", size=(256, 256), steps=1, seed=seed), composing)).image
        for seed in (3, 3, 4)
    )
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_what_it_draws_is_not_reported_as_unknown(composing: LoadedModels) -> None:
    phrases = parse_prompt("cat on a chair on the beach")
    assert warnings.before_painting(composing.guides, phrases, "en")
    assert not warnings.before_painting(composing.guides, phrases, "en", composing.drawn)
    assert not warnings.prompt_notices(composing.guides, phrases, composing.drawn)


def test_a_single_draft_is_that_of_its_seed_wherever_it_stands(composing: LoadedModels) -> None:
    parts = sheet_parts(wished("cat", steps=None, at_once=4), composing)
    assert [part.seed for part in parts] == [1, 2, 3, 4]
    assert {(part.steps, part.drafts, part.at_once) for part in parts} == {(0, 1, None)}
    pictures = [last(paint(part, composing)).image for part in parts]
    assert not torch.equal(pictures[0], pictures[2])
    shifted = sheet_parts(wished("cat", seed=3, steps=None, at_once=4), composing)
    assert torch.equal(last(paint(shifted[0], composing)).image, pictures[2])
    painted_on = next(paint(replace(parts[2], steps=4), composing))
    assert torch.equal(painted_on.image, pictures[2])


def test_a_picture_like_another_keeps_its_style_and_moves_its_things(
    composing: LoadedModels,
) -> None:
    def latent(**fields: Any) -> torch.Tensor:
        request = wished("cat", drafts=1, steps=0, **fields)
        found = first_drafts(composing, request, (), plan_for(request, composing))
        assert found
        return found(torch.Generator())

    like, other = latent(seed=9, near=(5,)), latent(seed=10, near=(5,))
    assert torch.equal(like, latent(seed=9, near=(5,)))
    assert not torch.equal(like, other) and not torch.equal(like, latent(seed=5))


def test_what_cannot_be_drafted_is_painted_quickly(composing: LoadedModels) -> None:
    for request in (wished("cat ^ chair"), wished("cat", init_noise="flat")):
        parts = sheet_parts(replace(request, steps=None, at_once=4), composing)
        assert {(part.steps, part.quality) for part in parts} == {(None, "quick")}
    asked_for = sheet_parts(wished("cat", at_once=2), composing)
    assert [part.steps for part in asked_for] == [4, 4]


def test_compositions_that_are_alike_keep_what_they_show() -> None:
    wish = read_phrases([("рыжий кот на пляже", 1.0)])
    composition = compose(wish, random.Random(1))
    like = varied(composition, random.Random(2))
    assert like != composition
    assert [thing.key for thing in like.things] == [thing.key for thing in composition.things]
    assert like.ground.place == composition.ground.place == "beach"
