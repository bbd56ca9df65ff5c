"""DALL·E mini from its published files: English words -> a picture, in the command line too."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgpack
import pytest
import torch
from PIL import Image
from torch import Tensor

from engine.__main__ import main
from engine.drafters.files import DECODER, ENCODER, FLAX, MERGES, VOCABULARY
from engine.errors import EngineError
from engine.models import ModelNames, load_models
from engine.networks.checkpoint import vqgan_state
from engine.networks.conversion import convert_checkpoint
from engine.networks.vqgan import VQGAN
from engine.networks.vqgan_config import VqganShape
from engine.weights.flax import GATED, NAMES, read_dalle_mini
from tests.engine.drafters.small_models import bart, weights

NAME, CODES_OF = "dalle_mini", "dalle_mini_f16_16384"
SHAPE = VqganShape(
    ch=32, ch_mult=(1, 1, 1), num_res_blocks=1, attn_resolutions=(64,), z_channels=8, embed_dim=8,
    encodes=False,
)  # fmt: skip
Arrays = dict[str, Tensor]


def write_detokenizer(path: Path) -> VQGAN:
    """Write a VQGAN as min-dalle's detokenizer; return it with the output of that file, 0..1."""
    torch.manual_seed(0)
    vqgan = VQGAN(SHAPE).eval()
    state = {
        "embedding.weight" if key == "quantize.embedding.weight" else key: value.clone()
        for key, value in vqgan.state_dict().items()
    }
    torch.save(state, path)
    return vqgan


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a models' folder with a small DALL·E mini and its VQGAN."""
    folder = tmp_path_factory.mktemp("models")
    place = folder / NAME
    place.mkdir()
    encoder, decoder = bart()
    torch.save({key: value.half() for key, value in weights(encoder).items()}, place / ENCODER)
    torch.save({key: value.half() for key, value in weights(decoder).items()}, place / DECODER)
    letters = {letter: number for number, letter in enumerate("Ġcatred", start=4)}
    words = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, **letters}
    (place / VOCABULARY).write_text(json.dumps(words))
    (place / MERGES).write_text("#version: 0.2\nĠ c\n")
    detokenizer = folder / "detoker.pt"
    write_detokenizer(detokenizer)
    convert_checkpoint(detokenizer, folder / f"{CODES_OF}.safetensors", None)
    return folder


@torch.no_grad()
def test_the_detokenizer_shows_codes_as_the_original_does(tmp_path: Path) -> None:
    original = write_detokenizer(tmp_path / "detoker.pt")
    ours = VQGAN(SHAPE).eval()
    ours.load_state_dict(vqgan_state(tmp_path / "detoker.pt"))
    codes = original.lookup(torch.randint(16384, (1, 4, 4)))
    raw = original.decoder(original.post_quant_conv(codes))  # 0..1 as it comes
    assert torch.allclose(ours.decode(codes), raw, atol=1e-5)
    with pytest.raises(EngineError) as error:
        ours.encode(torch.zeros(1, 3, 16, 16))
    assert error.value.key == "vqgan-no-encoder"


def draw(out: Path, *arguments: str) -> int:
    options = ["--draft", NAME, "--drafts", "1", "--seed", "1", "--json", "--out", str(out)]
    return main(["draw", *arguments, *options])


def test_the_command_line_draws_from_english_words(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAZOK_MODELS", str(folder))
    out = tmp_path / "cat.png"
    assert draw(out, "red cat", "--steps", "0", "--size", "64x64") == 0
    with Image.open(out) as picture:
        assert picture.size == (64, 64)


def test_what_it_cannot_do_is_told(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MAZOK_MODELS", str(folder))
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    cases = {
        ("красный кот",): "English",
        ("cat", "--size", "128x128", "--steps", "1"): "--size",
        ("cat", "--zoom", "1.1"): "--zoom",
        ("cat", "--vqgan", "pocket"): CODES_OF,
    }
    for arguments, words in cases.items():
        usual = () if "--size" in arguments else ("--size", "64x64", "--steps", "0")
        assert draw(tmp_path / "no.png", *arguments, *usual) == 2
        said = capsys.readouterr().err.strip().split("\n")
        assert words in said[-1]
    assert not list(tmp_path.iterdir())


def _flax(network: str, state: Arrays) -> Iterator[tuple[tuple[str, ...], Tensor]]:
    """Yield the arrays of Flax's file, whose layers are stacked."""
    modules = {new: old for old, new in NAMES.items()}
    inner = {new: old for old, new in GATED.items()}
    layers = 1 + max(int(key.split(".")[1]) for key in state if key.startswith("layers."))
    for key, value in state.items():
        *names, leaf = key.split(".")
        plain = value.ndim == 1
        kind = "bias" if leaf == "bias" else "scale" if plain else "kernel"
        if names[0].startswith("embed"):
            kind = "embedding"
        if names == ["lm_head"]:
            yield ("lm_head", "kernel"), value.T
        elif names[0] != "layers":
            yield ("model", network, *names, kind), value  # tables are not turned around
        elif names[1] == "0":
            rows = [state[key.replace(".0.", f".{number}.", 1)] for number in range(layers)]
            stacked = torch.stack([row.T if row.ndim > 1 else row for row in rows])
            module, *rest = names[2:]
            rest = [inner.get(name, name) for name in rest] if module == "glu" else rest
            stack = f"FlaxBart{network.title()}Layers"
            where = ("model", network, "layers", stack, modules[module], *rest, kind)
            yield where, stacked


def test_the_file_of_flax_holds_the_same_weights(tmp_path: Path) -> None:
    networks = dict(zip(("encoder", "decoder"), map(weights, bart()), strict=True))
    tree: dict[str, Any] = {}
    for network, state in networks.items():
        for names, value in _flax(network, state):
            place = tree
            for name in names[:-1]:
                place = place.setdefault(name, {})
            data = value.contiguous().numpy()
            array = msgpack.packb((list(value.shape), "float32", data.tobytes()))
            place[names[-1]] = msgpack.ExtType(1, array)
    (tmp_path / FLAX).write_bytes(msgpack.packb(tree))
    for read, (network, state) in zip(
        read_dalle_mini(tmp_path / FLAX), networks.items(), strict=True
    ):
        assert read.keys() == state.keys(), network
        assert all(torch.equal(read[key], value) for key, value in state.items())


def test_damaged_files_of_flax_are_told(tmp_path: Path) -> None:
    whole = msgpack.packb({"model": {"encoder": {"x": msgpack.ExtType(1, b"12")}}})
    for data in (whole, whole[:9], b"<html>", b"", msgpack.packb({"a": 5})):
        (tmp_path / FLAX).write_bytes(data)
        with pytest.raises(EngineError):
            read_dalle_mini(tmp_path / FLAX)


def test_codes_of_another_vqgan_are_refused(folder: Path) -> None:
    with pytest.raises(EngineError) as error:
        load_models(ModelNames("pocket", draft=NAME), "cpu", folder)
    assert error.value.key == "drafter-vqgan"
