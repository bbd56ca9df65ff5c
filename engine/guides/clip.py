"""CLIP as a guide: an open_clip architecture, with weights and tokenizer read from files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import open_clip
import torch
from safetensors import SafetensorError
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
from engine.guides.guide import truncate
from engine.weights.read import read_weights

# What the parsers of JSON, safetensors and torch raise for a damaged file or one of another format.
_PARSE_ERRORS = (OSError, ValueError, TypeError, RuntimeError, SafetensorError)


class ClipGuide:
    """A CLIP whose architecture has a name of open_clip's, such as ViT-B-32-quickgelu.

    An architecture with a tokenizer of Hugging Face's has its files beside the weights: nothing is
    downloaded.
    """

    repertoire = None

    def __init__(self, architecture: str, file: Path, device: torch.device, name: str = "") -> None:
        """Load it; raise EngineError where a file is missing, damaged or of another model."""
        self.name = name or f"{architecture}:{file}"
        config = _config(architecture)
        self.tokenizer = self._load_tokenizer(architecture, config["text_cfg"], file.parent)
        model = _build(config)
        weights = xlm_roberta.without_position_ids(read_weights(file))
        try:
            model.load_state_dict(weights)
        except _PARSE_ERRORS as error:
            raise EngineError("model-unreadable", name=self.name) from error
        self.model: Any = model.eval().requires_grad_(False).to(device)
        self.device = device
        size = config["vision_cfg"]["image_size"]
        self.side: int = size if isinstance(size, int) else size[0]
        mean, std = _normalisation(architecture)
        self.mean = torch.tensor(mean, device=device).view(1, 3, 1, 1)
        self.std = torch.tensor(std, device=device).view(1, 3, 1, 1)

    def _load_tokenizer(
        self, architecture: str, texts: Mapping[str, Any], folder: Path
    ) -> TextTokenizer:
        files = tokenizer_files(architecture)
        if not files:
            return ClipTokenizer(architecture)
        for file in files:
            if not (folder / file).is_file():
                raise EngineError("model-missing", name=self.name, path=str(folder / file))
        clean = texts.get("tokenizer_kwargs", {}).get("clean", "whitespace")
        try:
            tokenizer = FileTokenizer(folder, texts.get("context_length", 77), clean)
            if tokenizer.size > _vocabulary(texts):
                raise ValueError("the tokenizer has more ids than the model")
        except _PARSE_ERRORS as error:
            raise EngineError("model-unreadable", name=self.name) from error
        return tokenizer

    @torch.no_grad()
    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Return unit vectors [n, d]; longer texts are truncated."""
        tokens = self.tokenizer(texts).to(self.device)
        return self.model.encode_text(tokens, normalize=True).float()  # type: ignore[no-any-return]

    def encode_image(self, pictures: Tensor) -> Tensor:
        """Return unit vectors [n, d] of pictures [n, 3, side, side] in 0..1."""
        normalised = (pictures - self.mean) / self.std
        return self.model.encode_image(normalised, normalize=True).float()  # type: ignore[no-any-return]

    def baseline(self) -> Tensor | None:
        """Return None: the vocabulary is open."""
        return None

    def unknown_words(self, text: str) -> tuple[str, ...]:
        """Return none: the vocabulary is open."""
        return ()

    def truncate(self, text: str) -> str | None:
        """Return the part that fits into the context, or None if all of the text does."""
        return truncate(text, self.tokenizer.length, self.tokenizer.context)


def tokenizer_files(architecture: str) -> tuple[str, ...]:
    """Return the files that must be beside the weights: a tokenizer that open_clip lacks."""
    hugging_face = "hf_tokenizer_name" in _config(architecture)["text_cfg"]
    return (TOKENIZER, TOKENIZER_CONFIG) if hugging_face else ()


def _config(architecture: str) -> dict[str, Any]:
    """Return the configuration of a built-in architecture.

    Other names are refused: open_clip would download those with a colon or a slash in them.
    """
    if architecture not in open_clip.list_models():
        raise EngineError("model-architecture", name=architecture)
    config: dict[str, Any] = open_clip.get_model_config(architecture)
    text_model = config["text_cfg"].get("hf_model_name")
    if "multimodal_cfg" in config or text_model not in (None, *xlm_roberta.SHAPES):
        raise EngineError("model-architecture-closed", name=architecture)
    return config


def _vocabulary(texts: Mapping[str, Any]) -> int:
    text_model = texts.get("hf_model_name")
    size: int = xlm_roberta.SHAPES[text_model].vocabulary if text_model else texts["vocab_size"]
    return size


def _build(config: Mapping[str, Any]) -> nn.Module:
    """Build the model with uninitialised weights; its text encoder may be `XlmRoberta`."""
    parts = {key: value for key, value in config.items() if key != "custom_text"}
    text_model = config["text_cfg"].get("hf_model_name")
    if text_model is not None:  # the smallest possible, which is replaced below
        parts["text_cfg"] = {"vocab_size": 1, "width": 64, "heads": 1, "layers": 1}
    custom = "custom_text" in config or text_model is not None
    model: Any = (open_clip.CustomTextCLIP if custom else open_clip.CLIP)(**parts)
    if text_model is not None:
        model.text = xlm_roberta.XlmRoberta(xlm_roberta.SHAPES[text_model], config["embed_dim"])
    return model  # type: ignore[no-any-return]


def _normalisation(architecture: str) -> tuple[Sequence[float], Sequence[float]]:
    """Return the mean and standard deviation of the images that the weights were trained on."""
    tags = open_clip.list_pretrained_tags_by_model(architecture)
    preprocessing = open_clip.get_pretrained_cfg(architecture, tags[0]) if tags else {}
    mean = preprocessing.get("mean") or open_clip.OPENAI_DATASET_MEAN
    return mean, preprocessing.get("std") or open_clip.OPENAI_DATASET_STD
