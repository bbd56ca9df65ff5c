"""The network of ruCLIP: CLIP (Radford 2021, arXiv 2103.00020) with ruCLIP's parameter names.

`tests/conformance` compares it with the original.
"""

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor, nn

from engine.guides.vision_transformer import HEAD, Transformer, VisionShape, VisionTransformer

END = 3  # the id that ends a text; the text's vector is read at its position
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)  # OpenAI's


@dataclass(frozen=True)
class RuClipShape:
    """The fields of `config.json`, under its names."""

    embed_dim: int
    image_resolution: int
    vision_layers: int
    vision_width: int
    vision_patch_size: int
    context_length: int
    vocab_size: int
    transformer_width: int
    transformer_heads: int
    transformer_layers: int
    mean: tuple[float, ...] = MEAN
    std: tuple[float, ...] = STD

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read `config.json`; raise OSError, or ValueError for a file of another format."""
        config: Any = json.loads(file.read_text("utf-8"))
        if not isinstance(config, dict):
            raise ValueError("not an object")
        sizes: dict[str, Any] = {
            field.name: config.get(field.name) for field in fields(cls) if field.type is int
        }
        if not all(isinstance(size, int) and 0 < size < 1 << 20 for size in sizes.values()):
            raise ValueError("no sizes")
        colours = [
            tuple(config.get(key) or default) for key, default in (("mean", MEAN), ("std", STD))
        ]
        if not all(len(values) == 3 and all(map(_is_number, values)) for values in colours):
            raise ValueError("no mean or std")
        shape = cls(**sizes, mean=colours[0], std=colours[1])
        if shape.vision_width < HEAD or shape.context_length < 3:
            raise ValueError("too small")
        if shape.vision_width % HEAD or shape.transformer_width % shape.transformer_heads:
            raise ValueError("the width is not divisible by the heads")
        return shape


class RuClip(nn.Module):
    """Both encoders; the weights of the text encoder have no prefix."""

    def __init__(self, shape: RuClipShape) -> None:
        super().__init__()
        width = shape.transformer_width
        self.visual = VisionTransformer(
            VisionShape(
                shape.image_resolution,
                shape.vision_patch_size,
                shape.vision_width,
                shape.vision_layers,
                shape.embed_dim,
            )
        )
        self.transformer = Transformer(width, shape.transformer_layers, shape.transformer_heads)
        # A plain Embedding would initialise itself, for which torch imports its compiler.
        self.token_embedding = nn.Embedding.from_pretrained(torch.empty(shape.vocab_size, width))
        self.positional_embedding = nn.Parameter(torch.empty(shape.context_length, width))
        self.ln_final = nn.LayerNorm(width)
        self.text_projection = nn.Parameter(torch.empty(width, shape.embed_dim))
        self.logit_scale = nn.Parameter(torch.empty(()))  # in the file; only training needs it

    def forward(self, ids: Tensor) -> Tensor:
        """Map ids [n, context_length] to vectors [n, embed_dim], read at the end of the text."""
        x = self.token_embedding(ids) + self.positional_embedding
        x = self.ln_final(self.transformer(x, causal=True))
        end = (ids == END).int().argmax(1)
        return x[torch.arange(len(x), device=x.device), end] @ self.text_projection  # type: ignore[no-any-return]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
