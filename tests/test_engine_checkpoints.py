"""Published checkpoints: what is read from them, what is refused, and that nothing in them runs."""

import io
import os
import pickle
import resource
import subprocess
import sys
import zipfile
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
import yaml
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine import checkpoints_pickle, published
from engine.checkpoints import _layout, convert, converted_shape, read, sha256
from engine.checkpoints_shape import VqganShape, from_json, read_config, to_json
from engine.errors import EngineError, sentence
from engine.manifest import POCKET_SHAPE
from engine.vqgan import VQGAN
from store.texts import LANGUAGES

TINY = VqganShape(
    ch=32, ch_mult=(1, 1), num_res_blocks=1, attn_resolutions=(8,), resolution=16,
    z_channels=8, embed_dim=8, n_embed=16,
)  # fmt: skip
GUMBEL = replace(TINY, quantiser="gumbel")
State = dict[str, Tensor]


def _state(shape: VqganShape) -> State:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return VQGAN(shape).state_dict()


@pytest.fixture(scope="module")
def state() -> State:
    return _state(TINY)


def _same(found: State, expected: State) -> bool:
    return found.keys() == expected.keys() and all(
        torch.equal(found[key], value) and found[key].dtype == value.dtype
        for key, value in expected.items()
    )


class Trap:
    """Calls something when it is unpickled; all but the last would leave the canary behind."""

    def __init__(self, call: Callable[..., object], *args: object) -> None:
        self.call, self.args = call, args

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call, self.args


def _traps(canary: Path) -> dict[str, Trap]:
    touch = f"__import__('pathlib').Path({str(canary)!r}).touch()"
    return {
        "posix.system": Trap(os.system, f"touch {canary}"),
        "builtins.eval": Trap(eval, touch),
        "builtins.exec": Trap(exec, touch),
        "subprocess.Popen": Trap(subprocess.Popen, ["touch", str(canary)]),
        "builtins.getattr": Trap(getattr, 1, "real"),
    }


WRITERS: dict[str, Callable[[object, Path], None]] = {
    "zip": torch.save,
    "old": lambda value, path: torch.save(value, path, _use_new_zipfile_serialization=False),
    **{
        f"pickle{protocol}": lambda value, path, protocol=protocol: path.write_bytes(  # type: ignore[misc]
            pickle.dumps(value, protocol=protocol)
        )
        for protocol in range(6)
    },
}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("name", _traps(Path()))
def test_code_is_refused_by_name_and_never_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, writer: str
) -> None:
    canary, path = tmp_path / "canary", tmp_path / "model.ckpt"
    WRITERS[writer]({"state_dict": {}, "x": _traps(canary)[name]}, path)
    with pytest.raises(EngineError) as refused:
        read(path, TINY)
    assert refused.value.key == "checkpoint-code"
    assert refused.value.values["names"] == name
    # Without the first lock the second holds: torch builds nothing that it was not told of.
    monkeypatch.setattr(checkpoints_pickle, "_foreign", lambda stream: iter(()))
    monkeypatch.setattr("warnings.warn", lambda *args, **kwargs: None)  # of the pickle's version
    with pytest.raises(EngineError, match="damaged"):
        read(path, TINY)
    assert not canary.exists()


def test_the_traps_of_this_file_are_live(tmp_path: Path) -> None:
    for name, trap in _traps(tmp_path / "canary").items():
        made = pickle.loads(pickle.dumps(trap))
        if isinstance(made, subprocess.Popen):
            made.wait()
        assert (tmp_path / "canary").exists() != (name == "builtins.getattr")
        (tmp_path / "canary").unlink(missing_ok=True)


def test_the_first_lock_needs_no_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save({"x": Trap(os.system, "true")}, tmp_path / "model.ckpt")
    monkeypatch.setattr(torch, "load", lambda *args, **kwargs: pytest.fail("torch was asked"))
    with pytest.raises(EngineError, match=r"posix\.system"):
        read(tmp_path / "model.ckpt", TINY)


def test_names_are_told_thrice_at_most_and_later_damage_hides_none(tmp_path: Path) -> None:
    calls: list[Callable[..., object]] = [os.system, os.popen, os.remove, os.rmdir, eval]
    data = pickle.dumps([Trap(call) for call in calls], protocol=4)
    (tmp_path / "model.pt").write_bytes(data[:-20])
    with pytest.raises(EngineError) as refused:
        read(tmp_path / "model.pt", TINY)
    assert refused.value.values["names"] == "posix.system, os.popen, posix.remove"


def test_a_pickle_of_absurd_length_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints_pickle, "LONGEST", 1000)
    with zipfile.ZipFile(tmp_path / "model.ckpt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model/data.pkl", b"\x80\x02" + b"N" * 10_000 + b".")
    with pytest.raises(EngineError, match="damaged"):
        read(tmp_path / "model.ckpt", TINY)


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
    state, path = _state(shape), tmp_path / "last.ckpt"
    extra = {"loss.discriminator.main.0.weight": torch.zeros(2), "colorize": torch.zeros(1)}
    with pytest.MonkeyPatch.context() as during:
        WRITERS[writer](_lightning(state | extra, during), path)
    assert _same(read(path, shape), state)


@pytest.mark.parametrize("prefix", ["", "first_stage_model.", "model.", "module."])
def test_the_prefix_of_a_wrapper_is_taken_off(tmp_path: Path, state: State, prefix: str) -> None:
    wrapped = {prefix + key: value for key, value in state.items()}
    other = {f"cond_stage_model.{key}": value for key, value in state.items()}
    torch.save(wrapped | other | {"transformer.head": torch.zeros(1)}, tmp_path / "model.pth")
    assert _same(read(tmp_path / "model.pth", TINY), state)


def test_numbers_keep_their_type_and_odd_tensors_are_laid_straight(
    tmp_path: Path, state: State
) -> None:
    odd = {key: value.half() for key, value in state.items()}
    odd["encoder.conv_in.weight"] = odd["encoder.conv_in.weight"].to(
        memory_format=torch.channels_last
    )
    odd["decoder.conv_in.bias"] = torch.nn.Parameter(odd["decoder.conv_in.bias"])
    torch.save({"state_dict": odd}, tmp_path / "half.pt")
    convert(tmp_path / "half.pt", tmp_path / "half.safetensors", TINY)
    assert _same(load_file(tmp_path / "half.safetensors"), {k: v.data for k, v in odd.items()})


def test_attributes_that_shadow_methods_do_no_harm(tmp_path: Path, state: State) -> None:
    class Shadowed:
        def __reduce__(self) -> tuple[object, ...]:
            names = dict.fromkeys(["items", "keys", "get", "values", "__class__"])
            return OrderedDict, (), names, None, iter(state.items())

    torch.save({"state_dict": Shadowed()}, tmp_path / "model.ckpt")
    assert _same(read(tmp_path / "model.ckpt", TINY), state)


def _broken(state: State) -> Iterator[tuple[str, object, str, str]]:
    few = ["decoder.conv_in.weight", "decoder.conv_in.bias", "encoder.conv_in.bias"]
    yield "one missing", {k: v for k, v in state.items() if k != few[0]}, "missing", few[0]
    yield "another size", state | {few[0]: torch.zeros(1)}, "size", few[0]
    yield "whole numbers", state | {few[1]: state[few[1]].int()}, "size", few[1]
    yield "one too many", state | {"quantize.used": torch.zeros(1)}, "unknown", "quantize.used"
    yield "no tensor", state | {few[2]: 7}, "missing", few[2]
    yield "another model", {"visual.proj": torch.zeros(1)}, "missing", "encoder.conv_in.weight"
    yield "no dictionary", [1, 2], "missing", "encoder.conv_in.weight"


@pytest.mark.parametrize("number", range(7))
def test_weights_of_another_model_are_named(tmp_path: Path, state: State, number: int) -> None:
    what, value, kind, key = list(_broken(state))[number]
    torch.save(value, tmp_path / "model.ckpt")
    with pytest.raises(EngineError) as refused:
        read(tmp_path / "model.ckpt", TINY)
    values = refused.value.values
    assert (refused.value.key, values["kind"]) == ("checkpoint-misfit", kind), what
    assert str(values["keys"]).split(", ")[0] == key
    assert str(values["keys"]).count(",") <= 2


def test_the_wrong_configuration_is_noticed(tmp_path: Path, state: State) -> None:
    save_file(state, tmp_path / "model.safetensors")
    for wrong in (GUMBEL, replace(TINY, n_embed=32), replace(TINY, ch_mult=(1, 2))):
        with pytest.raises(EngineError, match="do not fit its configuration"):
            read(tmp_path / "model.safetensors", wrong)


@pytest.mark.parametrize("writer", ["zip", "old", "safetensors"])
def test_a_file_cut_short_anywhere_is_one_sentence(
    tmp_path: Path, state: State, writer: str
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    save_file(state, whole) if writer == "safetensors" else WRITERS[writer](state, whole)
    data = whole.read_bytes()
    for share in (0, 0.001, 0.01, 0.2, 0.5, 0.9, 0.999):
        cut.write_bytes(data[: int(len(data) * share)])
        with pytest.raises(EngineError, match="damaged, cut short"):
            read(cut, TINY)


@pytest.mark.parametrize("page", [b"\n <!DOCTYPE html><html>", b"<?xml version='1.0'?>"])
def test_a_web_page_is_called_one(tmp_path: Path, page: bytes) -> None:
    (tmp_path / "last.ckpt").write_bytes(page)
    with pytest.raises(EngineError, match="web page"):
        read(tmp_path / "last.ckpt", TINY)
    (tmp_path / "last.ckpt").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid")
    with pytest.raises(EngineError, match="damaged"):
        read(tmp_path / "last.ckpt", TINY)
    with pytest.raises(EngineError, match="not on this machine"):
        convert(tmp_path / "absent.ckpt", tmp_path / "target", TINY)


def test_a_conversion_says_where_it_comes_from_and_happens_once(
    tmp_path: Path, state: State
) -> None:
    source, target = tmp_path / "last.ckpt", tmp_path / "models" / "tiny.safetensors"
    torch.save({"state_dict": state}, source)
    convert(source, target, TINY)
    with safe_open(target, framework="pt") as file:
        metadata = file.metadata()
    assert metadata["source_sha256"] == sha256(source) and metadata["format"] == "pt"
    assert from_json(metadata["shape"], "") == converted_shape(target) == TINY
    assert _same(load_file(target), state) and _same(read(target, TINY), state)
    before = target.stat()
    assert before.st_mode == source.stat().st_mode  # whoever may read the one may read the other
    convert(source, target, TINY)
    assert target.stat().st_ino == before.st_ino  # nothing was written
    target.write_bytes(target.read_bytes()[:-1])
    convert(source, target, TINY)
    assert _same(load_file(target), state)
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
        convert(source, target, TINY)
    assert target.read_text() == "old"
    assert {path.name for path in target.parent.iterdir()} == {target.name, fresh.name}
    with pytest.raises(EngineError, match="Nothing can be written"):
        convert(source, source / "below" / "a.safetensors", TINY)


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


SHAPES = {name: entry.shape for name, entry in published.PUBLISHED.items() if entry.shape}


@pytest.mark.parametrize("name", SHAPES)
def test_a_configuration_of_tamings_gives_every_published_shape(tmp_path: Path, name: str) -> None:
    shape = SHAPES[name]
    model = _taming(shape, "GumbelVQ" if shape.quantiser == "gumbel" else "VQModel")
    assert read_config(_written(tmp_path, model)) == shape == from_json(to_json(shape), "")
    inside = {"first_stage_config": model, "cond_stage_config": _taming(TINY)}
    whole = {"target": "taming.models.cond_transformer.Net2NetTransformer", "params": inside}
    assert read_config(_written(tmp_path, whole)) == shape
    layout = _layout(shape)
    assert sum(value.nbytes for value in layout.values()) == published.PUBLISHED[name].memory_bytes
    assert layout["quant_conv.weight"].shape == (256, 256, 1, 1)


@pytest.mark.parametrize("target", ["os.system", "taming.models.vqgan.VQSegmentationModel", "", 7])
def test_a_configuration_of_another_kind_is_refused_by_name(tmp_path: Path, target: object) -> None:
    with pytest.raises(EngineError) as refused:
        read_config(_written(tmp_path, _taming(TINY) | {"target": target}))
    assert refused.value.key == "config-target"
    assert refused.value.values["target"] == str(target)


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
    with pytest.raises(EngineError, match="not on this machine"):
        read_config(tmp_path / "absent.yaml")


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


def test_published_mirrors_are_of_one_file() -> None:
    assert len(published.PUBLISHED) == len(published._ALL) >= 12, "a name twice"
    for entry in published.PUBLISHED.values():
        for mirrors in (entry.checkpoint, entry.config):
            assert len({(source.size_bytes, source.sha256) for source in mirrors}) <= 1
            assert all(source.url.startswith("https://") for source in mirrors)
        assert entry.checkpoint or entry.note, "where else is it?"


def test_the_list_needs_no_torch() -> None:
    code = "import sys, engine.published, engine.shelf; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_complaint_is_a_sentence_in_both_languages() -> None:
    values = {"name": "a.ckpt", "names": "os.system", "keys": "a", "path": "b", "megabytes": 305}
    for key in ("code", "page", "damaged", "misfit", "no-room", "unwritable"):
        for kind in ("missing", "size", "unknown"):
            error = EngineError(f"checkpoint-{key}", kind=kind, **values)
            for language in LANGUAGES:
                said = sentence(error, language)
                assert said.endswith(".") and "{" not in said and "\n" not in said
    assert io.StringIO(str(EngineError("config-target", name="a", target="b"))).read().endswith(".")
