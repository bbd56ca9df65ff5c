"""Sber's VQGAN with a decoder of wavelets: the same codes, pictures twice as large."""

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from engine.models import ModelNames, load_models
from engine.networks.checkpoint import fitted, vqgan_state
from engine.networks.conversion import convert_checkpoint
from engine.networks.vqgan import VQGAN, inverse_haar
from engine.networks.vqgan_config import VqganShape
from engine.painting.painter import paint
from tests.engine.drafting.small_rudalle import REQUEST, VQGAN_SHAPE, write_models

SHAPE = replace(VQGAN_SHAPE, out_ch=12)


def _as_published(vqgan: VQGAN) -> dict[str, Tensor]:
    """Return the state by the names that rudalle's class gives it."""
    inner = ("decoder.", "post_quant_conv.")
    state = {
        f"model.{'decoder.' if key.startswith(inner) else ''}{key}": value.clone()
        for key, value in vqgan.state_dict().items()
    }
    unused = torch.zeros(3, 3, 1, 1)
    return {**state, "model.post_quant_conv.weight": unused, "model.decoder.idwt.g0_col": unused}


def _shape_and_weights(path: Path) -> tuple[VqganShape, dict[str, Tensor]]:
    return fitted(vqgan_state(path), None, path.name)


def test_four_pixels_are_made_of_their_mean_and_three_differences() -> None:
    picture = torch.rand(2, 3, 6, 8)
    a, b, c, d = (picture[:, :, y::2, x::2] for y in (0, 1) for x in (0, 1))
    details = (a + b - c - d, a - b + c - d, a - b - c + d)
    bands = [a + b + c + d, torch.stack(details, dim=2).flatten(1, 2)]
    assert (inverse_haar(torch.cat(bands, dim=1) / 2) - picture).abs().max() < 1e-6


def test_the_published_file_is_read_and_paints_twice_as_large(tmp_path: Path) -> None:
    write_models(tmp_path)
    torch.manual_seed(0)
    vqgan = VQGAN(SHAPE).eval()
    path = tmp_path / "dwt.ckpt"
    torch.save({"state_dict": _as_published(vqgan)}, path)
    shape, weights = _shape_and_weights(path)
    assert replace(shape, resolution=SHAPE.resolution) == SHAPE
    assert weights.keys() == vqgan.state_dict().keys()
    assert all(torch.equal(weights[key], value) for key, value in vqgan.state_dict().items())
    convert_checkpoint(path, tmp_path / "sber_gumbel_f8_dwt.safetensors", None)
    models = load_models(ModelNames("sber_gumbel_f8_dwt", draft="malevich"), "cpu", tmp_path)
    request = replace(REQUEST, vqgan="sber_gumbel_f8_dwt", size=(128, 128), steps=1)
    *_, step = paint(request, models)
    assert step.image.shape == (3, 128, 128)  # of 8 x 8 codes
    assert models.vqgan.encode(step.image[None]).shape == (1, 8, 8, 8)
