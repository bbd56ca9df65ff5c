"""Tiny guides of the formats that the published ones have, with random weights."""

import json
from pathlib import Path
from typing import Any

import open_clip
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from engine.guides import clip, xlm_roberta

VISION = {"image_size": 32, "layers": 1, "width": 64, "patch_size": 16}
LETTERS = "abcdefghijklmnopqrstuvwxyzабвгдеёжзийклмнопрстуфхцчшщъыьэюя"
WORDS = ["кот", "красный", "круг", "cat", "red", "circle"]


def small_clip(name: str, text: dict[str, Any], folder: Path) -> Path:
    """An architecture made known to open_clip, and weights for it in a new folder."""
    folder.mkdir()
    config = {"embed_dim": 32, "vision_cfg": VISION, "text_cfg": text}
    (folder / f"{name}.json").write_text(json.dumps(config))
    open_clip.add_model_config(folder / f"{name}.json")
    (folder / f"{name}.json").unlink()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = clip._towers(clip._config(name))
    file = folder / "open_clip_model.safetensors"
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, file)
    return file


def english_clip(folder: Path, name: str = "Small", width: int = 64) -> Path:
    text = {"context_length": 77, "vocab_size": 49408, "width": width, "heads": 2, "layers": 1}
    return small_clip(name, text, folder)


def many_clip(folder: Path, name: str = "Small-xlm") -> Path:
    """One that reads through an XLM-RoBERTa, its tokenizer beside it."""
    xlm_roberta.SHAPES["small-xlm"] = xlm_roberta.XlmShape(32, 1, 2, vocabulary=200)
    text = {"hf_model_name": "small-xlm", "hf_tokenizer_name": "small-xlm"}
    file = small_clip(name, text, folder)
    write_tokenizer(folder)
    return file


def write_tokenizer(folder: Path) -> None:
    """As Hugging Face writes XLM-RoBERTa's: <s> is 0, <pad> 1, </s> 2, <unk> 3."""
    pieces = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    pieces += [(f"▁{word}", -3.0) for word in WORDS] + [(letter, -8.0) for letter in LETTERS]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>"])
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"pad_token": "<pad>"}))
