"""CLIP as a guide: a network of open_clip, with weights and tokenizer read from files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor
from torch.nn import functional as F

from engine.errors import EngineError
from engine.guides.clip_architecture import Architecture, architecture_for, named_architecture
from engine.guides.clip_tokenizers import ClipTokenizer, FileTokenizer, TextTokenizer
from engine.guides.guide import truncate
from engine.guides.vision_transformer import VisionTransformer
from engine.weights.clip import read_clip

# What the parsers of JSON, safetensors and torch raise for a damaged file or one of another format.
_PARSE_ERRORS = (OSError, ValueError, TypeError, RuntimeError, SafetensorError)


class ClipGuide:
    """A CLIP whose architecture has a name of open_clip's, such as ViT-B-32-quickgelu.

    An empty name means that the file tells it: OpenAI's archive, or one in a folder of transformers
    or open_clip. An architecture with a tokenizer of Hugging Face's has its files beside the
    weights: nothing is downloaded.
    """

    repertoire = None

    def __init__(self, architecture: str, file: Path, device: torch.device, name: str = "") -> None:
        """Load it; raise EngineError where a file is missing, damaged or of another model."""
        self.name = name or (f"{architecture}:{file}" if architecture else str(file))
        if architecture:
            named_architecture(architecture)  # raises EngineError before a large file is read
        weights = read_clip(file)
        network = architecture_for(architecture, file, weights)
        self.tokenizer = self._load_tokenizer(network, file.parent)
        try:
            model = network.build()
            model.load_state_dict(weights.tensors)
        except (AssertionError, AttributeError, KeyError, *_PARSE_ERRORS) as error:
            raise EngineError("model-unreadable", name=self.name) from error
        self.model: Any = model.eval().requires_grad_(False).to(device)
        self.device = device
        self.side = network.side
        mean, std = network.colours
        self.mean = torch.tensor(mean, device=device).view(1, 3, 1, 1)
        self.std = torch.tensor(std, device=device).view(1, 3, 1, 1)

    def _load_tokenizer(self, network: Architecture, folder: Path) -> TextTokenizer:
        texts, files = network.texts, network.tokenizer_files
        if not files and network.name:
            return ClipTokenizer(network.name)
        for file in files:
            if not (folder / file).is_file():
                raise EngineError("model-missing", name=self.name, path=str(folder / file))
        context = texts.get("context_length", 77)
        clean = texts.get("tokenizer_kwargs", {}).get("clean", "whitespace")
        try:
            own = FileTokenizer(folder, context, clean) if files else None
            tokenizer = own or ClipTokenizer(context=context)
            if tokenizer.size > network.vocabulary:
                raise ValueError("the tokenizer has more ids than the model")
        except _PARSE_ERRORS as error:
            raise EngineError("model-unreadable", name=self.name) from error
        return tokenizer

    def see_in(self, dtype: torch.dtype) -> None:
        """Let a vision transformer compute in this type; encoders of open_clip stay in fp32."""
        if isinstance(self.model.visual, VisionTransformer):
            self.model.visual.to(dtype)

    @torch.no_grad()
    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Return unit vectors [n, d]; longer texts are truncated."""
        tokens = self.tokenizer(texts).to(self.device)
        return self.model.encode_text(tokens, normalize=True).float()  # type: ignore[no-any-return]

    def encode_image(self, pictures: Tensor) -> Tensor:
        """Return unit vectors [n, d] of pictures [n, 3, side, side] in 0..1."""
        normalised = (pictures - self.mean) / self.std
        return F.normalize(self.model.encode_image(normalised).float(), dim=-1)

    def baseline(self) -> Tensor | None:
        """Return None: the vocabulary is open."""
        return None

    def unknown_words(self, text: str) -> tuple[str, ...]:
        """Return none: the vocabulary is open."""
        return ()

    def truncate(self, text: str) -> str | None:
        """Return the part that fits into the context, or None if all of the text does."""
        return truncate(text, self.tokenizer.length, self.tokenizer.context)
