"""Second stages of every kind of condition, from taming's checkpoints and configurations."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from engine.drafters.drafter import DraftRequest
from engine.drafters.load import load_drafter
from engine.drafters.networks.mingpt import Gpt, GptShape
from engine.drafters.second_stage.config import read_second_stage
from engine.errors import EngineError
from engine.models import ModelNames, load_models
from engine.networks.conversion import convert_checkpoint
from engine.networks.vqgan import VQGAN
from engine.networks.vqgan_config import VqganShape
from tests.engine.drafters.small_models import scattered, weights

CODES, SIDE, CLASSES = 1024, 16, 1000
SHAPE = VqganShape(
    ch=32, ch_mult=(1, 1, 1, 1, 1), num_res_blocks=1, attn_resolutions=(), z_channels=8,
    embed_dim=8, n_embed=CODES,
)  # fmt: skip
DEPTHS = replace(SHAPE, in_channels=1, out_ch=1)
CPU = torch.device("cpu")
CONDITIONS: dict[str, Any] = {
    "none": "__is_unconditional__",
    "class": {"target": "taming.modules.util.Labelator", "params": {"n_classes": CLASSES}},
    "coordinates": {"target": "taming.modules.misc.coord.CoordStage", "params": {"n_embed": CODES}},
    "depth": {"target": "taming.models.vqgan.VQModel", "params": {}},
}


def shape_of(kind: str) -> GptShape:
    block = 256 if kind in ("none", "class") else 512
    return GptShape(CODES, block, layers=1, width=32, heads=4)


def config(kind: str, **changed: object) -> dict[str, Any]:
    """Return a configuration as taming writes it, with changed sizes of the transformer."""
    shape = shape_of(kind)
    sizes = {
        "vocab_size": shape.vocabulary, "block_size": shape.block, "n_layer": shape.layers,
        "n_head": shape.heads, "n_embd": shape.width, **changed,
    }  # fmt: skip
    gpt = {"target": "taming.modules.transformer.mingpt.GPT", "params": sizes}
    params = {"cond_stage_config": CONDITIONS[kind], "transformer_config": gpt, "sos_token": 7}
    return {
        "model": {"target": "taming.models.cond_transformer.Net2NetTransformer", "params": params}
    }


def write(folder: Path, kind: str, told: Mapping[str, object], gpt: GptShape | None = None) -> Path:
    """Write the checkpoint and its configuration into a folder of their own."""
    place = folder / kind
    place.mkdir()
    torch.manual_seed(0)
    parts = {
        "transformer": scattered(Gpt(gpt or shape_of(kind))),
        "first_stage_model": VQGAN(SHAPE),
    }
    if kind == "depth":
        parts["cond_stage_model"] = VQGAN(DEPTHS)
    state = {f"{p}.{key}": v for p, network in parts.items() for key, v in weights(network).items()}
    torch.save({"state_dict": state, "epoch": 1}, place / "weights.ckpt")
    (place / "config.yaml").write_text(yaml.safe_dump(told))
    return place


@pytest.mark.parametrize("kind", CONDITIONS)
def test_a_second_stage_of_each_kind_draws_from_its_checkpoint_and_its_configuration(
    kind: str, tmp_path: Path
) -> None:
    drafter = load_drafter(kind, write(tmp_path, kind, config(kind)), None, CPU)
    depth = torch.linspace(0, 1, 256).expand(256, 256) if kind == "depth" else None
    request = DraftRequest("маяк", (SIDE, SIDE), 2, 1, condition=depth)
    *_, codes = drafter.draft(request)
    assert codes.complete and codes.indices.shape == (2, SIDE, SIDE)
    assert int(codes.indices.max()) < CODES
    if kind == "class":
        *_, other = drafter.draft(replace(request, text="кот"))
        assert not torch.equal(other.indices, codes.indices)
        with pytest.raises(EngineError) as error:
            list(drafter.draft(replace(request, text="абракадабра")))
        assert error.value.key == "class-unknown"
    if kind == "depth":
        with pytest.raises(EngineError) as error:
            list(drafter.draft(replace(request, condition=None)))
        assert error.value.key == "map-missing"


@pytest.mark.parametrize(
    ("changed", "key", "part"),
    [
        ({"n_head": 8, "n_embd": 64}, "config-differs", "n_embd"),
        ({"n_layer": 2}, "config-differs", "n_layer"),
        ({"n_head": 5}, "drafter-heads", ""),
        ({"n_head": 0}, "config-unreadable", "n_head"),
        ({"n_unmasked": 3}, "config-unreadable", "n_unmasked"),
    ],
)
def test_a_configuration_that_does_not_fit_its_weights_is_told(
    changed: dict[str, object], key: str, part: str, tmp_path: Path
) -> None:
    place = write(tmp_path, "none", config("none", **changed))
    with pytest.raises(EngineError) as error:
        load_drafter("own", place, None, CPU)
    assert (error.value.key, error.value.values.get("part", "")) == (key, part)


def test_a_published_one_has_its_own_heads_and_condition(tmp_path: Path) -> None:
    place = write(tmp_path, "coordinates", config("coordinates"))
    with pytest.raises(EngineError) as error:
        load_drafter("faceshq_transformer", place, "second-stage-coordinates", CPU)
    assert (error.value.key, error.value.values["part"]) == ("config-differs", "n_head")
    with pytest.raises(EngineError) as error:
        load_drafter("cin_transformer", place, "second-stage-class", CPU)
    assert error.value.values["part"] == "cond_stage_config"
    (place / "config.yaml").unlink()
    with pytest.raises(EngineError) as error:  # its heads are told by nothing else
        load_drafter("cin_transformer", place, "second-stage-class", CPU)
    assert error.value.key == "config-missing"


def test_other_models_and_orders_of_codes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    for change in (
        {"permuter_config": {"target": "taming.Zigzag"}},
        {"cond_stage_config": {"target": "a"}},
    ):
        told = config("none")
        told["model"]["params"] |= change
        path.write_text(yaml.safe_dump(told))
        with pytest.raises(EngineError) as error:
            read_second_stage(path)
        assert error.value.key == "config-target"


def test_a_vqgan_with_another_codebook_is_refused_and_its_own_is_not(tmp_path: Path) -> None:
    place = write(tmp_path, "none", config("none"))
    own, other = tmp_path / "own.safetensors", tmp_path / "other.ckpt"
    convert_checkpoint(place / "weights.ckpt", own, None)
    torch.save(scattered(VQGAN(SHAPE)).state_dict(), other)
    assert load_models(ModelNames(str(own), draft=str(place)), "cpu", tmp_path).drafter is not None
    with pytest.raises(EngineError) as error:
        load_models(ModelNames(str(other), draft=str(place)), "cpu", tmp_path)
    assert error.value.key == "drafter-codebook"
