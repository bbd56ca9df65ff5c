"""A CLIP of open_clip's architectures as a guide, its weights and its tokenizer read from files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import open_clip
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from engine.errors import EngineError
from engine.guides import xlm_roberta
from engine.guides.clip_tokenizers import (
    TOKENIZER,
    TOKENIZER_CONFIG,
    ClipTokenizer,
    FileTokenizer,
    TextTokenizer,
)
from engine.guides.truncation import truncate
from engine.networks import safe_unpickle

# What the readers of JSON, of safetensors and of torch say of a file that is not what it should be.
_DAMAGE = (OSError, ValueError, TypeError, RuntimeError, SafetensorError)


class ClipGuide:
    """`architecture` is a name of open_clip's, such as ViT-B-32-quickgelu for OpenAI's weights.

    An architecture whose tokenizer is a file has it beside the weights: nothing is ever fetched.
    """

    def __init__(self, architecture: str, file: Path, device: torch.device, name: str = "") -> None:
        """Raises EngineError where a file is missing, damaged or of another model."""
        self.name = name or f"{architecture}:{file}"
        config = _config(architecture)
        self.reader = self._reader(architecture, config["text_cfg"], file.parent)
        model = _towers(config)
        try:
            model.load_state_dict(_weights(file))
        except _DAMAGE as error:
            raise EngineError("model-unreadable", name=self.name) from error
        self.model: Any = model.eval().requires_grad_(False).to(device)
        self.device = device
        size = config["vision_cfg"]["image_size"]
        self.side: int = size if isinstance(size, int) else size[0]
        mean, std = _colours(architecture)
        self.mean = torch.tensor(mean, device=device).view(1, 3, 1, 1)
        self.std = torch.tensor(std, device=device).view(1, 3, 1, 1)

    def _reader(self, architecture: str, texts: Mapping[str, Any], folder: Path) -> TextTokenizer:
        beside = files_beside(architecture)
        if not beside:
            return ClipTokenizer(architecture)
        for file in beside:
            if not (folder / file).is_file():
                raise EngineError("model-missing", name=self.name, path=str(folder / file))
        clean = texts.get("tokenizer_kwargs", {}).get("clean", "whitespace")
        try:
            reader = FileTokenizer(folder, texts.get("context_length", 77), clean)
            if reader.size > _vocabulary(texts):
                raise ValueError("the tokenizer has more ids than the model")
        except _DAMAGE as error:
            raise EngineError("model-unreadable", name=self.name) from error
        return reader

    @torch.no_grad()
    def encode_text(self, texts: Sequence[str]) -> Tensor:
        tokens = self.reader(texts).to(self.device)  # cut at the model's context
        return self.model.encode_text(tokens, normalize=True).float()  # type: ignore[no-any-return]

    def encode_image(self, pictures: Tensor) -> Tensor:
        normal = (pictures - self.mean) / self.std
        return self.model.encode_image(normal, normalize=True).float()  # type: ignore[no-any-return]

    def baseline(self) -> Tensor | None:
        return None

    def unknown(self, text: str) -> None:
        return None

    def cut(self, text: str) -> str | None:
        return truncate(text, self.reader.length, self.reader.context)


def files_beside(architecture: str) -> tuple[str, ...]:
    """What has to lie beside the weights: the files of a tokenizer that open_clip has not got."""
    foreign = "hf_tokenizer_name" in _config(architecture)["text_cfg"]
    return (TOKENIZER, TOKENIZER_CONFIG) if foreign else ()


def _config(architecture: str) -> dict[str, Any]:
    """Only open_clip's own: it would fetch those with a colon or a slash in their names."""
    if architecture not in open_clip.list_models():
        raise EngineError("model-architecture", name=architecture)
    config: dict[str, Any] = open_clip.get_model_config(architecture)
    foreign = config["text_cfg"].get("hf_model_name")
    if "multimodal_cfg" in config or foreign not in (None, *xlm_roberta.SHAPES):
        raise EngineError("model-architecture-closed", name=architecture)
    return config


def _vocabulary(texts: Mapping[str, Any]) -> int:
    foreign = texts.get("hf_model_name")
    size: int = xlm_roberta.SHAPES[foreign].vocabulary if foreign else texts["vocab_size"]
    return size


def _towers(config: Mapping[str, Any]) -> nn.Module:
    """The model without its numbers; its text tower may be our own."""
    parts = {key: value for key, value in config.items() if key != "custom_text"}
    foreign = config["text_cfg"].get("hf_model_name")
    if foreign is not None:  # the smallest one makes room for ours
        parts["text_cfg"] = {"vocab_size": 1, "width": 64, "heads": 1, "layers": 1}
    own = "custom_text" in config or foreign is not None
    model: Any = (open_clip.CustomTextCLIP if own else open_clip.CLIP)(**parts)
    if foreign is not None:
        model.text = xlm_roberta.XlmRoberta(xlm_roberta.SHAPES[foreign], config["embed_dim"])
    return model  # type: ignore[no-any-return]


def _colours(architecture: str) -> tuple[Sequence[float], Sequence[float]]:
    """Mean and deviation of what the published weights of this architecture have looked at."""
    tags = open_clip.list_pretrained_tags_by_model(architecture)
    known = open_clip.get_pretrained_cfg(architecture, tags[0]) if tags else {}
    mean = known.get("mean") or open_clip.OPENAI_DATASET_MEAN
    return mean, known.get("std") or open_clip.OPENAI_DATASET_STD


def _weights(file: Path) -> Mapping[str, Tensor]:
    """Tensors only: nothing that a file names is ever run."""
    with file.open("rb") as opened:
        safe = opened.read(9)[8:] == b"{"  # after the length of its own header
    if safe:
        return xlm_roberta.fitting(load_file(file))
    try:
        return xlm_roberta.fitting(safe_unpickle.load_pickle(file))
    except EngineError as error:
        if error.key == "checkpoint-damaged":
            raise ValueError(file.name) from error
        raise  # what it asks for is worth a sentence of its own
