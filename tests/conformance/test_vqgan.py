"""Our VQGAN against taming's own, on checkpoints that Lightning itself wrote, at full size."""

import logging
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file
from torch import Tensor

from engine.checkpoints import convert, converted_shape
from engine.checkpoints_shape import VqganShape, read_config
from engine.published import (
    BYTES_F16_1024,
    BYTES_F16_16384,
    BYTES_GUMBEL_F8,
    F16_1024,
    F16_16384,
    GUMBEL_F8,
)
from engine.vqgan import VQGAN
from tests.conformance.conftest import COMPARED

pytestmark = pytest.mark.conformance

log = logging.getLogger(__name__)

TOLERANCE = 1e-4  # of the range of the original's numbers
SCRIPT = Path(__file__).with_name("vqgan_original.py")
Recorder = Callable[[str, object], None]

DUMMY = {"target": "taming.modules.losses.vqperceptual.DummyLoss"}
WARM_UP: dict[str, float] = {"warm_up_steps": 0, "max_decay_steps": 1000001}
WARM_UP |= {"lr_start": 0.9, "lr_max": 0.9, "lr_min": 1.0e-06}


def _model(shape: VqganShape) -> dict[str, Any]:
    """As the published configurations have it."""
    f8 = shape.cell == 8
    network = {
        "double_z": False, "z_channels": 256, "resolution": 256, "in_channels": 3, "out_ch": 3,
        "ch": 128, "ch_mult": [1, 1, 2, 4] if f8 else [1, 1, 2, 2, 4], "num_res_blocks": 2,
        "attn_resolutions": [32] if f8 else [16], "dropout": 0.0,
    }  # fmt: skip
    params = {"embed_dim": 256, "n_embed": shape.n_embed, "ddconfig": network, "lossconfig": DUMMY}
    if shape.quantiser == "gumbel":
        schedule = "taming.lr_scheduler.LambdaWarmUpCosineScheduler"
        params |= {"kl_weight": 1e-8, "monitor": "val/rec_loss"}
        params["temperature_scheduler_config"] = {"target": schedule, "params": WARM_UP}
        return {"target": "taming.models.vqgan.GumbelVQ", "params": params}
    return {"target": "taming.models.vqgan.VQModel", "params": params}


def _transformer(shape: VqganShape) -> dict[str, Any]:
    """A VQGAN inside a transformer, as faceshq, though the transformer is a tiny one."""
    size = {"vocab_size": 1024, "block_size": 512, "n_layer": 1, "n_head": 2, "n_embd": 32}
    place = {"n_embed": 1024, "down_factor": 16}
    params = {
        "cond_stage_key": "coord",
        "cond_stage_config": {"target": "taming.modules.misc.coord.CoordStage", "params": place},
        "first_stage_config": _model(shape),
        "transformer_config": {"target": "taming.modules.transformer.mingpt.GPT", "params": size},
    }
    return {"target": "taming.models.cond_transformer.Net2NetTransformer", "params": params}


CASES: dict[str, tuple[str, VqganShape, dict[str, Any], int]] = {
    "imagenet_f16_16384": ("0.0.6", F16_16384, _model(F16_16384), BYTES_F16_16384),
    "gumbel_f8_8192": ("0.0.6", GUMBEL_F8, _model(GUMBEL_F8), BYTES_GUMBEL_F8),
    "faceshq in its transformer": ("0.0.6", F16_1024, _transformer(F16_1024), BYTES_F16_1024),
    "imagenet_f16_1024, the first taming": ("0.0.1", F16_1024, _model(F16_1024), BYTES_F16_1024),
}


def _original(folder: Path, taming: str, model: dict[str, Any]) -> dict[str, Tensor]:
    """Has the originals make a checkpoint in the folder, and what they make of a picture."""
    home = Path(os.environ.get("CONFORMANCE_VQGAN", "/tmp/conformance-vqgan"))
    assert (home / ".ready").exists(), "run tests/conformance/vqgan_environment.sh first"
    (folder / "model.yaml").write_text(yaml.safe_dump({"model": model}))
    python = [str(home / "bin/python"), "-W", "ignore"]
    made = subprocess.run(
        [*python, str(SCRIPT), str(folder), taming, "1"],
        capture_output=True, text=True, check=False, cwd=folder,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr[-3000:]
    log.info("%s", made.stdout.splitlines()[-1])
    return load_file(folder / "numbers.safetensors")


def _ours(vqgan: VQGAN, original: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same numbers by our networks; pictures are 0..1 here and -1..1 there."""
    with torch.no_grad():
        encoded = vqgan.encode((original["picture"] + 1) / 2)
        indices = vqgan.nearest(encoded)
    latent = original["latent"].clone().requires_grad_()
    quantised = vqgan.quantise(latent)
    decoded = vqgan.decode(quantised) * 2 - 1
    (gradient,) = torch.autograd.grad(decoded, latent, original["pull"])
    found = {
        "codes": vqgan.lookup(indices), "indices": indices.flatten(),
        "places": vqgan.nearest(latent).flatten(), "quantised": quantised,
        "decoded": decoded, "gradient": gradient,
    }  # fmt: skip
    if vqgan.shape.quantiser == "plain":
        found["hidden"] = encoded
    return {key: value.detach() for key, value in found.items()}


@pytest.mark.parametrize("name", CASES)
def test_every_number_of_the_original(tmp_path: Path, record_property: Recorder, name: str) -> None:
    taming, shape, model, size = CASES[name]
    original = _original(tmp_path, taming, model)
    assert read_config(tmp_path / "model.yaml") == shape
    source, target = tmp_path / "last.ckpt", tmp_path / "model.safetensors"
    convert(source, target, shape)
    log.info("%s: %d bytes of %d", name, target.stat().st_size, source.stat().st_size)
    source.unlink()
    assert size < target.stat().st_size < size + 100_000
    noted = converted_shape(target)
    assert noted == shape
    vqgan = VQGAN(noted)
    vqgan.load_state_dict(load_file(target))
    assert min(original[key].unique().numel() for key in ("indices", "places")) > 10
    compared = 0
    for key, found in _ours(vqgan.eval(), original).items():
        expected = original[key]
        compared += expected.numel()
        if expected.is_floating_point():
            error = (found - expected).abs().max() / (expected.max() - expected.min())
            log.info("%s, %s: %.1e of the range", name, key, error)
            assert error <= TOLERANCE, key
        else:
            assert torch.equal(found, expected), key
    target.unlink()
    record_property(COMPARED, compared)
