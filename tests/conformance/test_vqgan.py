"""Compare our VQGAN with taming's at full size, on checkpoints written by Lightning."""

import logging
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import load_file
from torch import Tensor

from engine.networks.conversion import convert_checkpoint, converted_shape
from engine.networks.published_vqgan import (
    BYTES_F16_1024,
    BYTES_F16_16384,
    BYTES_GUMBEL_F8,
    F16_1024,
    F16_16384,
    GUMBEL_F8,
)
from engine.networks.vqgan import VQGAN
from engine.networks.vqgan_config import VqganShape, read_config
from tests.conformance.conftest import COMPARED
from tests.conformance.environments import environment

pytestmark = pytest.mark.conformance

log = logging.getLogger(__name__)

TOLERANCE = 1e-4  # of the range of the original's numbers
SCRIPT = Path(__file__).with_name("vqgan_original.py")
RecordingSession = Callable[[str, object], None]

DUMMY = {"target": "taming.modules.losses.vqperceptual.DummyLoss"}
WARM_UP: dict[str, float] = {"warm_up_steps": 0, "max_decay_steps": 1000001}
WARM_UP |= {"lr_start": 0.9, "lr_max": 0.9, "lr_min": 1.0e-06}


def configured(shape: VqganShape) -> dict[str, Any]:
    """Return a configuration like the published ones."""
    network = {
        "double_z": False, "z_channels": shape.z_channels, "resolution": shape.resolution,
        "in_channels": 3, "out_ch": 3, "ch": shape.ch, "ch_mult": list(shape.ch_mult),
        "num_res_blocks": shape.num_res_blocks,
        "attn_resolutions": list(shape.attn_resolutions), "dropout": 0.0,
    }  # fmt: skip
    params = {"embed_dim": shape.embed_dim, "n_embed": shape.n_embed, "ddconfig": network}
    params["lossconfig"] = DUMMY
    if shape.quantiser == "gumbel":
        schedule = "taming.lr_scheduler.LambdaWarmUpCosineScheduler"
        params |= {"kl_weight": 1e-8, "monitor": "val/rec_loss"}
        params["temperature_scheduler_config"] = {"target": schedule, "params": WARM_UP}
        return {"target": "taming.models.vqgan.GumbelVQ", "params": params}
    return {"target": "taming.models.vqgan.VQModel", "params": params}


def in_transformer(shape: VqganShape) -> dict[str, Any]:
    """Return the configuration of a VQGAN inside a (tiny) transformer, as faceshq has it."""
    size = {"vocab_size": 1024, "block_size": 512, "n_layer": 1, "n_head": 2, "n_embd": 32}
    place = {"n_embed": 1024, "down_factor": 16}
    params = {
        "cond_stage_key": "coord",
        "cond_stage_config": {"target": "taming.modules.misc.coord.CoordStage", "params": place},
        "first_stage_config": configured(shape),
        "transformer_config": {"target": "taming.modules.transformer.mingpt.GPT", "params": size},
    }
    return {"target": "taming.models.cond_transformer.Net2NetTransformer", "params": params}


CASES: dict[str, tuple[str, VqganShape, dict[str, Any], int]] = {
    "imagenet_f16_16384": ("0.0.6", F16_16384, configured(F16_16384), BYTES_F16_16384),
    "gumbel_f8_8192": ("0.0.6", GUMBEL_F8, configured(GUMBEL_F8), BYTES_GUMBEL_F8),
    "faceshq in its transformer": ("0.0.6", F16_1024, in_transformer(F16_1024), BYTES_F16_1024),
    "imagenet_f16_1024, the first taming": (
        "0.0.1",
        F16_1024,
        configured(F16_1024),
        BYTES_F16_1024,
    ),
}


def _original(folder: Path, taming: str, model: dict[str, Any]) -> dict[str, Tensor]:
    """Run the original packages to write a checkpoint, and their outputs for a picture."""
    home = environment("vqgan")
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
    """Return the outputs of our networks; pictures are 0..1 here and -1..1 in taming."""
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
def test_every_number_of_the_original(
    tmp_path: Path, record_property: RecordingSession, name: str
) -> None:
    taming, shape, model, size = CASES[name]
    compared, bytes_made = compare(tmp_path, taming, shape, model)
    assert size < bytes_made < size + 100_000
    record_property(COMPARED, compared)


def compare(folder: Path, taming: str, shape: VqganShape, model: dict[str, Any]) -> tuple[int, int]:
    """Return how many numbers were compared, and the bytes of the converted checkpoint."""
    original = _original(folder, taming, model)
    assert read_config(folder / "model.yaml") == shape
    source, target = folder / "last.ckpt", folder / "model.safetensors"
    convert_checkpoint(source, target, shape)
    size = target.stat().st_size
    log.info("%d bytes of %d", size, source.stat().st_size)
    source.unlink()
    noted = converted_shape(target)
    assert noted == shape
    vqgan = VQGAN(noted)
    vqgan.load_state_dict(load_file(target))
    assert min(original[key].unique().numel() for key in ("indices", "places")) > 10
    compared = 0
    frozen = vqgan.eval().requires_grad_(False)  # as it paints
    for key, found in _ours(frozen.to(memory_format=torch.channels_last), original).items():
        expected = original[key]
        compared += expected.numel()
        if expected.is_floating_point():
            error = (found - expected).abs().max() / (expected.max() - expected.min())
            log.info("%s: %.1e of the range", key, error)
            assert error <= TOLERANCE, key
        else:
            assert torch.equal(found, expected), key
    target.unlink()
    return compared, size
