"""From texts to ids, for open_clip's models."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import open_clip
import torch
from tokenizers import Tokenizer
from torch import Tensor

TOKENIZER, TOKENIZER_CONFIG = "tokenizer.json", "tokenizer_config.json"


class TextTokenizer(Protocol):
    """A CLIP's way from texts to ids, cut at its context."""

    context: int  # ids that the model takes, its beginning and its end among them

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """Texts -> ids [n, context], cut where the context ends."""

    def length(self, text: str) -> int:
        """How many ids the whole text would take."""


class ClipTokenizer:
    """CLIP's own byte pairs, which open_clip brings along."""

    def __init__(self, architecture: str) -> None:
        self._tokenize: Any = open_clip.get_tokenizer(architecture)
        self.context: int = self._tokenize.context_length

    def __call__(self, texts: Sequence[str]) -> Tensor:
        return self._tokenize(list(texts))  # type: ignore[no-any-return]

    def length(self, text: str) -> int:
        return len(self._tokenize.encode(text)) + 2


class FileTokenizer:
    """A `tokenizer.json` of Hugging Face's format, with `tokenizer_config.json` beside it.

    It does what open_clip has transformers do, which would ask the network for the files.
    """

    def __init__(self, folder: Path, context: int, clean: str = "whitespace") -> None:
        """Raises OSError, or ValueError for files that are no tokenizer's."""
        data = (folder / TOKENIZER).read_text("utf-8")
        config = json.loads((folder / TOKENIZER_CONFIG).read_text("utf-8"))
        try:
            self._tokenizer = Tokenizer.from_str(data)
        except Exception as error:  # a plain Exception is all that the package raises
            raise ValueError("no tokenizer") from error
        padding = config.get("pad_token") if isinstance(config, dict) else None
        if isinstance(padding, dict):
            padding = padding.get("content")
        number = self._tokenizer.token_to_id(padding) if isinstance(padding, str) else None
        if number is None:
            raise ValueError("no padding")
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._padding: int = number
        self._clean: Callable[[str], str] = open_clip.tokenizer.get_clean_fn(clean)
        self.size: int = self._tokenizer.get_vocab_size()
        self.context = context

    def __call__(self, texts: Sequence[str]) -> Tensor:
        out = torch.full((len(texts), self.context), self._padding)
        for row, text in zip(out, texts, strict=True):
            encoding = self._tokenizer.encode(self._clean(text))
            if len(encoding.ids) > self.context:  # the end is kept, as if the text ended here
                spare = self._tokenizer.num_special_tokens_to_add(False)
                plain = self._tokenizer.encode(self._clean(text), add_special_tokens=False)
                plain.truncate(self.context - spare)
                encoding = self._tokenizer.post_process(plain)
            row[: len(encoding.ids)] = torch.tensor(encoding.ids)
        return out

    def length(self, text: str) -> int:
        return len(self._tokenizer.encode(self._clean(text)).ids)
