"""The shapes of VQGANs: as taming's configurations tell them, and as they are published."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from engine.errors import EngineError
from engine.networks.checkpoint import _layout
from engine.networks.inferred_shape import inferred_shape
from engine.networks.vqgan_config import VqganShape, find_config, from_json, read_config, to_json
from engine.registry import vqgans
from engine.weights.recognise import VQGAN, Recognised, recognise
from tests.fixtures.models.checkpoint import TINY


def _taming(shape: VqganShape, target: str = "VQModel") -> dict[str, Any]:
    parts = asdict(shape)
    params = {name: parts.pop(name) for name in ("embed_dim", "n_embed", "norm", "quantiser")}
    network = {k: list(v) if isinstance(v, tuple) else v for k, v in parts.items()}
    params["ddconfig"] = network
    loss = {"lossconfig": {"target": "os.system", "params": {"command": "true"}}}  # data only
    return {"target": f"taming.models.vqgan.{target}", "params": params | loss}


def _written(path: Path, model: object) -> Path:
    (path / "my.yaml").write_text(yaml.safe_dump({"model": model, "data": {"target": "main.X"}}))
    return path / "my.yaml"


SHAPES = {name: entry.shape for name, entry in vqgans.PUBLISHED.items() if entry.shape}


@pytest.mark.parametrize("name", SHAPES)
def test_a_configuration_of_tamings_gives_every_published_shape(tmp_path: Path, name: str) -> None:
    shape = SHAPES[name]
    model = _taming(shape, "GumbelVQ" if shape.quantiser == "gumbel" else "VQModel")
    assert read_config(_written(tmp_path, model)) == shape == from_json(to_json(shape), "")
    inside = {"first_stage_config": model, "cond_stage_config": _taming(TINY)}
    whole = {"target": "taming.models.cond_transformer.Net2NetTransformer", "params": inside}
    assert read_config(_written(tmp_path, whole)) == shape
    layout = _layout(shape)
    assert sum(value.nbytes for value in layout.values()) == vqgans.PUBLISHED[name].memory_bytes
    assert layout["post_quant_conv.weight"].shape == (shape.z_channels, shape.embed_dim, 1, 1)
    assert ("quant_conv.weight" in layout) == shape.encodes


@pytest.mark.parametrize("name", SHAPES)
def test_the_weights_of_every_published_model_tell_its_shape(name: str) -> None:
    layout = _layout(SHAPES[name])
    # One number in memory for each tensor of the real size.
    state = {key: torch.zeros(1).expand(value.shape) for key, value in layout.items()}
    assert _layout(inferred_shape(state, name)).keys() == layout.keys()
    beside = {"loss.discriminator.main.0.weight": torch.zeros(1), "loss.logvar": torch.zeros(1)}
    found = recognise([*state, *beside])
    assert found == Recognised(VQGAN) and found.state(state).keys() == layout.keys()


@pytest.mark.parametrize("kind", ["VQModel", "VQModelInterface"])
def test_a_configuration_of_latent_diffusion_is_read(tmp_path: Path, kind: str) -> None:
    shape = SHAPES["vq_f8_16384"]
    model = _taming(shape) | {"target": f"ldm.models.autoencoder.{kind}"}
    model["params"] |= {"remap": "used.npy", "unknown_index": "random", "sane_index_shape": True}
    assert read_config(_written(tmp_path, model)) == shape
    inside = {"linear_start": 0.0015, "first_stage_config": model}
    whole = {"target": "ldm.models.diffusion.ddpm.LatentDiffusion", "params": inside}
    assert read_config(_written(tmp_path, whole)) == shape
    model["target"] = "ldm.models.autoencoder.AutoencoderKL"
    with pytest.raises(EngineError, match="AutoencoderKL"):
        read_config(_written(tmp_path, whole))


def test_later_keys_with_their_usual_values_change_nothing(tmp_path: Path) -> None:
    model = _taming(TINY)
    model["params"]["ddconfig"] |= {
        "attn_type": "vanilla",
        "resamp_with_conv": True,
        "use_linear_attn": False,
        "tanh_out": False,
    }
    del model["params"]["ddconfig"]["dropout"]
    assert read_config(_written(tmp_path, model)) == TINY
    for key, value in (("use_linear_attn", True), ("resamp_with_conv", False)):
        other = json.loads(json.dumps(model))
        other["params"]["ddconfig"][key] = value
        with pytest.raises(EngineError, match=f"look at “{key}”"):
            read_config(_written(tmp_path, other))


def test_a_configuration_is_found_where_people_have_it(tmp_path: Path) -> None:
    folder = tmp_path / "2021-04-23T18-19-01_run"
    checkpoint = folder / "checkpoints" / "last.ckpt"
    assert find_config(checkpoint) is None
    for place in ("checkpoints", "configs"):
        (folder / place).mkdir(parents=True)
    for hour in ("18", "19"):
        (folder / "configs" / f"2021-04-23T{hour}-19-01-project.yaml").touch()
    (folder / "configs" / "2021-04-23T20-19-01-lightning.yaml").touch()
    found = find_config(checkpoint)
    assert found is not None and found.name == "2021-04-23T19-19-01-project.yaml"
    for ending in (".yml", ".yaml"):  # the latter wins
        checkpoint.with_suffix(ending).touch()
        assert find_config(checkpoint) == checkpoint.with_suffix(ending)
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "other-project.yaml").touch()
    assert find_config(tmp_path / "downloads" / "last.ckpt") is None


@pytest.mark.parametrize("target", ["os.system", "taming.models.vqgan.VQSegmentationModel", "", 7])
def test_a_configuration_of_another_kind_is_refused_by_name(tmp_path: Path, target: object) -> None:
    with pytest.raises(EngineError) as refused:
        read_config(_written(tmp_path, _taming(TINY) | {"target": target}))
    assert refused.value.key == "config-target"
    assert refused.value.values["target"] == (target if isinstance(target, str) else "int")


def test_tags_of_yaml_build_nothing(tmp_path: Path) -> None:
    config, canary = tmp_path / "my.yaml", tmp_path / "canary"
    config.write_text(f'model: !!python/object/apply:os.system ["touch {canary}"]')
    with pytest.raises(EngineError, match=r"python/object/apply:os\.system"):
        read_config(config)
    assert not canary.exists()


@pytest.mark.parametrize(
    ("part", "value"),
    [("ch", 33), ("ch", True), ("ch", 1 << 40), ("ch_mult", []), ("ch_mult", "11"), ("out_ch", 182),
     ("double_z", True), ("attn_type", "linear"), ("dropout", None), ("attn_resolutions", [0])],
)  # fmt: skip
def test_a_configuration_that_cannot_be_painted_with_names_the_part(
    tmp_path: Path, part: str, value: object
) -> None:
    model = _taming(TINY)
    model["params"]["ddconfig"][part] = value
    with pytest.raises(EngineError, match=f"look at “{part}”"):
        read_config(_written(tmp_path, model))
    model["params"]["ddconfig"].pop("z_channels")
    with pytest.raises(EngineError, match="look at"):
        read_config(_written(tmp_path, model))


@pytest.mark.parametrize("text", ["", "[", "model: 1", "<html>", "\0", "model: {params: 1}"])
def test_what_is_no_configuration_is_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "my.yaml").write_text(text)
    with pytest.raises(EngineError, match="not one of taming's"):
        read_config(tmp_path / "my.yaml")
    with pytest.raises(EngineError, match="There is no configuration"):
        read_config(tmp_path / "absent.yaml")


def test_published_mirrors_are_of_one_file() -> None:
    assert len(vqgans.PUBLISHED) == len(vqgans._ALL) >= 12, "a name twice"
    for entry in vqgans.PUBLISHED.values():
        for mirrors in (entry.checkpoint, entry.config):
            assert len({(source.size_bytes, source.sha256) for source in mirrors}) <= 1
            assert all(source.url.startswith("https://") for source in mirrors)
        assert entry.checkpoint or entry.by_hand, "where else is it?"


def test_the_list_needs_no_torch() -> None:
    modules = "engine.registry.vqgans, engine.registry.folder"
    code = f"import sys, {modules}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
