"""The painter's promises, on the pocket models."""

from dataclasses import replace

import pytest
import torch

from engine.models import LoadedModels
from engine.painting.conditioning import phrase_targets
from engine.painting.painter import paint
from engine.painting.plan import plan_for
from engine.painting.start.initial_latent import initial_latent
from store.request.request import INIT_NOISES, DrawRequest
from tests.fixtures.painting import asked, last
from training.evaluation.sharpness import edge_gradient


def test_steps_count_from_the_start_to_the_total(models: LoadedModels) -> None:
    steps = list(paint(asked(size=(96, 64)), models))
    assert [step.number for step in steps] == [0, 1, 2, 3, 4]
    assert {step.total for step in steps} == {4}
    for step in steps:
        assert step.image.shape == (3, 64, 96)  # all of the final size, in every stage
        assert step.image.min() >= 0 and step.image.max() <= 1


def test_the_same_seed_paints_the_same_bytes(models: LoadedModels) -> None:
    first, again, other = (last(paint(asked(seed=seed), models)) for seed in (5, 5, 6))
    assert torch.equal(first.image, again.image) and first.loss == again.loss
    assert not torch.equal(first.image, other.image)


def test_painting_leaves_the_chance_of_others_alone(models: LoadedModels) -> None:
    before = torch.get_rng_state()
    last(paint(asked(), models))
    assert torch.equal(before, torch.get_rng_state())


def test_a_request_without_a_seed_is_refused(models: LoadedModels) -> None:
    with pytest.raises(ValueError, match="seed"):
        next(paint(DrawRequest("cat"), models))


def test_the_loss_is_a_mean_by_weight(models: LoadedModels) -> None:
    """So the learning rate means the same however many phrases there are, and how heavy."""
    cat, dog, heavy, both, away = (
        next(paint(asked(prompt), models)).loss
        for prompt in ("cat", "dog", "cat:5", "cat:3 | dog", "cat:3 | dog:-1")
    )
    assert heavy == pytest.approx(cat, rel=1e-4)
    assert both == pytest.approx((3 * cat + dog) / 4, rel=1e-4)
    assert away == pytest.approx((3 * cat - dog) / 4, rel=1e-4)


def test_guidance_lowers_the_loss(models: LoadedModels) -> None:
    losses = [step.loss for step in paint(asked("red circle", steps=16, cutouts=8), models)]
    assert sum(losses[-4:]) < 0.85 * sum(losses[:4])


@pytest.mark.thorough
def test_a_painting_resumes_at_any_step_and_ends_in_the_same_picture(models: LoadedModels) -> None:
    request = asked(init_noise="scored")  # with a change of stage on the way
    whole, states = [], []
    for step in paint(request, models):
        whole.append(step)
        states.append(step.state())
    for number, state in enumerate(states):
        resumed = list(paint(request, models, state))
        assert [step.number for step in resumed] == list(range(number, 5))
        for again, first in zip(resumed, whole[number:], strict=True):
            assert torch.equal(again.image, first.image) and again.loss == first.loss


def test_the_number_of_views_in_memory_changes_no_result(models: LoadedModels) -> None:
    request = asked(cutouts=5, steps=2)
    whole = last(paint(request, models))
    pieces = last(paint(request, models, plan=replace(plan_for(request, models), chunk=2)))
    assert torch.allclose(whole.image, pieces.image, atol=1e-4)
    assert whole.loss == pytest.approx(pieces.loss, rel=1e-4)


def test_the_latent_stays_in_the_range_of_the_codebook(models: LoadedModels) -> None:
    codebook = models.vqgan.codebook
    latent = last(paint(asked(steps=4), models)).state()["latent"][0].flatten(1).T
    assert (latent >= codebook.amin(0) - 1e-6).all() and (latent <= codebook.amax(0) + 1e-6).all()


@pytest.mark.parametrize("kind", sorted({*INIT_NOISES} - {"prior"}))
def test_every_start_is_made_of_codes(models: LoadedModels, kind: str) -> None:
    generator = torch.Generator().manual_seed(0)
    how = (kind, models.vqgan, (64, 96), lambda pictures: pictures.mean((1, 2, 3)))
    latent = initial_latent(*how, generator)
    assert latent.shape == (1, models.vqgan.shape.embed_dim, 8, 12)
    assert torch.equal(latent, models.vqgan.lookup(models.vqgan.nearest(latent)))


@pytest.mark.thorough
def test_a_negative_weight_drives_the_picture_away(models: LoadedModels) -> None:
    def greenness(prompt: str) -> float:
        image = last(paint(asked(prompt, steps=12, init_noise="scored"), models)).image
        return float((image[1] / image.sum(0).clamp(min=0.1)).mean())

    assert greenness("cat | green background") > greenness("cat | green background:-1") + 0.1


def test_both_languages_share_one_picture(models: LoadedModels) -> None:
    request = asked("красный круг | on a blue background")
    assert len(phrase_targets(models, request.phrases)) == 1  # the pocket guide reads both scripts
    assert last(paint(request, models)).loss > 0


def test_a_finish_is_painted_at_half_the_size_and_delivered_whole(models: LoadedModels) -> None:
    plain = asked("red circle on blue", size=(512, 512), steps=2, seed=3)
    plan = plan_for(replace(plain, finish="gouache"), models)
    assert (plan.width, plan.height) == (512, 512)
    assert plan.stage_size(2) == (256, 256)


@pytest.mark.thorough
def test_a_finished_picture_has_firm_edges(models: LoadedModels) -> None:
    request = asked("a cat on black", size=(512, 512), steps=4, init_noise="prior", seed=3)
    *_, soft = paint(request, models)
    *_, before, firm = paint(replace(request, finish="gouache"), models)
    assert firm.image.shape == before.image.shape == soft.image.shape == (3, 512, 512)
    sharpness = [float(edge_gradient(step.image[None])) for step in (soft, before, firm)]
    assert sharpness[2] > sharpness[0]
    assert sharpness[2] > 1.3 * sharpness[1]
    assert torch.equal(firm.frame(), firm.image)
    assert torch.equal(firm.image, last(paint(replace(request, finish="gouache"), models)).image)
