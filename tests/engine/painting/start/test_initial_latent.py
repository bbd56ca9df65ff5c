"""The starts of a painting that need neither a picture nor a guide."""

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.models import LoadedModels
from engine.painting.start.initial_latent import initial_latent


def apart(one: Tensor, other: Tensor) -> float:
    return float((one - other).abs().mean())


def started(models: LoadedModels, kind: str, seed: int = 0) -> tuple[Tensor, Tensor]:
    """The codes [8, 12] of a start, and the picture [3, 64, 96] that they make."""
    vqgan, chance = models.vqgan, torch.Generator().manual_seed(seed)
    latent = initial_latent(
        kind, vqgan, (64, 96), lambda pictures: pictures.mean((1, 2, 3)), chance
    )
    return vqgan.nearest(latent)[0], vqgan.decode(latent)[0].clamp(0, 1)


def cells(picture: Tensor) -> Tensor:
    """[3, 8, 12]: the mean colour of each cell."""
    return F.avg_pool2d(picture, 8)


def test_a_start_of_codes_draws_a_code_for_every_cell(models: LoadedModels) -> None:
    codes, _ = started(models, "codes")
    assert len(codes.unique()) > 80  # of 96 cells: none of 1024 codes is preferred
    assert codes.min() < 50 and codes.max() > 970
    assert (codes != started(models, "codes", seed=1)[0]).float().mean() > 0.9


def test_a_flat_start_is_of_one_colour_and_each_seed_has_its_own(models: LoadedModels) -> None:
    first, other = (started(models, "flat", seed)[1] for seed in (0, 1))
    for picture in (first, other):
        assert picture.std((1, 2)).max() < 0.05
    assert apart(first.mean((1, 2)), other.mean((1, 2))) > 0.1


def test_a_gradient_goes_smoothly_from_colour_to_colour(models: LoadedModels) -> None:
    _, picture = started(models, "gradient")
    colours = cells(picture)
    assert apart(colours[:, 0, 0], colours[:, 0, -1]) > 0.15
    assert apart(colours[:, 0, 0], colours[:, -1, 0]) > 0.04
    assert colours.diff(dim=2).abs().mean() < 0.06 and colours.diff(dim=1).abs().mean() < 0.06


def test_a_start_of_pixels_is_noise(models: LoadedModels) -> None:
    codes, noise = started(models, "pixels")
    flat = started(models, "flat")[1]
    assert noise.diff(dim=2).abs().mean() > 2 * flat.diff(dim=2).abs().mean()
    assert len(codes.unique()) > 20
    assert cells(noise).std((1, 2)).max() < 0.2  # without any shape
