"""Models that are not in the package: pulled by name, or given as files."""

import json
from pathlib import Path

import pytest
import torch

from engine.errors import EngineError
from engine.models import ModelNames, load_models
from engine.networks.conversion import convert_checkpoint
from engine.networks.vqgan import VQGAN
from engine.networks.vqgan_config import VqganShape
from engine.painting.painter import paint
from store.request.request import DrawRequest

TINY = VqganShape(
    ch=32, ch_mult=(1, 1), num_res_blocks=1, attn_resolutions=(8,), resolution=16,
    z_channels=8, embed_dim=8, n_embed=16,
)  # fmt: skip
CONFIG = {
    "model": {
        "target": "taming.models.vqgan.VQModel",
        "params": {
            "embed_dim": 8,
            "n_embed": 16,
            "ddconfig": {
                "double_z": False, "z_channels": 8, "resolution": 16, "in_channels": 3, "out_ch": 3,
                "ch": 32, "ch_mult": [1, 1], "num_res_blocks": 1, "attn_resolutions": [8],
                "dropout": 0.0,
            },
        },
    }
}  # fmt: skip


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        state = VQGAN(TINY).state_dict()
    path = tmp_path / "mine.ckpt"
    torch.save({"state_dict": state}, path)
    return path


def paints(names: ModelNames, folder: Path) -> None:
    models = load_models(names, "cpu", folder)
    request = DrawRequest("cat", seed=1, steps=1, cutouts=2, size=(32, 16))
    *_, last = paint(request, models)
    assert last.image.shape == (3, 16, 32) and last.image.isfinite().all()


def test_a_pulled_vqgan_paints_by_its_name(checkpoint: Path, tmp_path: Path) -> None:
    names = ModelNames(vqgan="imagenet_f16_16384")
    with pytest.raises(EngineError) as refused:
        load_models(names, "cpu", tmp_path)
    assert str(refused.value).endswith("python -m engine models pull imagenet_f16_16384")
    convert_checkpoint(checkpoint, tmp_path / "imagenet_f16_16384.safetensors", TINY)
    paints(names, tmp_path)


def test_a_checkpoint_with_its_configuration_beside_it_paints(checkpoint: Path) -> None:
    checkpoint.with_suffix(".yaml").write_text(json.dumps(CONFIG))  # JSON is YAML
    paints(ModelNames(vqgan=str(checkpoint)), Path("nowhere"))


def test_a_checkpoint_needs_no_configuration(checkpoint: Path) -> None:
    paints(ModelNames(vqgan=str(checkpoint)), Path("nowhere"))


def test_a_configuration_elsewhere_is_named_and_has_to_fit(checkpoint: Path) -> None:
    elsewhere = checkpoint.parent / "configs" / "other.yml"
    elsewhere.parent.mkdir()
    elsewhere.write_text(json.dumps(CONFIG))
    paints(ModelNames(vqgan=str(checkpoint), config=elsewhere), Path("nowhere"))
    elsewhere.write_text(json.dumps(CONFIG).replace('"n_embed": 16', '"n_embed": 32'))
    with pytest.raises(EngineError, match="n_embed is 16 in the weights and 32 in the config"):
        load_models(ModelNames(vqgan=str(checkpoint), config=elsewhere), "cpu", Path("nowhere"))
    with pytest.raises(EngineError, match="needs none"):
        load_models(ModelNames(config=elsewhere), "cpu", Path("nowhere"))


def test_misspelt_names_are_told_the_near_ones() -> None:
    for names, near in (
        (ModelNames(vqgan="imagenet_f16_16348"), "imagenet_f16_16384"),
        (ModelNames(ruclip="ruclip-vit-base-patch32"), "ruclip-vit-base-patch32-224"),
    ):
        with pytest.raises(EngineError, match=near):
            load_models(names, "cpu", Path("nowhere"))
