"""Sber's ruCLIP as a guide, read from the three files of its format, without its package."""

import unicodedata
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

import torch
from safetensors import SafetensorError
from torch import Tensor
from torch.nn import functional as F

from engine.errors import EngineError
from engine.guides.guide import truncate
from engine.guides.ruclip_model import END, RuClip, RuClipShape
from engine.guides.ruclip_tokenizer import YttmTokenizer, words
from engine.weights.folders import BPE, CONFIG, weights_in
from engine.weights.read import known_weights
from engine.weights.recognise import CLIP

PADDING, BEGIN = 0, 2  # constants of the original, as END is; neither file has them


class RuClipGuide:
    """A folder with `config.json`, `bpe.model` and `pytorch_model.bin` (or `.safetensors`)."""

    repertoire = None

    def __init__(self, folder: Path, device: torch.device, name: str = "") -> None:
        """Load it; raise EngineError where a file is missing, damaged or of another model."""
        self.name = name or str(folder)
        config, bpe, weights = folder / CONFIG, folder / BPE, weights_in(folder)
        for file in (config, bpe, weights):
            if not file.is_file():
                raise EngineError("model-missing", name=self.name, path=str(file))
        try:
            self.shape = RuClipShape.read(config)
            self.bpe = YttmTokenizer(bpe)
            if self.bpe.size > self.shape.vocab_size:
                raise ValueError("the tokenizer has more ids than the model")
        except _PARSE_ERRORS as error:
            raise EngineError("model-unreadable", name=self.name) from error
        _, tensors = known_weights(weights, "ruclip", CLIP)
        try:
            model = _load_model(self.shape, tensors)
        except _PARSE_ERRORS as error:
            raise EngineError("model-unreadable", name=self.name) from error
        self.model = model.eval().requires_grad_(False).to(device)
        self.device = device
        self.side = self.shape.image_resolution
        self.mean = torch.tensor(self.shape.mean, device=device).view(1, 3, 1, 1)
        self.std = torch.tensor(self.shape.std, device=device).view(1, 3, 1, 1)

    def see_in(self, dtype: torch.dtype) -> None:
        """Let the image encoder compute in this type."""
        self.model.visual.to(dtype)

    @torch.no_grad()
    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Return unit vectors [n, d] of n texts."""
        ids = tokens(self.bpe, texts, self.shape.context_length).to(self.device)
        return F.normalize(self.model(ids).float(), dim=-1)

    def encode_image(self, pictures: Tensor) -> Tensor:
        """Return unit vectors [n, d] of pictures [n, 3, side, side] in 0..1."""
        normalised = (pictures - self.mean) / self.std
        return F.normalize(self.model.visual(normalised).float(), dim=-1)

    def baseline(self) -> Tensor | None:
        """Return None: the vocabulary is open."""
        return None

    def unknown_words(self, text: str) -> tuple[str, ...]:
        """Return the words of letters outside its alphabet, such as emoji and Chinese."""
        unknown = [w for w in words(text.lower()) if not any(map(self.bpe.knows, w))]
        return tuple(w for w in unknown if any(map(_is_visible, w)))

    def truncate(self, text: str) -> str | None:
        """Return the words that fit into the context, or None if all of them do."""

        def length(part: str) -> int:
            return 2 + sum(1 for _ in self.bpe.ids(part.lower()))

        return truncate(text, length, self.shape.context_length)


def tokens(bpe: YttmTokenizer, texts: Sequence[str], context: int) -> Tensor:
    """Return ids [n, context] of n texts in lower case, truncated where the context ends."""
    out = torch.full((len(texts), context), PADDING)
    for row, text in zip(out, texts, strict=True):
        ids = [BEGIN, *islice(bpe.ids(text.lower()), context - 2), END]
        row[: len(ids)] = torch.tensor(ids)
    return out


# What the parsers of JSON, safetensors and torch raise for a damaged file or one of another format.
_PARSE_ERRORS = (OSError, ValueError, TypeError, RuntimeError, SafetensorError)


def _load_model(shape: RuClipShape, weights: Mapping[str, Tensor]) -> RuClip:
    """Build the model from the weights without copying them in memory."""
    with torch.device("meta"):
        model = RuClip(shape)
    model.load_state_dict(weights, strict=True, assign=True)
    return model.float()


def _is_visible(letter: str) -> bool:
    return letter.isalnum() or unicodedata.category(letter) == "So"
