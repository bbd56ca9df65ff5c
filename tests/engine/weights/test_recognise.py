"""Weights in the forms in which people have them: which model is in a file, and its tensors."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from engine.errors import EngineError, sentence
from engine.networks.checkpoint import fitted, read_checkpoint, vqgan_state
from engine.weights.read import known_weights, read_weights
from engine.weights.recognise import recognise
from store.texts import LANGUAGES
from tests.fixtures.models.checkpoint import GUMBEL, TINY, State, same, state_of


def _put(state: Mapping[str, Tensor], prefix: str) -> State:
    return {prefix + key: value for key, value in state.items()}


def _wrapped(state: State) -> Iterator[tuple[str, object]]:
    zeros = {key: torch.zeros_like(value) for key, value in state.items()}
    lit = {f"model_ema.{key.replace('.', '')}": value for key, value in state.items()}
    unet = {"model.diffusion_model.out.2.weight": torch.zeros(2), "model_ema.decay": torch.ones(1)}
    yield "bare", state
    yield "Lightning", {"state_dict": state, "epoch": 3, "optimizer_states": [{"state": {}}]}
    yield "under model", {"model": state, "epoch": 3}
    yield "twice nested", {"model": {"state_dict": state}}
    yield "running mean beside the model", {"model": zeros, "model_ema": state}
    yield "running mean of another name", {"net": zeros, "params_ema": {"module": state}}
    yield "running mean of LitEma", {"state_dict": zeros | lit}
    yield "DistributedDataParallel", {"state_dict": _put(state, "module.")}
    yield "torch.compile", _put(state, "_orig_mod.")
    yield "a prefix of one's own", {"state_dict": _put(state, "my.vae.")}
    yield "latent diffusion", {"state_dict": unet | _put(state, "first_stage_model.")}
    yield "Net2Net", _put(zeros, "cond_stage_model.") | _put(state, "first_stage_model.")
    counts = {"quantize.embedding.cluster_size": torch.ones(16)}
    yield "EMAVQ", {"state_dict": state | counts | {"quantize.embedding.embed_avg": torch.ones(16)}}
    yield "remap", state | {"quantize.used": torch.arange(4)}


@pytest.mark.parametrize("number", range(len(list(_wrapped({})))))
@pytest.mark.parametrize("shape", [TINY, GUMBEL], ids=["plain", "gumbel"])
def test_a_vqgan_is_found_wherever_it_stands(tmp_path: Path, number: int, shape: object) -> None:
    state = state_of(GUMBEL if shape is GUMBEL else TINY)
    what, value = list(_wrapped(state))[number]
    torch.save(value, tmp_path / "last.ckpt")
    found, tensors = fitted(vqgan_state(tmp_path / "last.ckpt"), None, "last.ckpt")
    assert same(tensors, state), what
    assert (found.n_embed, found.quantiser) == (16, "gumbel" if shape is GUMBEL else "plain")
    assert found.attentive_levels == TINY.attentive_levels == (1,)


def test_a_vqgan_keeps_its_precision(tmp_path: Path) -> None:
    half = {key: value.half() for key, value in state_of(TINY).items()}
    save_file(_put(half, "first_stage_model."), tmp_path / "half.safetensors")
    assert same(read_checkpoint(tmp_path / "half.safetensors", TINY), half)


def _others() -> Iterator[tuple[str, list[str], str]]:
    vae = ["encoder.conv_in.weight", "decoder.conv_in.weight", "quant_conv.weight"]
    yield "kl", vae, "KL autoencoder"
    yield "kl", [f"first_stage_model.{key}" for key in vae], "KL autoencoder"
    yield "kl", ["decoder.up_blocks.0.resnets.0.conv1.weight"], "KL autoencoder"
    yield "lora", ["lora_unet_mid_block_proj.lora_down.weight"], "LoRA"
    yield "lora", ["transformer.single_blocks.0.attn.to_k.lora_A.weight"], "LoRA"
    unet = "model.diffusion_model.out.2.weight"
    yield "diffusion", [unet, *(f"first_stage_model.{key}" for key in vae)], "diffusion model"
    yield "diffusion", ["double_blocks.0.img_attn.qkv.weight"], "diffusion model"
    yield "clip", ["visual.conv1.weight", "token_embedding.weight"], "name it with --clip"
    text, vision = "text_model.embeddings.", "vision_model.embeddings."
    hugging = [f"{text}token_embedding.weight", f"{vision}patch_embedding.weight"]
    yield "transformers-clip", hugging, "a CLIP of transformers"
    yield "half-clip", hugging[:1], "half a CLIP"
    vq = ["decoder.up_blocks.0.resnets.0.conv1.weight", "quantize.embedding.weight"]
    yield "diffusers-vq", vq, "diffusers has renamed"
    yield "transformer", ["tok_emb.weight", "blocks.0.attn.key.weight"], "transformer without"
    yield "inversion", ["string_to_param.*"], "textual inversion"


@pytest.mark.parametrize(("kind", "names", "told"), list(_others()))
def test_another_model_is_told_by_what_it_is(
    tmp_path: Path, kind: str, names: list[str], told: str
) -> None:
    found = recognise(names)
    assert found is not None and found.kind == kind
    torch.save({"state_dict": {name: torch.zeros(1) for name in names}}, tmp_path / "my.ckpt")
    with pytest.raises(EngineError, match=told) as refused:
        read_checkpoint(tmp_path / "my.ckpt", TINY)
    assert str(refused.value).endswith("python -m engine models pull imagenet_f16_16384")
    assert "my.ckpt" in sentence(refused.value, "ru")


def test_an_unknown_model_is_told_by_its_first_weights(tmp_path: Path) -> None:
    torch.save({"layers.0.weight": torch.zeros(1)}, tmp_path / "my.ckpt")
    with pytest.raises(EngineError, match=r"begin with layers\.0\.weight\. To fetch a CLIP"):
        known_weights(tmp_path / "my.ckpt", "clip", "clip")
    torch.save({"epoch": 7}, tmp_path / "my.ckpt")
    with pytest.raises(EngineError, match="no weights in it"):
        known_weights(tmp_path / "my.ckpt", "vqgan", "vqgan")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty: fetch it again"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "git lfs pull"),
        (b"/annex/objects/SHA256E-s1--00.ckpt\n", "git annex get"),
        (b"\x1f\x8b\x08" + bytes(30), r"archive \(gzip\): unpack it"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(30), r"archive \(7z\)"),
        (bytes(257) + b"ustar" + bytes(100), r"archive \(tar\)"),
        (b"GGUF" + bytes(30), "a file of GGUF"),
        (b"\x89HDF\r\n\x1a\n", "a file of HDF5"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b'{"error": "Invalid username or password."}', "a text and no file of weights"),
        ("Доступ к файлу запрещён, превышен лимит скачиваний\n".encode(), "a text and no file"),
        (b"\x80\x02}q\x00" + bytes(90), "damaged, cut short"),
        (b"PK\x03\x04" + bytes(90), "damaged, cut short"),
        (bytes(100), "damaged, cut short"),
    ],
)
def test_what_holds_no_weights_is_one_sentence(tmp_path: Path, data: bytes, told: str) -> None:
    (tmp_path / "last.ckpt").write_bytes(data)
    with pytest.raises(EngineError, match=told) as refused:
        read_weights(tmp_path / "last.ckpt")
    for language in LANGUAGES:
        said = sentence(refused.value, language)
        assert "last.ckpt" in said and said.endswith(".") and "{" not in said and "\n" not in said


def test_a_zip_names_the_checkpoint_in_it(tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "vq-f8.zip", "w") as archive:
        archive.writestr("vq-f8/model.ckpt", b"weights")
        archive.writestr("vq-f8/config.yaml", b"model:")
    with pytest.raises(EngineError, match=r"archive \(zip, model\.ckpt, config\.yaml\): unpack"):
        read_weights(tmp_path / "vq-f8.zip")
    with pytest.raises(EngineError, match="not on this machine"):
        read_weights(tmp_path / "absent.ckpt")


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_by_the_name_of_another_format_is_read(tmp_path: Path, zipped: bool) -> None:
    path = tmp_path / "weights.bin"
    torch.save({"a": torch.arange(3.0)}, path, _use_new_zipfile_serialization=zipped)
    path.rename(renamed := tmp_path / "weights.safetensors")
    assert read_weights(renamed)["a"].tolist() == [0, 1, 2]
