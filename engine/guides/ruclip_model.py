"""The network of ruCLIP: CLIP (Radford 2021, arXiv 2103.00020) with ruCLIP's parameter names.

`tests/conformance` compares it with the original.
"""

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

HEAD = 64  # width of each attention head of the image encoder
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


class Attention(nn.Module):
    """Multi-head attention; one matrix projects to queries, keys and values, in this order."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * width))
        self.out_proj = nn.Linear(width, width)

    def forward(self, x: Tensor, causal: bool) -> Tensor:
        """Map x [n, t, width] to the same shape; causal: tokens attend only to earlier ones."""
        projected = F.linear(x, self.in_proj_weight, self.in_proj_bias)
        query, key, value = projected.unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(query, key, value, is_causal=causal)
        return self.out_proj(attended.transpose(1, 2).flatten(2))  # type: ignore[no-any-return]


class Mlp(nn.Module):
    """A feed-forward layer with a hidden layer four times as wide."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.c_fc = nn.Linear(width, 4 * width)
        self.c_proj = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Map x [n, t, width] to the same shape."""
        # x·sigmoid(1.702x), CLIP's quick GELU, in a form that keeps one tensor for its gradient.
        return self.c_proj(F.silu(1.702 * self.c_fc(x)) / 1.702)  # type: ignore[no-any-return]


class TransformerBlock(nn.Module):
    """Attention and a feed-forward layer, each with layer norm and a residual connection."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.ln_1, self.attn = nn.LayerNorm(width), Attention(width, heads)
        self.ln_2, self.mlp = nn.LayerNorm(width), Mlp(width)

    def forward(self, x: Tensor, causal: bool) -> Tensor:
        """Map x [n, t, width] to the same shape."""
        x = x + self.attn(self.ln_1(x), causal)
        return x + self.mlp(self.ln_2(x))  # type: ignore[no-any-return]


class Transformer(nn.Module):
    """A sequence of transformer blocks."""

    def __init__(self, width: int, layers: int, heads: int) -> None:
        super().__init__()
        self.resblocks = nn.ModuleList(TransformerBlock(width, heads) for _ in range(layers))

    def forward(self, x: Tensor, causal: bool = False) -> Tensor:
        """Map x [n, t, width] to the same shape."""
        for block in self.resblocks:
            x = block(x, causal)
        return x


class Visual(nn.Module):
    """The image encoder, a vision transformer."""

    def __init__(self, shape: RuClipShape) -> None:
        super().__init__()
        width, self.patch = shape.vision_width, shape.vision_patch_size
        patches = (shape.image_resolution // self.patch) ** 2
        self.conv1 = nn.Conv2d(3, width, self.patch, self.patch, bias=False)
        self.class_embedding = nn.Parameter(torch.empty(width))
        self.positional_embedding = nn.Parameter(torch.empty(patches + 1, width))
        self.ln_pre, self.ln_post = nn.LayerNorm(width), nn.LayerNorm(width)
        self.transformer = Transformer(width, shape.vision_layers, width // HEAD)
        self.proj = nn.Parameter(torch.empty(width, shape.embed_dim))

    def forward(self, pictures: Tensor) -> Tensor:
        """Map pictures [n, 3, side, side] to vectors [n, embed_dim], not normalised."""
        # A convolution keeps its input for the gradient of its frozen weights; this does not.
        patches = F.unfold(pictures, self.patch, stride=self.patch).mT
        x = F.linear(patches, self.conv1.weight.flatten(1))
        x = torch.cat([self.class_embedding.expand(len(x), 1, -1), x], 1)
        x = self.transformer(self.ln_pre(x + self.positional_embedding))
        return self.ln_post(x[:, 0]) @ self.proj  # type: ignore[no-any-return]


class RuClip(nn.Module):
    """Both encoders; the weights of the text encoder have no prefix."""

    def __init__(self, shape: RuClipShape) -> None:
        super().__init__()
        width = shape.transformer_width
        self.visual = Visual(shape)
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
