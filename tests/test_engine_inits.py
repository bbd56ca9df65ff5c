"""What pictures do to a painting: where it begins, what holds it, what it comes near to."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.cutouts import Cutting
from engine.errors import EngineError
from engine.fitting import covering, framed
from engine.likeness import shown, style_aims, with_pictures
from engine.models import Models, Names, load
from engine.painter import Step, paint
from engine.pull import Pull
from engine.scripts import CYRILLIC, LATIN
from engine.start import as_codes
from engine.style import recoloured
from store.request import DrawRequest
from store.sources import Target


@pytest.fixture(scope="module")
def models() -> Models:
    return load(Names(), "cpu", Path("nowhere"))


def disc(ground: tuple[float, ...], colour: tuple[float, ...], size: tuple[int, int]) -> Tensor:
    height, width = size
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    inside = (x - width / 2) ** 2 + (y - height / 2) ** 2 < (min(size) * 0.3) ** 2
    return torch.where(inside, _plain(colour), _plain(ground))


def _plain(colour: tuple[float, ...]) -> Tensor:
    return torch.tensor(colour).view(1, 3, 1, 1)


RED, BLUE, GREEN, YELLOW = (0.9, 0.1, 0.1), (0.1, 0.2, 0.9), (0.1, 0.7, 0.2), (1.0, 0.9, 0.1)
STRIPES = torch.where(torch.arange(96) % 12 < 6, _plain(YELLOW), _plain(RED)).expand(1, 3, 96, 96)
PICTURES = {
    "disc": disc(BLUE, RED, (64, 64)),
    "wide": disc(GREEN, YELLOW, (60, 160)),
    "stripes": STRIPES,
}


def asked(prompt: str = "cat", **fields: Any) -> DrawRequest:
    few = {"seed": 1, "steps": 4, "cutouts": 4, "size": (64, 64), "init_noise": "flat"}
    return DrawRequest(prompt, **{**few, **fields})


def painted(models: Models, request: DrawRequest) -> list[Step]:
    return list(paint(request, models, None, PICTURES.__getitem__))


def apart(one: Tensor, other: Tensor) -> float:
    return float((one - other).abs().mean())


# The picture that a painting begins with.


def test_a_painting_begins_with_its_init_at_full_size(models: Models) -> None:
    steps = painted(models, asked(init="disc", steps=2))
    assert apart(steps[0].image, PICTURES["disc"][0]) < 0.05
    shapes = {step.state()["latent"].shape for step in steps}
    assert shapes == {(1, 32, 8, 8)}  # in no stage is the detail thrown away


def test_the_init_is_painted_on(models: Models) -> None:
    first, *_, end = painted(models, asked("blue circle on a red background", init="disc", steps=8))
    assert apart(first.image, end.image) > 0.01
    assert end.loss < first.loss


def test_an_init_fills_the_painting_with_its_aspect_kept() -> None:
    wide = PICTURES["wide"]
    square = covering(wide, 30, 30)
    assert square.shape == (1, 3, 30, 30)
    middle = wide[..., 50:110]
    assert apart(square, covering(middle, 30, 30)) < 1e-6  # both ends are cut off evenly
    high = covering(wide, 120, 30)
    disc_rows = (high[0, 0] > 0.5).any(1).sum()
    disc_columns = (high[0, 0] > 0.5).any(0).sum()
    assert disc_columns == 30 and disc_rows > 60  # larger than the painting is wide: not squeezed


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (3, 7)])
def test_pictures_of_any_shape_can_begin_a_painting(size: tuple[int, int]) -> None:
    filled = covering(torch.rand(1, 3, *size), 64, 96)
    assert filled.shape == (1, 3, 64, 96) and filled.min() >= 0 and filled.max() <= 1


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((64, 64), (256, 256)),
        ((480, 640), (296, 224)),
        ((640, 480), (224, 296)),
        ((10, 4000), (512, 128)),  # no narrower than that
        ((4000, 10), (128, 512)),
    ],
)
def test_without_a_size_the_painting_takes_the_shape_of_its_init(
    models: Models, shape: tuple[int, int], size: tuple[int, int]
) -> None:
    request = framed(DrawRequest("cat", init="a"), models, lambda _: torch.zeros(1, 3, *shape))
    assert request.size == size
    assert models.notices(request) == ()  # nobody asked for another one


def test_a_size_that_is_asked_for_stays(models: Models) -> None:
    for request in (asked(init="wide"), DrawRequest("cat")):
        assert framed(request, models, PICTURES.__getitem__) == request


def test_an_init_may_be_painted_in_its_shape_without_a_size(models: Models) -> None:
    request = asked(init="wide", size=None)
    first = next(paint(request, models, None, PICTURES.__getitem__))
    assert first.image.shape == (3, 160, 416)


# What holds it there.


def test_the_pull_is_half_the_mean_square_and_has_its_gradient() -> None:
    home, latent = torch.randn(2, 1, 4, 3, 3).unbind(0)
    latent.requires_grad_()
    expected = 5 * (latent - home).square().mean() / 2
    expected.backward()
    loss, gradient = Pull(home, 5)(latent)
    assert loss == pytest.approx(expected.item())
    assert latent.grad is not None and torch.allclose(gradient, latent.grad)


def test_a_heavier_init_keeps_the_painting_nearer_to_it(models: Models) -> None:
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


def likeness(models: Models, image: Tensor, name: str, cutting: Cutting) -> float:
    """Cosine between what the guide sees in a painting and in a picture."""
    images = (image.unsqueeze(0), PICTURES[name])
    mine, theirs = (shown(models.guides[LATIN][0], one, cutting, 1).vectors[0] for one in images)
    return float(mine @ theirs)


def ends(models: Models, targets: tuple[Target, ...], **fields: Any) -> float:
    """How like the wide picture a painting becomes with these targets."""
    image = painted(models, asked(targets=targets, **fields))[-1].image
    return likeness(models, image, "wide", Cutting())


def test_a_target_picture_draws_near_and_a_negative_one_drives_away(models: Models) -> None:
    near, far = (ends(models, (Target("wide", by),), init="disc", steps=8) for by in (4, -4))
    assert near > far + 0.03


def test_a_prior_drafts_from_the_target_picture_too(
    models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.models.DRAFTS", 8)
    near, without = (
        ends(models, targets, init_noise="prior", steps=1) for targets in ((Target("wide", 2),), ())
    )
    assert near > without + 0.1


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
    cutting = Cutting(smallest=0.9, turn=40, perspective=0.3, noise=0.5)
    shown(onlooker, picture, cutting, 1)  # type: ignore[arg-type]
    red, green, blue = onlooker.seen.unbind(1)
    across, down = red.diff(dim=2)[:, 8:24, 8:24], green.diff(dim=1)[:, 8:24, 8:24]
    assert torch.allclose(across.mean((1, 2)), down.mean((1, 2)), rtol=0.02)
    assert (
        across.mean((1, 2)) > 0
    ).all() and blue.abs().max() < 1e-6  # straight, unmirrored, clean
    assert red.amin() < 0.1 and red.amax() > 0.9  # from one end to the other


def test_every_guide_of_a_request_sees_the_targets_and_they_share_the_weight(
    models: Models,
) -> None:
    second = load(Names(), "cpu", Path("nowhere")).guides[CYRILLIC]
    both = Models(models.vqgan, models.entry, {LATIN: models.guides[LATIN], CYRILLIC: second})
    request = asked("cat | кот:2", targets=(Target("wide", -3), Target("disc", 1)))
    words, plan = both.targets(request.phrases), both.plan(request)
    found = with_pictures(words, request, plan, PICTURES.__getitem__)
    assert [guide for guide, _ in found] == [guide for guide, _ in words] and len(found) == 2
    assert [target.weights.tolist() for _, target in found] == [[1, -1.5, 0.5], [2, -1.5, 0.5]]


def test_a_picture_that_is_not_there_is_told(models: Models) -> None:
    with pytest.raises(EngineError, match="no picture"):
        next(paint(asked(init="disc"), models))


# The look of another picture.


def test_a_style_is_seen_through_small_crops_and_the_init_is_held(models: Models) -> None:
    plain, styled = asked(init="disc"), asked(init="disc", style="stripes")
    plan = models.plan(styled)
    assert plan.style.largest <= 0.5
    assert plan.init_weight > 0 == models.plan(plain).init_weight
    assert models.plan(asked(init="disc", style="stripes", init_weight=0)).init_weight == 0
    assert models.plan(asked(style="stripes")).init_weight == 0  # there is nothing to hold
    words = models.targets(styled.phrases)
    ((_, crops),) = style_aims(words, styled, plan, PICTURES.__getitem__)
    assert crops.weights.tolist() == [plan.style_weight]
    assert style_aims(words, plain, plan, PICTURES.__getitem__) == []


def test_the_crops_of_a_style_count_beside_the_words(models: Models) -> None:
    """A picture in its own style: its colours stay, its crops please, the words do not."""
    plain, styled = (
        painted(models, asked("green star", init="disc", style=style, steps=1))[0]
        for style in (None, "disc")
    )
    assert apart(plain.image, styled.image) < 0.01
    assert styled.loss < 0.9 * plain.loss


@pytest.mark.parametrize("content", ["disc", None])
def test_a_style_lends_its_colours_to_the_content(models: Models, content: str | None) -> None:
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
    out = recoloured(picture, style)
    assert apart(out.mean((2, 3)), style.mean((2, 3))) < 1e-3
    assert apart(spread(out), spread(style)) < 1e-3
    assert apart(recoloured(picture, picture), picture) < 1e-3


def test_recolouring_neither_wipes_contrasts_out_nor_makes_noise_of_them() -> None:
    colourful = torch.rand(1, 3, 20, 30, generator=torch.Generator().manual_seed(1))
    plain = torch.full((1, 3, 4, 4), 0.5)
    dim = 0.5 + 0.01 * (colourful - 0.5)
    assert recoloured(colourful, plain).std() == pytest.approx(
        0.5 * float(colourful.std()), rel=0.1
    )
    assert recoloured(dim, colourful).std() < 4 * dim.std()
    assert recoloured(plain, colourful).std() < 0.01


# Interrupted and gone on with.


def test_a_painting_from_pictures_resumes_at_any_step_and_ends_the_same(models: Models) -> None:
    request = asked(
        init="wide",
        init_weight=5,
        targets=(Target("disc", 1), Target("wide", -0.5)),
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
