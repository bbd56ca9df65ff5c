"""Random views: where they look, that they do not skip pixels, and that chunks change nothing."""

import pytest
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from engine.defaults import CutoutParams
from engine.painting.cutouts import apply_cutouts, sample_cutouts

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
    cutting = CutoutParams(smallest=0.9, flip=0.5, turn=10, shift=0, perspective=0.05)
    apply_cutouts(picture, sample_cutouts(cutting, 4, (256, 256), 32, chance())).sum().backward()
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
    cutting = CutoutParams(smallest=0.5, largest=0.8)
    shrink = sample_cutouts(cutting, 200, (100, 300), 50, chance()).shrink
    assert 1.0 <= shrink.min() < 1.1 and 1.5 < shrink.max() <= 1.6


def test_power_favours_small_views() -> None:
    small = sample_cutouts(CutoutParams(power=3), 500, (64, 64), 32, chance()).shrink.mean()
    assert small < sample_cutouts(CutoutParams(power=1), 500, (64, 64), 32, chance()).shrink.mean()


def test_half_of_the_views_are_mirrored() -> None:
    cutting = CutoutParams(smallest=1, flip=0.5, turn=0, shift=0, perspective=0, colour=0, noise=0)
    views = apply_cutouts(ramp(64, 64), sample_cutouts(cutting, 200, (64, 64), 8, chance()))
    mirrored = (views[:, 0, :, 0] > views[:, 0, :, -1]).all(1).float().mean()
    assert 0.4 < mirrored < 0.6


def test_noise_differs_from_view_to_view() -> None:
    cutting = CutoutParams(smallest=1, flip=0, turn=0, shift=0, perspective=0, colour=0, noise=0.1)
    picture = torch.full((1, 3, 64, 64), 0.5)
    spread = apply_cutouts(picture, sample_cutouts(cutting, 50, (64, 64), 64, chance())).std(
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
