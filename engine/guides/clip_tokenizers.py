"""Tokenizers of open_clip's models."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import open_clip
import torch
from tokenizers import Tokenizer
from torch import Tensor

from engine.weights.folders import TOKENIZER, TOKENIZER_CONFIG


class TextTokenizer(Protocol):
    """A tokenizer that truncates at the model's context."""

    context: int  # ids that the model takes, with those of the start and the end
    size: int  # of the vocabulary

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """Return ids [n, context] of n texts, truncated where the context ends."""

    def length(self, text: str) -> int:
        """Return how many ids the whole text takes."""


class ClipTokenizer:
    """CLIP's byte pair encoding, which open_clip includes."""

    def __init__(self, architecture: str = "", context: int = 77) -> None:
        """Make that of an architecture, or the usual one for this context."""
        self._tokenize: Any = (
            open_clip.get_tokenizer(architecture)
            if architecture
            else open_clip.SimpleTokenizer(context_length=context)
        )
        self.context: int = self._tokenize.context_length
        self.size: int = self._tokenize.vocab_size

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """Return ids [n, context] of n texts."""
        return self._tokenize(list(texts))  # type: ignore[no-any-return]

    def length(self, text: str) -> int:
        """Return how many ids the whole text takes."""
        return len(self._tokenize.encode(text)) + 2


class FileTokenizer:
    """A `tokenizer.json` in Hugging Face's format, with `tokenizer_config.json` beside it.

    open_clip itself would use transformers, which would download the files.
    """

    def __init__(self, folder: Path, context: int, clean: str = "whitespace") -> None:
        """Read the files; raise OSError, or ValueError for files of another format."""
        data = (folder / TOKENIZER).read_text("utf-8")
        config = json.loads((folder / TOKENIZER_CONFIG).read_text("utf-8"))
        try:
            self._tokenizer = Tokenizer.from_str(data)
        except Exception as error:  # the package raises nothing more specific
            raise ValueError("no tokenizer") from error
        padding = config.get("pad_token") if isinstance(config, dict) else None
        if isinstance(padding, dict):
            padding = padding.get("content")
        padding_id = self._tokenizer.token_to_id(padding) if isinstance(padding, str) else None
        if padding_id is None:
            raise ValueError("no padding")
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._padding: int = padding_id
        self._clean: Callable[[str], str] = open_clip.tokenizer.get_clean_fn(clean)
        self.size: int = self._tokenizer.get_vocab_size()
        self.context = context

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """Return ids [n, context] of n texts."""
        out = torch.full((len(texts), self.context), self._padding)
        for row, text in zip(out, texts, strict=True):
            encoding = self._tokenizer.encode(self._clean(text))
            if len(encoding.ids) > self.context:  # keep the id of the end
                special = self._tokenizer.num_special_tokens_to_add(False)
                plain = self._tokenizer.encode(self._clean(text), add_special_tokens=False)
                plain.truncate(self.context - special)
                encoding = self._tokenizer.post_process(plain)
            row[: len(encoding.ids)] = torch.tensor(encoding.ids)
        return out

    def length(self, text: str) -> int:
        """Return how many ids the whole text takes."""
        return len(self._tokenizer.encode(self._clean(text)).ids)
