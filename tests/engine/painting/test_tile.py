"""A picture whose opposite edges meet: no line is seen where two of them lie side by side."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from engine.images.finish import gouache
from engine.kernels.convolution import convolve
from engine.models import LoadedModels
from engine.painting.painter import paint
from store.errors import RequestError
from store.request.request import DrawRequest
from tests.fixtures.painting import asked, last


def _seam(picture: Tensor) -> float:
    """Return the mean jump across the edges, as a multiple of that between neighbours inside."""
    across = (picture[:, :, 0] - picture[:, :, -1]).abs().mean()
    down = (picture[:, 0] - picture[:, -1]).abs().mean()
    inside = (picture[:, :, 1:] - picture[:, :, :-1]).abs().mean()
    below = (picture[:, 1:] - picture[:, :-1]).abs().mean()
    return float((across + down) / (inside + below))


@pytest.mark.thorough
@pytest.mark.parametrize("finish", ["none", "gouache"])
def test_81_no_seam_is_seen_in_a_painted_picture(models: LoadedModels, finish: str) -> None:
    request = DrawRequest("клубника", seed=2, steps=3, cutouts=4, size=(128, 128), tile=True)
    assert _seam(last(paint(replace(request, finish=finish), models)).image) <= 1.2


def test_a_finish_sees_the_opposite_edge_beyond_an_edge() -> None:
    wave = torch.linspace(0, 4 * torch.pi, 65)[:-1].sin() / 2 + 0.5
    picture = (wave.view(1, 1, -1) * wave.view(1, -1, 1)).expand(3, -1, -1)
    finished = gouache(picture, tile=True)
    assert finished.shape == (3, 128, 128)
    rolled = gouache(torch.roll(picture, (16, 16), (1, 2)), tile=True)
    assert torch.allclose(torch.roll(finished, (32, 32), (1, 2)), rolled, atol=0.02)


def test_a_wrapped_network_knows_no_edge(models: LoadedModels) -> None:
    vqgan, generator = models.vqgan, torch.Generator().manual_seed(3)
    codes = torch.randint(vqgan.shape.n_embed, (1, 6, 8), generator=generator)
    rolled, by = torch.roll(codes, (2, 3), (1, 2)), (2 * vqgan.shape.cell, 3 * vqgan.shape.cell)
    try:
        vqgan.wrap(True)
        picture = vqgan.decode(vqgan.lookup(codes))
        moved = vqgan.decode(vqgan.lookup(rolled))
    finally:
        vqgan.wrap(False)
    assert torch.allclose(torch.roll(picture, by, (2, 3)), moved, atol=1e-4)
    assert not torch.allclose(picture, vqgan.decode(vqgan.lookup(codes)), atol=0.05)


def test_the_gradient_of_a_rolled_picture_is_that_of_the_picture() -> None:
    layer = torch.nn.Conv2d(3, 3, 3, padding=1, padding_mode="circular").requires_grad_(False)
    picture = torch.rand(1, 3, 8, 8, requires_grad=True)
    ours = torch.autograd.grad(convolve(layer, picture).square().sum(), picture)[0]
    torchs = torch.autograd.grad(layer(picture).square().sum(), picture)[0]
    assert torch.allclose(ours, torchs, atol=1e-5)


def test_the_picture_after_a_tile_is_as_usual(models: LoadedModels) -> None:
    usual = asked(init_noise="codes", steps=1)
    before = last(paint(usual, models)).image
    tile = last(paint(asked(init_noise="codes", steps=1, tile=True), models)).image
    assert not torch.equal(tile, before)
    assert torch.equal(last(paint(usual, models)).image, before)


def test_a_tile_does_not_move() -> None:
    with pytest.raises(RequestError, match="edges meet"):
        DrawRequest("cat", tile=True, zoom=1.02)
