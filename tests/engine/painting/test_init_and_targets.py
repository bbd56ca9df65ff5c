"""What pictures do to a painting: where it begins, what holds it, what it comes near to."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.defaults import CutoutParams
from engine.errors import EngineError
from engine.models import LoadedModels, ModelNames, load_models
from engine.painting.conditioning import add_image_targets, image_target, phrase_targets
from engine.painting.optimisation.losses import InitLoss
from engine.painting.painter import paint
from engine.painting.plan import notices_for, plan_for
from engine.painting.resize import cover, size_from_init
from engine.painting.start.initial_latent import as_codes
from store.reader.scripts import CYRILLIC, LATIN
from store.request.image_refs import ImageTarget
from store.request.request import DrawRequest
from tests.fixtures.painting import asked
from tests.fixtures.picture import PICTURES, apart, likeness, painted

pytestmark = pytest.mark.thorough


# The picture that a painting begins with.


def test_a_painting_begins_with_its_init_at_full_size(models: LoadedModels) -> None:
    steps = painted(models, asked(init="disc", steps=2))
    assert apart(steps[0].image, PICTURES["disc"][0]) < 0.05
    shapes = {step.state()["latent"].shape for step in steps}
    assert shapes == {(1, 32, 8, 8)}  # in no stage is the detail thrown away


def test_the_init_is_painted_on(models: LoadedModels) -> None:
    first, *_, end = painted(models, asked("blue circle on a red background", init="disc", steps=8))
    assert apart(first.image, end.image) > 0.01
    assert end.loss < first.loss


def test_an_init_fills_the_painting_with_its_aspect_kept() -> None:
    wide = PICTURES["wide"]
    square = cover(wide, 30, 30)
    assert square.shape == (1, 3, 30, 30)
    middle = wide[..., 50:110]
    assert apart(square, cover(middle, 30, 30)) < 1e-6  # both ends are cut off evenly
    high = cover(wide, 120, 30)
    disc_rows = (high[0, 0] > 0.5).any(1).sum()
    disc_columns = (high[0, 0] > 0.5).any(0).sum()
    assert disc_columns == 30 and disc_rows > 60  # larger than the painting is wide: not squeezed


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (3, 7)])
def test_pictures_of_any_shape_can_begin_a_painting(size: tuple[int, int]) -> None:
    filled = cover(torch.rand(1, 3, *size), 64, 96)
    assert filled.shape == (1, 3, 64, 96) and filled.min() >= 0 and filled.max() <= 1


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((64, 64), (512, 512)),
        ((480, 640), (592, 440)),
        ((640, 480), (440, 592)),
        ((10, 4000), (1024, 256)),  # no narrower than that
        ((4000, 10), (256, 1024)),
    ],
)
def test_without_a_size_the_painting_takes_the_shape_of_its_init(
    models: LoadedModels, shape: tuple[int, int], size: tuple[int, int]
) -> None:
    request = size_from_init(
        DrawRequest("cat", init="a"),
        plan_for(DrawRequest("cat"), models),
        lambda _: torch.zeros(1, 3, *shape),
    )
    assert request.size == size
    assert notices_for(request, models) == ()  # nobody asked for another one


def test_a_size_that_is_asked_for_stays(models: LoadedModels) -> None:
    for request in (asked(init="wide"), DrawRequest("cat")):
        assert size_from_init(request, plan_for(request, models), PICTURES.__getitem__) == request


def test_an_init_may_be_painted_in_its_shape_without_a_size(models: LoadedModels) -> None:
    request = asked(init="wide", size=None)
    first = next(paint(request, models, None, PICTURES.__getitem__))
    assert first.image.shape == (3, 312, 840)


# What holds it there.


def test_the_pull_is_half_the_mean_square_and_has_its_gradient() -> None:
    home, latent = torch.randn(2, 1, 4, 3, 3).unbind(0)
    latent.requires_grad_()
    expected = 5 * (latent - home).square().mean() / 2
    expected.backward()
    loss, gradient = InitLoss(home, 5)(latent)
    assert loss == pytest.approx(expected.item())
    assert latent.grad is not None and torch.allclose(gradient, latent.grad)


def test_a_heavier_init_keeps_the_painting_nearer_to_it(models: LoadedModels) -> None:
    home = as_codes(PICTURES["disc"], models.vqgan)
    away, size = [], []
    for weight in (0, 1000):
        request = asked("green star", init="disc", init_weight=weight, steps=6)
        latent = painted(models, request)[-1].state()["latent"]
        away.append(apart(latent, home))
        size.append(float(latent.norm() / home.norm()))
    assert away[0] > 2 * away[1]
    assert size[1] == pytest.approx(1, abs=0.1)  # pulled to the init and not to zero


# What it comes near to.


def ends(
    models: LoadedModels, targets: tuple[ImageTarget, ...], prompt: str = "cat", **fields: Any
) -> float:
    """How like the wide picture a painting becomes with these targets."""
    image = painted(models, asked(prompt, targets=targets, **fields))[-1].image
    return likeness(models.guides[LATIN][0], image, PICTURES["wide"], CutoutParams())


def test_a_target_picture_draws_near_and_a_negative_one_drives_away(models: LoadedModels) -> None:
    near, far = (ends(models, (ImageTarget("wide", by),), init="disc", steps=8) for by in (4, -4))
    assert near > far + 0.03


def test_a_prior_drafts_from_the_target_picture_too(models: LoadedModels) -> None:
    few_drafts = replace(models, defaults=replace(models.defaults, drafts=8))
    near, without = (
        ends(few_drafts, targets, "a panda", init_noise="prior", steps=1)
        for targets in ((ImageTarget("wide", 2),), ())
    )
    assert near > without + 0.2


class Onlooker:
    """A guide that keeps what it is shown."""

    name, side = "onlooker", 32
    seen: Tensor

    def encode_image(self, pictures: Tensor) -> Tensor:
        self.seen = pictures
        return torch.ones(len(pictures), 4) / 2


def test_a_target_picture_is_not_squeezed() -> None:
    """Red grows to the right and green downwards, by as much in a pixel: so in every view."""
    y, x = torch.meshgrid(torch.arange(50.0), torch.arange(200.0), indexing="ij")
    picture = torch.stack([x / 200, y / 200, torch.zeros_like(x)]).unsqueeze(0)
    onlooker = Onlooker()
    params = CutoutParams(smallest=0.9, turn=40, perspective=0.3, noise=0.5)
    image_target(onlooker, picture, params, 1)  # type: ignore[arg-type]
    red, green, blue = onlooker.seen.unbind(1)
    across, down = red.diff(dim=2)[:, 8:24, 8:24], green.diff(dim=1)[:, 8:24, 8:24]
    assert torch.allclose(across.mean((1, 2)), down.mean((1, 2)), rtol=0.02)
    assert (
        across.mean((1, 2)) > 0
    ).all() and blue.abs().max() < 1e-6  # straight, unmirrored, clean
    assert red.amin() < 0.1 and red.amax() > 0.9  # from one end to the other


def test_every_guide_of_a_request_sees_the_targets_and_they_share_the_weight(
    models: LoadedModels,
) -> None:
    second = load_models(ModelNames(), "cpu", Path("nowhere")).guides[CYRILLIC]
    both = replace(models, guides={LATIN: models.guides[LATIN], CYRILLIC: second})
    request = asked("cat | кот:2", targets=(ImageTarget("wide", -3), ImageTarget("disc", 1)))
    words, plan = phrase_targets(both, request.phrases), plan_for(request, both)
    found = add_image_targets(words, request, plan, PICTURES.__getitem__)
    assert [guide for guide, _ in found] == [guide for guide, _ in words] and len(found) == 2
    assert [target.weights.tolist() for _, target in found] == [[1, -1.5, 0.5], [2, -1.5, 0.5]]


def test_a_picture_that_is_not_there_is_told(models: LoadedModels) -> None:
    with pytest.raises(EngineError, match="no picture"):
        next(paint(asked(init="disc"), models))


# Interrupted and gone on with.


def test_a_painting_from_pictures_resumes_at_any_step_and_ends_the_same(
    models: LoadedModels,
) -> None:
    request = asked(
        init="wide",
        init_weight=5,
        targets=(ImageTarget("disc", 1), ImageTarget("wide", -0.5)),
        style="stripes",
        steps=3,
    )
    whole, states = [], []
    for step in paint(request, models, None, PICTURES.__getitem__):
        whole.append(step)
        states.append(step.state())
    for number in (0, 2):
        resumed = list(paint(request, models, states[number], PICTURES.__getitem__))
        assert [step.number for step in resumed] == list(range(number, 4))
        for again, first in zip(resumed, whole[number:], strict=True):
            assert torch.equal(again.image, first.image) and again.loss == first.loss
