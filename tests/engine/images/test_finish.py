"""The finish: firm edges at twice the size, a smooth background, and nothing that moves."""

import pytest
import torch
from torch import Tensor

from engine.images.finish import (
    calm_ground,
    drawn_share,
    flatten,
    flooded,
    gouache,
    toggle,
)
from training.evaluation.sharpness import edge_gradient, laplacian_variance


def soft_disc(height: int = 96, width: int = 96) -> Tensor:
    """An orange disc with a soft rim and a dark spot, on a restless blue ground."""
    y = torch.linspace(-1, 1, height).view(-1, 1) * (height / width)
    x = torch.linspace(-1, 1, width).view(1, -1)
    disc = torch.sigmoid((0.55 - (x * x + y * y).sqrt()) * 18)
    spot = torch.sigmoid((0.14 - ((x - 0.15).square() + (y + 0.1).square()).sqrt()) * 40)
    noise = torch.randn(3, height, width, generator=torch.Generator().manual_seed(1)) * 0.02
    ground = torch.tensor([0.1, 0.3, 0.8]).view(3, 1, 1) + noise
    picture = ground + disc * (torch.tensor([0.95, 0.6, 0.1]).view(3, 1, 1) - ground)
    return (picture * (1 - 0.8 * spot)).clamp(0, 1)


def test_it_doubles_the_size() -> None:
    out = gouache(soft_disc(64, 96))
    assert out.shape == (3, 128, 192)
    assert 0 <= float(out.min()) <= float(out.max()) <= 1


def test_edges_are_firmer_than_by_enlarging() -> None:
    picture = soft_disc()
    plain = torch.nn.functional.interpolate(picture[None], scale_factor=2, mode="bicubic")
    firm = gouache(picture)[None]
    assert float(edge_gradient(firm)) > 2 * float(edge_gradient(plain))
    assert float(laplacian_variance(firm)) > float(laplacian_variance(plain))


def test_colours_and_places_stay() -> None:
    picture = soft_disc()
    small = torch.nn.functional.avg_pool2d(gouache(picture)[None], 2)[0]
    assert float((small - picture).abs().mean()) < 0.05
    assert small[0, 43, 55] < 0.5 < small[0, 70, 48]  # the spot is dark, the disc is not


def test_the_ground_is_calm() -> None:
    picture = soft_disc()
    before, after = picture[:, :8], calm_ground(picture)[:, :8]
    assert float(after.std(dim=(1, 2)).max()) < 0.4 * float(before.std(dim=(1, 2)).max())
    inside = slice(40, 60), slice(40, 60)
    assert torch.equal(calm_ground(picture)[:, *inside], picture[:, *inside])


def test_a_ramp_stays_one() -> None:
    """Toggles would make scales of it."""
    ramp = torch.linspace(0.2, 0.8, 64).expand(3, 64, 64)
    steps = gouache(ramp)[:, :, 20:-20].diff(dim=2)
    assert float(steps.min()) > 0 and float(steps.max()) < 2 * float(steps.mean())


def test_one_colour_stays_as_it_is() -> None:
    flat = torch.full((3, 40, 40), 0.4)
    assert torch.allclose(gouache(flat), torch.full((3, 80, 80), 0.4), atol=1e-3)


def test_only_what_hangs_together_with_the_rim_is_flooded() -> None:
    mask = torch.ones(12, 12, dtype=torch.bool)
    mask[3:9, 3:9] = False
    mask[5:7, 5:7] = True
    reached = flooded(mask)
    assert bool(reached[0, 0]) and bool(reached[2, 6]) and not bool(reached[5, 5])


@pytest.mark.parametrize("channel", [0, 2])
def test_toggle_takes_one_of_the_neighbours_colours(channel: int) -> None:
    ramp = torch.zeros(3, 5, 9)
    ramp[channel] = torch.sigmoid(torch.linspace(-4, 4, 9))
    axes = torch.tensor([[0.45, 0.87, 0.17], [1.0, 0.0, 0.0]])
    out = toggle(ramp, axes)
    assert set(out[channel].flatten().tolist()) <= set(ramp[channel].flatten().tolist())
    for _ in range(9):
        out = toggle(out, axes)
    assert out[channel].unique().numel() <= 3


def test_the_same_picture_gives_the_same_finish() -> None:
    assert torch.equal(gouache(soft_disc()), gouache(soft_disc()))


@pytest.mark.parametrize(
    ("size", "share"),
    [
        ((512, 512), 0.5),
        ((256, 256), 1.0),
        ((128, 128), 1.0),
        ((384, 512), 2 / 3),
        ((1024, 800), 0.5),
    ],
)
def test_what_is_finished_is_painted_smaller(size: tuple[int, int], share: float) -> None:
    assert drawn_share(*size) == pytest.approx(share)


def test_larger_pictures_take_no_longer_a_pixel() -> None:
    """The same number of neighbours is looked at, further apart."""
    picture = soft_disc(96, 96)
    near, far = flatten(picture, 3), flatten(picture, 6)
    assert near.shape == far.shape and not torch.equal(near, far)
