"""The transformer of VQGAN's second stage (Esser, Rombach, Ommer 2021), of minGPT's architecture.

The names of modules are keys of taming's checkpoints, but for `query_key_value`: see `Gpt.load`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.drafters.networks.cache import KeyValueCache
from engine.drafters.networks.joined import join_maps


@dataclass(frozen=True)
class GptShape:
    """Sizes: `block` is the number of positions."""

    vocabulary: int
    block: int
    layers: int
    width: int
    heads: int

    @classmethod
    def of(cls, weights: Mapping[str, Tensor], heads: int) -> "GptShape":
        """Return the shape of a checkpoint: only the number of heads is not in the tensors."""
        vocabulary, width = weights["tok_emb.weight"].shape
        layers = 1 + max(int(key.split(".")[1]) for key in weights if key.startswith("blocks."))
        return cls(vocabulary, weights["pos_emb"].shape[1], layers, width, heads)


class GptAttention(nn.Module):
    """Self-attention to the positions before, with cached keys and values."""

    def __init__(self, shape: GptShape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.query_key_value = nn.Linear(shape.width, 3 * shape.width)
        self.proj = nn.Linear(shape.width, shape.width)

    def forward(self, x: Tensor, past: KeyValueCache | None, layer: int) -> Tensor:
        """Map x [count, n, width], the positions after those in the cache, to the same shape."""
        count, n, width = x.shape
        parts = self.query_key_value(x).view(count, n, 3, self.heads, width // self.heads)
        query, keys, values = parts.permute(2, 0, 3, 1, 4).unbind(0)
        causal = n > 1
        mask = None
        if past is not None:
            keys, values = past.write(layer, keys, values)
            if causal and past.filled:
                shown = torch.ones(n, keys.shape[2], dtype=torch.bool, device=x.device)
                mask, causal = shown.tril(past.filled), False
        out = F.scaled_dot_product_attention(query, keys, values, attn_mask=mask, is_causal=causal)
        return self.proj(out.transpose(1, 2).reshape(count, n, width))  # type: ignore[no-any-return]


class GptBlock(nn.Module):
    """Attention and a feed-forward part, each after a normalisation."""

    def __init__(self, shape: GptShape) -> None:
        super().__init__()
        self.ln1, self.ln2 = nn.LayerNorm(shape.width), nn.LayerNorm(shape.width)
        self.attn = GptAttention(shape)
        self.mlp = nn.Sequential(
            nn.Linear(shape.width, 4 * shape.width),
            nn.GELU(),
            nn.Linear(4 * shape.width, shape.width),
        )

    def forward(self, x: Tensor, past: KeyValueCache | None, layer: int) -> Tensor:
        """Map x [count, n, width] to the same shape."""
        x = x + self.attn(self.ln1(x), past, layer)
        return x + self.mlp(self.ln2(x))  # type: ignore[no-any-return]


class Gpt(nn.Module):
    """Indices -> logits of the next one."""

    def __init__(self, shape: GptShape) -> None:
        super().__init__()
        self.shape = shape
        self.tok_emb = nn.Embedding(shape.vocabulary, shape.width)
        self.pos_emb = nn.Parameter(torch.zeros(1, shape.block, shape.width))
        self.blocks = nn.ModuleList(GptBlock(shape) for _ in range(shape.layers))
        self.ln_f = nn.LayerNorm(shape.width)
        self.head = nn.Linear(shape.width, shape.vocabulary, bias=False)

    @classmethod
    def load(cls, weights: Mapping[str, Tensor], heads: int, dtype: torch.dtype) -> "Gpt":
        """Return the network of a checkpoint's `transformer.` part, in *dtype*.

        Raises KeyError for missing tensors, RuntimeError for unknown ones and ones of another size.
        """
        with torch.device("meta"):
            gpt = cls(GptShape.of(weights, heads))
        needed = {k: v.to(dtype) for k, v in weights.items() if not k.endswith(".attn.mask")}
        parts = ("query", "key", "value")
        needed = join_maps(needed, parts, "query_key_value", inside="attn")
        gpt.load_state_dict(needed, assign=True)
        return gpt.eval().requires_grad_(False)

    def new_cache(self, count: int, length: int) -> KeyValueCache:
        """Return an empty cache of so many positions for *count* drafts."""
        shape = self.shape
        width = shape.width // shape.heads
        return KeyValueCache(
            shape.layers, count, shape.heads, length=length, width=width, like=self.ln_f.weight
        )

    def forward(self, indices: Tensor, past: KeyValueCache | None = None) -> Tensor:
        """Read indices [count, n] after those in the cache; return all logits float32.

        Returns [count, n, vocabulary].
        """
        return self.logits(self.hidden(indices, past))

    def hidden(self, indices: Tensor, past: KeyValueCache | None = None) -> Tensor:
        """Return what the layers make of indices [count, n]: [count, n, width]."""
        start = past.filled if past is not None else 0
        n = indices.shape[1]
        x = self.tok_emb(indices) + self.pos_emb[:, start : start + n]
        for number, block in enumerate(self.blocks):
            x = block(x, past, number)
        if past is not None:
            past.advance(n)
        return x  # type: ignore[no-any-return]

    def logits(self, hidden: Tensor) -> Tensor:
        """Return the logits float32 [..., vocabulary] of hidden [..., width]."""
        return self.head(self.ln_f(hidden)).float()  # type: ignore[no-any-return]
