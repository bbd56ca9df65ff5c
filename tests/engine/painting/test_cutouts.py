"""Random views: where they look, that they do not skip pixels, and that chunks change nothing."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from engine.defaults import CutoutParams
from engine.painting import cutouts
from engine.painting.cutouts import _colour_jitter, apply_cutouts, sample_cutouts

STILL = CutoutParams(
    smallest=1.0, largest=1.0, flip=0, turn=0, shift=0, perspective=0, colour=0, noise=0
)


def chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def ramp(height: int, width: int) -> Tensor:
    """Red grows to the right, green downwards: a view's colours tell where it looked."""
    y, x = torch.meshgrid(
        (torch.arange(height) + 0.5) / height, (torch.arange(width) + 0.5) / width, indexing="ij"
    )
    return torch.stack([x, y, torch.zeros_like(x)]).unsqueeze(0)


@pytest.mark.parametrize("side", [64, 32, 16])
def test_an_unmoved_view_is_the_picture_itself(side: int) -> None:
    picture = torch.rand(1, 3, 64, 64, generator=chance())
    view = apply_cutouts(picture, sample_cutouts(STILL, 1, (64, 64), side, chance()))
    expected = interpolate(picture, size=(side, side), mode="area")
    assert torch.allclose(view, expected, atol=1e-5)


def test_a_view_that_enlarges_interpolates() -> None:
    picture = ramp(16, 16)
    view = apply_cutouts(picture, sample_cutouts(STILL, 1, (16, 16), 64, chance()))
    expected = interpolate(picture, size=(64, 64), mode="bilinear")
    assert torch.allclose(view, expected, atol=1e-5)


def test_a_shrinking_view_sees_every_pixel() -> None:
    picture = torch.rand(1, 3, 256, 256, generator=chance(), requires_grad=True)
    params = CutoutParams(smallest=0.9, flip=0.5, turn=10, shift=0, perspective=0.05)
    apply_cutouts(picture, sample_cutouts(params, 4, (256, 256), 32, chance())).sum().backward()
    assert picture.grad is not None
    middle = picture.grad[:, :, 64:192, 64:192]
    assert (middle != 0).float().mean() > 0.999


def test_views_of_a_wide_picture_are_not_squeezed() -> None:
    views = apply_cutouts(ramp(64, 256), sample_cutouts(STILL, 32, (64, 256), 64, chance()))
    across = views[:, 0, :, -1].mean(1) - views[:, 0, :, 0].mean(1)
    down = views[:, 1, -1].mean(1) - views[:, 1, 0].mean(1)
    assert torch.allclose(across * 4, down, atol=1e-3)
    centres = views[:, 0].mean((1, 2))
    assert centres.min() < 0.3 and centres.max() > 0.7  # anywhere along the picture


def test_sizes_stay_within_their_bounds() -> None:
    params = CutoutParams(smallest=0.5, largest=0.8)
    shrink = sample_cutouts(params, 200, (100, 300), 50, chance()).shrink
    assert 1.0 <= shrink.min() < 1.1 and 1.5 < shrink.max() <= 1.6


def test_power_favours_small_views() -> None:
    small = sample_cutouts(CutoutParams(power=3), 500, (64, 64), 32, chance()).shrink.mean()
    assert small < sample_cutouts(CutoutParams(power=1), 500, (64, 64), 32, chance()).shrink.mean()


def test_half_of_the_views_are_mirrored() -> None:
    params = CutoutParams(smallest=1, flip=0.5, turn=0, shift=0, perspective=0, colour=0, noise=0)
    views = apply_cutouts(ramp(64, 64), sample_cutouts(params, 200, (64, 64), 8, chance()))
    mirrored = (views[:, 0, :, 0] > views[:, 0, :, -1]).all(1).float().mean()
    assert 0.4 < mirrored < 0.6


def test_a_turned_cutout_is_rotated_and_not_sheared() -> None:
    """Its axes stay at right angles and equally long; the angles fill their range."""
    params = replace(STILL, turn=30, flip=0.5)
    sampled = sample_cutouts(params, 200, (64, 64), 32, chance())
    axes = sampled.homography[:, :2, :2]
    half = 64 / 2
    assert torch.allclose(axes.transpose(1, 2) @ axes, half**2 * torch.eye(2), atol=0.01)
    angles = torch.rad2deg(torch.atan2(-axes[:, 0, 1], axes[:, 1, 1]))
    assert angles.abs().max() <= 30 and angles.min() < -25 and angles.max() > 25


def test_a_turned_cutout_shows_the_picture_turned() -> None:
    """Red grows along one axis and green along the other, as fast as in the picture."""
    params = replace(STILL, smallest=0.5, largest=0.5, turn=45)
    views = apply_cutouts(ramp(256, 256), sample_cutouts(params, 50, (256, 256), 32, chance()))
    middle = views[:, :2, 13:19, 13:19]  # the corners may stand over the border
    across = middle.diff(dim=3).mean((2, 3))  # [n, 2], of red and of green
    down = middle.diff(dim=2).mean((2, 3))
    step = torch.full((50,), 0.5 / 32)
    assert torch.allclose(across.norm(dim=1), step, atol=1e-4)
    assert torch.allclose(down.norm(dim=1), step, atol=1e-4)
    assert (across * down).sum(1).abs().max() < 1e-6


def jittered(colour: list[float], *, spread: float, factors: list[float]) -> list[float]:
    matrix, bias = _colour_jitter(spread, torch.tensor([factors]))
    out: list[float] = (matrix[0] @ torch.tensor(colour) + bias[0]).tolist()
    return out


@pytest.mark.parametrize("by", [-1.0, 0.5, 1.0])
def test_contrast_is_about_the_middle_grey(by: float) -> None:
    for value in (0.0, 0.5, 1.0):
        expected = 0.5 + (value - 0.5) * (1 + 0.2 * by)
        found = jittered([value] * 3, spread=0.2, factors=[0, by, 0])
        assert found == pytest.approx([expected] * 3, abs=1e-6)


def test_brightness_adds_and_saturation_keeps_the_luma() -> None:
    assert jittered([0.2, 0.4, 0.6], spread=0.2, factors=[1, 0, 0]) == pytest.approx(
        [0.4, 0.6, 0.8]
    )
    luma = 0.299 * 0.2 + 0.587 * 0.4 + 0.114 * 0.6
    expected = [luma + 1.2 * (value - luma) for value in (0.2, 0.4, 0.6)]
    assert jittered([0.2, 0.4, 0.6], spread=0.2, factors=[0, 0, 1]) == pytest.approx(expected)


@pytest.fixture
def numbered_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each level of the pyramid holds its own number, so that a cutout tells which it read."""
    pyramid = cutouts._pyramid

    def numbered(picture: Tensor, shrink: float) -> list[Tensor]:
        levels = pyramid(picture, shrink)
        return [torch.full_like(level, number) for number, level in enumerate(levels)]

    monkeypatch.setattr(cutouts, "_pyramid", numbered)


@pytest.mark.usefixtures("numbered_levels")
@pytest.mark.parametrize(
    ("side", "level"), [(192, 0), (96, 0), (74, 0), (60, 1), (48, 1), (36, 1), (30, 2), (24, 2)]
)
def test_a_cutout_reads_the_level_nearest_to_its_own_size(side: int, level: int) -> None:
    sampled = sample_cutouts(STILL, 1, (96, 96), side, chance())
    view = apply_cutouts(torch.zeros(1, 3, 96, 96), sampled)
    assert torch.allclose(view, torch.full_like(view, level), atol=1e-4)


@pytest.mark.usefixtures("numbered_levels")
def test_each_cutout_of_a_batch_reads_its_own_level() -> None:
    sampled = sample_cutouts(replace(STILL, smallest=0.25), 60, (256, 256), 32, chance())
    views = apply_cutouts(torch.zeros(1, 3, 256, 256), sampled)
    expected = sampled.shrink.log2().round().view(-1, 1, 1, 1).expand_as(views)
    assert torch.allclose(views, expected, atol=1e-4) and len(expected.unique()) == 3


def test_noise_differs_from_view_to_view() -> None:
    params = CutoutParams(smallest=1, flip=0, turn=0, shift=0, perspective=0, colour=0, noise=0.1)
    picture = torch.full((1, 3, 64, 64), 0.5)
    spread = apply_cutouts(picture, sample_cutouts(params, 50, (64, 64), 64, chance())).std(
        (1, 2, 3)
    )
    assert spread.max() <= 0.105 and spread.min() < 0.03


def test_a_seed_draws_the_same_views() -> None:
    picture = torch.rand(1, 3, 96, 64, generator=chance())
    first, again, other = (
        apply_cutouts(picture, sample_cutouts(CutoutParams(), 6, (96, 64), 32, chance(seed)))
        for seed in (1, 1, 2)
    )
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_chunks_are_the_whole_in_pieces() -> None:
    picture = torch.rand(1, 3, 128, 128, generator=chance())
    views = sample_cutouts(CutoutParams(), 10, (128, 128), 32, chance())
    whole = apply_cutouts(picture, views)
    pieces = torch.cat([apply_cutouts(picture, chunk) for chunk in views.chunks(3)])
    assert torch.allclose(whole, pieces, atol=1e-5)
