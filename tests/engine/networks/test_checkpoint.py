"""Published checkpoints: what is read from them, what is refused, and that nothing in them runs."""

import io
import os
import resource
import sys
from collections import OrderedDict, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from engine.errors import EngineError, sentence
from engine.networks.checkpoint import _layout, fitted, read_checkpoint
from engine.networks.conversion import convert_checkpoint, converted_shape, sha256
from engine.networks.vqgan import VQGAN
from engine.networks.vqgan_config import VqganShape, from_json
from engine.registry.packaged import POCKET_SHAPE
from store.texts import LANGUAGES
from tests.fixtures.models.checkpoint import GUMBEL, TINY, WRITERS, State, same, state_of


@pytest.fixture(scope="module")
def state() -> State:
    return state_of(TINY)


def _invented(monkeypatch: pytest.MonkeyPatch, name: str, base: type = object) -> Any:
    """A class of a package that need not be here, for as long as something is pickled."""
    module, _, short = name.rpartition(".")
    parts = module.split(".")
    for depth in range(1, len(parts) + 1):
        parent = ".".join(parts[:depth])
        if not getattr(sys.modules.get(parent), "invented", False):
            made = ModuleType(parent)
            vars(made)["invented"] = True
            monkeypatch.setitem(sys.modules, parent, made)
    kind = type(short, (base,), {"__module__": module})
    setattr(sys.modules[module], short, kind)
    return kind


def _lightning(state: State, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """As Lightning 1.0 wrote it: callbacks by their class, settings of omegaconf 2.0's classes."""
    lightning = "pytorch_lightning."
    callback = _invented(monkeypatch, lightning + "callbacks.model_checkpoint.ModelCheckpoint")
    attributes = _invented(monkeypatch, lightning + "utilities.parsing.AttributeDict", dict)
    settings = _invented(monkeypatch, "omegaconf.dictconfig.DictConfig")
    inner, node, about = settings(), *(
        _invented(monkeypatch, f"omegaconf.{name}")()
        for name in ("nodes.AnyNode", "base.ContainerMetadata")
    )  # fmt: skip
    vars(about).update(ref_type=Any, object_type=dict, resolver_cache=defaultdict(dict))
    vars(node).update(_val=1, _parent=inner)
    vars(inner).update(_metadata=about, _parent=None, _content={"n_embed": node})
    moments = {"exp_avg": torch.zeros(3), "step": 7}
    return {
        "epoch": 3,
        "pytorch-lightning_version": "1.0.8",
        "callbacks": {callback: {"best_model_score": torch.tensor(1.0), "best_model_path": "a"}},
        "optimizer_states": [{"state": {0: moments}, "param_groups": [{"betas": (0.5, 0.9)}]}],
        "state_dict": OrderedDict(state),
        "hyper_parameters": inner,
        "hparams_type": settings,
        "more": attributes({"a": [1, b"bytes"]}),
    }


@pytest.mark.parametrize("writer", ["zip", "old"])
@pytest.mark.parametrize("shape", [TINY, GUMBEL], ids=["plain", "gumbel"])
def test_a_checkpoint_of_lightning_is_read_without_lightning(
    tmp_path: Path, writer: str, shape: VqganShape
) -> None:
    state, path = state_of(shape), tmp_path / "last.ckpt"
    extra = {"loss.discriminator.main.0.weight": torch.zeros(2), "colorize": torch.zeros(1)}
    with pytest.MonkeyPatch.context() as during:
        WRITERS[writer](_lightning(state | extra, during), path)
    assert same(read_checkpoint(path, shape), state)


@pytest.mark.parametrize("prefix", ["", "first_stage_model.", "model.", "module."])
def test_the_prefix_of_a_wrapper_is_taken_off(tmp_path: Path, state: State, prefix: str) -> None:
    wrapped = {prefix + key: value for key, value in state.items()}
    other = {f"cond_stage_model.{key}": value for key, value in state.items()}
    torch.save(wrapped | other | {"transformer.head": torch.zeros(1)}, tmp_path / "model.pth")
    assert same(read_checkpoint(tmp_path / "model.pth", TINY), state)


def test_numbers_keep_their_type_and_odd_tensors_are_laid_straight(
    tmp_path: Path, state: State
) -> None:
    odd = {key: value.half() for key, value in state.items()}
    odd["encoder.conv_in.weight"] = odd["encoder.conv_in.weight"].to(
        memory_format=torch.channels_last
    )
    odd["decoder.conv_in.bias"] = torch.nn.Parameter(odd["decoder.conv_in.bias"])
    torch.save({"state_dict": odd}, tmp_path / "half.pt")
    convert_checkpoint(tmp_path / "half.pt", tmp_path / "half.safetensors", TINY)
    assert same(load_file(tmp_path / "half.safetensors"), {k: v.data for k, v in odd.items()})


def test_attributes_that_shadow_methods_do_no_harm(tmp_path: Path, state: State) -> None:
    class Shadowed:
        def __reduce__(self) -> tuple[object, ...]:
            names = dict.fromkeys(["items", "keys", "get", "values", "__class__"])
            return OrderedDict, (), names, None, iter(state.items())

    torch.save({"state_dict": Shadowed()}, tmp_path / "model.ckpt")
    assert same(read_checkpoint(tmp_path / "model.ckpt", TINY), state)


def _broken(state: State) -> Iterator[tuple[str, object, str, str]]:
    few = ["decoder.conv_in.weight", "decoder.conv_in.bias", "encoder.conv_in.bias"]
    last = "decoder.conv_out.weight"
    yield "one missing", {k: v for k, v in state.items() if k != last}, "missing", last
    yield "another size", state | {few[0]: torch.zeros(1)}, "size", few[0]
    yield "whole numbers", state | {few[1]: state[few[1]].int()}, "size", few[1]
    yield "one too many", state | {"quantize.more": torch.zeros(1)}, "unknown", "quantize.more"
    yield "no tensor", state | {few[2]: 7}, "missing", few[2]


@pytest.mark.parametrize("number", range(5))
def test_weights_of_another_model_are_named(tmp_path: Path, state: State, number: int) -> None:
    what, value, kind, key = list(_broken(state))[number]
    torch.save(value, tmp_path / "model.ckpt")
    with pytest.raises(EngineError) as refused:
        read_checkpoint(tmp_path / "model.ckpt", TINY)
    values = refused.value.values
    assert (refused.value.key, values["kind"]) == ("checkpoint-misfit", kind), what
    assert str(values["keys"]).split(", ")[0] == key
    assert str(values["keys"]).count(",") <= 2


def test_the_wrong_configuration_is_noticed(tmp_path: Path, state: State) -> None:
    save_file(state, tmp_path / "model.safetensors")
    for wrong in (GUMBEL, replace(TINY, n_embed=32), replace(TINY, ch_mult=(1, 2))):
        with pytest.raises(EngineError, match="do not fit its configuration"):
            read_checkpoint(tmp_path / "model.safetensors", wrong)


def test_a_codebook_of_another_size_is_told_with_both_numbers(state: State) -> None:
    with pytest.raises(EngineError) as refused:
        fitted(state, replace(TINY, n_embed=32), "model.ckpt")
    assert "n_embed is 16 in the weights and 32 in the configuration" in str(refused.value)
    russian = sentence(refused.value, "ru")
    assert "n_embed" in russian and "16" in russian and "32" in russian and "--config" in russian


@pytest.mark.parametrize("writer", ["zip", "old", "safetensors"])
def test_a_file_cut_short_anywhere_is_one_sentence(
    tmp_path: Path, state: State, writer: str
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    save_file(state, whole) if writer == "safetensors" else WRITERS[writer](state, whole)
    data = whole.read_bytes()
    for share in (0.001, 0.01, 0.2, 0.5, 0.9, 0.999):
        cut.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(EngineError, match="damaged, cut short"):
            read_checkpoint(cut, TINY)


@pytest.mark.parametrize("page", [b"\n <!DOCTYPE html><html>", b"<?xml version='1.0'?>"])
def test_a_web_page_is_called_one(tmp_path: Path, page: bytes) -> None:
    (tmp_path / "last.ckpt").write_bytes(page)
    with pytest.raises(EngineError, match="web page"):
        read_checkpoint(tmp_path / "last.ckpt", TINY)
    with pytest.raises(EngineError, match="not on this machine"):
        convert_checkpoint(tmp_path / "absent.ckpt", tmp_path / "target", TINY)


def test_a_conversion_says_where_it_comes_from_and_happens_once(
    tmp_path: Path, state: State
) -> None:
    source, target = tmp_path / "last.ckpt", tmp_path / "models" / "tiny.safetensors"
    torch.save({"state_dict": state}, source)
    convert_checkpoint(source, target, TINY)
    with safe_open(target, framework="pt") as file:
        metadata = file.metadata()
    assert metadata["source_sha256"] == sha256(source) and metadata["format"] == "pt"
    assert from_json(metadata["shape"], "") == converted_shape(target) == TINY
    assert same(load_file(target), state) and same(read_checkpoint(target, TINY), state)
    before = target.stat()
    assert before.st_mode == source.stat().st_mode  # whoever may read the one may read the other
    convert_checkpoint(source, target, TINY)
    assert target.stat().st_ino == before.st_ino  # nothing was written
    target.write_bytes(target.read_bytes()[:-1])
    convert_checkpoint(source, target, TINY)
    assert same(load_file(target), state)
    assert [path.name for path in target.parent.iterdir()] == [target.name]


@contextmanager
def _small_files(size: int) -> Iterator[None]:
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)


def test_no_room_leaves_the_old_file_and_nothing_else(tmp_path: Path, state: State) -> None:
    source, target = tmp_path / "last.ckpt", tmp_path / "models" / "tiny.safetensors"
    torch.save(state, source)
    target.parent.mkdir()
    target.write_text("old")
    killed, fresh = (target.parent / f".{target.name}.{n}.part" for n in "12")
    for path in (killed, fresh):
        path.mkdir()
        (path / ".tmpX").touch()
    os.utime(killed, (0, 0))
    with _small_files(50_000), pytest.raises(EngineError, match="no room"):
        convert_checkpoint(source, target, TINY)
    assert target.read_text() == "old"
    assert {path.name for path in target.parent.iterdir()} == {target.name, fresh.name}
    with pytest.raises(EngineError, match="Nothing can be written"):
        convert_checkpoint(source, source / "below" / "a.safetensors", TINY)


def test_a_gumbel_model_paints_with_the_nearest_codes_and_encodes_by_its_logits() -> None:
    vqgan = VQGAN(GUMBEL).eval()
    with torch.no_grad():
        pictures = torch.rand(2, 3, 8, 12)
        codes = vqgan.encode(pictures)
        hidden = vqgan.quant_conv(vqgan.encoder(pictures * 2 - 1))
        logits = torch.nn.functional.conv2d(hidden, **dict(vqgan.quantize.proj.named_parameters()))  # type: ignore[union-attr]
        assert torch.equal(vqgan.nearest(codes), logits.argmax(1))
        assert torch.equal(vqgan.quantise(codes), codes) and codes.shape == (2, 8, 4, 6)
        assert vqgan.decode(codes).shape == pictures.shape


def test_the_keys_of_the_pocket_model_are_what_they_were() -> None:
    keys = _layout(POCKET_SHAPE)
    assert "quantize.embedding.weight" in keys and not any(".proj." in k for k in keys if "qu" in k)


def test_every_complaint_is_a_sentence_in_both_languages() -> None:
    values = {"name": "a.ckpt", "names": "os.system", "keys": "a", "path": "b", "megabytes": 305}
    for key in ("code", "page", "damaged", "misfit", "no-room", "unwritable"):
        for kind in ("missing", "size", "unknown"):
            error = EngineError(f"checkpoint-{key}", kind=kind, **values)
            for language in LANGUAGES:
                said = sentence(error, language)
                assert said.endswith(".") and "{" not in said and "\n" not in said
    assert io.StringIO(str(EngineError("config-target", name="a", target="b"))).read().endswith(".")
