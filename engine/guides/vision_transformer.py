"""The vision transformer of CLIP (Radford 2021, arXiv 2103.00020), with OpenAI's parameter names.

ruCLIP and open_clip have the same names. All is computed with the batch first, and while the
weights are frozen little is kept for the gradient.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.kernels.activation import quick_gelu
from engine.kernels.attention import attend

HEAD = 64  # width of each attention head
PLAIN = {"image_size", "layers", "width", "head_width", "mlp_ratio", "patch_size"}


@dataclass(frozen=True)
class VisionShape:
    """Sizes of an image encoder. Pictures are squares of `side` pixels."""

    side: int
    patch: int
    width: int
    layers: int
    out: int
    heads: int | None = None  # None: of HEAD numbers each
    hidden: int | None = None  # None: four times the width
    quick: bool = True  # CLIP's own approximation of GELU

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Self | None:
        """Return the shape of open_clip's arguments; None if they describe another encoder."""
        vision: Mapping[str, Any] = arguments["vision_cfg"]
        sizes = [vision.get(name) for name in ("image_size", "patch_size", "width", "layers")]
        if not PLAIN.issuperset(vision) or not all(isinstance(size, int) for size in sizes):
            return None
        side, patch, width, layers = map(int, sizes)  # type: ignore[arg-type]
        return cls(
            side,
            patch,
            width,
            layers,
            arguments["embed_dim"],
            width // vision.get("head_width", HEAD),
            int(width * vision.get("mlp_ratio", 4.0)),
            bool(arguments.get("quick_gelu", False)),
        )


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
        parts = projected.unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        attended = attend(*parts.unbind(), causal=causal)
        return self.out_proj(attended.transpose(1, 2).flatten(2))  # type: ignore[no-any-return]


class Mlp(nn.Module):
    """A feed-forward layer."""

    def __init__(self, width: int, hidden: int, quick: bool) -> None:
        super().__init__()
        self.c_fc = nn.Linear(width, hidden)
        self.c_proj = nn.Linear(hidden, width)
        self.activation = quick_gelu if quick else F.gelu

    def forward(self, x: Tensor) -> Tensor:
        """Map x [n, t, width] to the same shape."""
        return self.c_proj(self.activation(self.c_fc(x)))  # type: ignore[no-any-return]


class TransformerBlock(nn.Module):
    """Attention and a feed-forward layer, each with layer norm and a residual connection."""

    def __init__(self, width: int, heads: int, hidden: int, quick: bool) -> None:
        super().__init__()
        self.ln_1, self.attn = nn.LayerNorm(width), Attention(width, heads)
        self.ln_2, self.mlp = nn.LayerNorm(width), Mlp(width, hidden, quick)

    def forward(self, x: Tensor, causal: bool) -> Tensor:
        """Map x [n, t, width] to the same shape."""
        x = x + self.attn(self.ln_1(x), causal)
        return x + self.mlp(self.ln_2(x))  # type: ignore[no-any-return]


class Transformer(nn.Module):
    """A sequence of transformer blocks; the hidden layer is four times as wide if not stated."""

    def __init__(
        self, width: int, layers: int, heads: int, hidden: int | None = None, quick: bool = True
    ) -> None:
        super().__init__()
        self.resblocks = nn.ModuleList(
            TransformerBlock(width, heads, hidden or 4 * width, quick) for _ in range(layers)
        )

    def forward(self, x: Tensor, causal: bool = False) -> Tensor:
        """Map x [n, t, width] to the same shape."""
        for block in self.resblocks:
            x = block(x, causal)
        return x


class VisionTransformer(nn.Module):
    """The image encoder."""

    def __init__(self, shape: VisionShape) -> None:
        super().__init__()
        width, self.patch, self.grid = shape.width, shape.patch, shape.side // shape.patch
        self.conv1 = nn.Conv2d(3, width, self.patch, self.patch, bias=False)
        self.class_embedding = nn.Parameter(torch.empty(width))
        self.positional_embedding = nn.Parameter(torch.empty(self.grid**2 + 1, width))
        self.ln_pre, self.ln_post = nn.LayerNorm(width), nn.LayerNorm(width)
        heads = shape.heads or width // HEAD
        self.transformer = Transformer(width, shape.layers, heads, shape.hidden, shape.quick)
        self.proj = nn.Parameter(torch.empty(width, shape.out))

    def forward(self, pictures: Tensor) -> Tensor:
        """Map pictures [n, 3, side, side] to vectors [n, out], not normalised.

        They are computed in the type of the weights.
        """
        weight = self.conv1.weight
        # One product, which keeps nothing: a convolution keeps its input for the gradient of its
        # frozen weights. The pixels that do not fill a patch are not seen, as there.
        seen = pictures[..., : self.grid * self.patch, : self.grid * self.patch].to(weight.dtype)
        cut = seen.unflatten(3, (self.grid, -1)).unflatten(2, (self.grid, -1))
        patches = cut.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)
        x = F.linear(patches.contiguous(), weight.flatten(1))
        x = torch.cat([self.class_embedding.expand(len(x), 1, -1), x], 1)
        x = self.transformer(self.ln_pre(x + self.positional_embedding))
        return self.ln_post(x[:, 0]) @ self.proj  # type: ignore[no-any-return]
