"""The networks of DALL·E mini and mega (Dayma et al. 2021): BART with gated feed-forward parts.

The names of modules are keys of min-dalle's checkpoints, but for those that `join_weights` names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.drafters.networks.cache import KeyValueCache
from engine.drafters.networks.joined import join_maps

PADDING = 1  # of texts; it is not attended to


@dataclass(frozen=True)
class BartShape:
    """Sizes of the encoder and the decoder."""

    layers: int
    width: int
    heads: int
    gated: int  # width of the feed-forward part
    words: int
    text: int  # positions
    codes: int  # rows of the decoder's tables, the beginning of a grid among them
    logits: int
    cells: int


def shape_of(encoder: Mapping[str, Tensor], decoder: Mapping[str, Tensor], heads: int) -> BartShape:
    """Return the shape of a checkpoint: only the number of heads is not in the tensors."""
    words, width = encoder["embed_tokens.weight"].shape
    return BartShape(
        layers=1 + max(int(key.split(".")[1]) for key in encoder if key.startswith("layers.")),
        width=width,
        heads=heads,
        gated=encoder["layers.0.glu.fc0.weight"].shape[0],
        words=words,
        text=len(encoder["embed_positions.weight"]),
        codes=len(decoder["embed_tokens.weight"]),
        logits=len(decoder["lm_head.weight"]),
        cells=len(decoder["embed_positions.weight"]),
    )


def join_weights(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights of an encoder or decoder with maps of the same input as one.

    Raises KeyError where some are missing.
    """
    parts = ("q_proj", "k_proj", "v_proj")
    joined = join_maps(weights, parts, "query_key_value", inside="self_attn")
    return join_maps(joined, ("fc0", "fc1"), "gate_and_value", inside="glu")


class BartSelfAttention(nn.Module):
    """Multi-head attention without biases; a caller may cache keys and values between its parts."""

    def __init__(self, shape: BartShape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.query_key_value = nn.Linear(shape.width, 3 * shape.width, bias=False)
        self.out_proj = nn.Linear(shape.width, shape.width, bias=False)

    def split(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return query, keys, values [count, heads, n, width of a head] of x [count, n, width]."""
        query, keys, values = self.query_key_value(x).chunk(3, dim=-1)
        heads = self.heads
        return split_heads(query, heads), split_heads(keys, heads), split_heads(values, heads)

    def forward(self, query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None) -> Tensor:
        """Attend; mask: bool, broadcast to [count, heads, n, keys]."""
        out = F.scaled_dot_product_attention(query, keys, values, attn_mask=mask)
        return self.out_proj(out.transpose(1, 2).flatten(2))  # type: ignore[no-any-return]


class BartTextAttention(nn.Module):
    """Multi-head attention of codes to a text, without biases."""

    def __init__(self, shape: BartShape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.k_proj, self.v_proj, self.q_proj, self.out_proj = (
            nn.Linear(shape.width, shape.width, bias=False) for _ in range(4)
        )

    def keys_values(self, text: Tensor) -> tuple[Tensor, Tensor]:
        """Return keys and values [count, heads, n, width of a head] of a text [count, n, width]."""
        return split_heads(self.k_proj(text), self.heads), split_heads(
            self.v_proj(text), self.heads
        )

    def forward(self, x: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
        """Attend from x [count, n, width]; mask: bool, broadcast to [count, heads, n, keys]."""
        query = split_heads(self.q_proj(x), self.heads)
        out = F.scaled_dot_product_attention(query, keys, values, attn_mask=mask)
        return self.out_proj(out.transpose(1, 2).flatten(2))  # type: ignore[no-any-return]


def split_heads(x: Tensor, heads: int) -> Tensor:
    """Return [count, heads, n, width of a head] of x [count, n, width]."""
    count, n, width = x.shape
    return x.view(count, n, heads, width // heads).transpose(1, 2)


class GatedLinear(nn.Module):
    """A gated feed-forward part (Shazeer 2020) between normalisations."""

    def __init__(self, shape: BartShape) -> None:
        super().__init__()
        self.ln0, self.ln1 = nn.LayerNorm(shape.width), nn.LayerNorm(shape.gated)
        self.gate_and_value = nn.Linear(shape.width, 2 * shape.gated, bias=False)
        self.fc2 = nn.Linear(shape.gated, shape.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map x [..., width] to the same shape."""
        gate, value = self.gate_and_value(self.ln0(x)).chunk(2, dim=-1)
        return self.fc2(self.ln1(F.gelu(gate) * value))  # type: ignore[no-any-return]


class BartEncoderLayer(nn.Module):
    """Self-attention over the text, then the gated part."""

    def __init__(self, shape: BartShape) -> None:
        super().__init__()
        self.pre_self_attn_layer_norm = nn.LayerNorm(shape.width)
        self.self_attn = BartSelfAttention(shape)
        self.self_attn_layer_norm = nn.LayerNorm(shape.width)
        self.glu = GatedLinear(shape)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map x [count, n, width] to the same shape."""
        parts = self.self_attn.split(self.pre_self_attn_layer_norm(x))
        x = x + self.self_attn_layer_norm(self.self_attn(*parts, mask))
        return x + self.glu(x)  # type: ignore[no-any-return]


class Encoder(nn.Module):
    """Word ids -> a vector for each word."""

    def __init__(self, shape: BartShape) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(shape.words, shape.width)
        self.embed_positions = nn.Embedding(shape.text, shape.width)
        self.layers = nn.ModuleList(BartEncoderLayer(shape) for _ in range(shape.layers))
        self.layernorm_embedding = nn.LayerNorm(shape.width)
        self.final_ln = nn.LayerNorm(shape.width)

    def forward(self, words: Tensor) -> Tensor:
        """Map words int64 [count, text] to [count, text, width]."""
        shown = (words != PADDING)[:, None, None]
        x = self.embed_tokens(words) + self.embed_positions.weight[: words.shape[1]]
        x = self.layernorm_embedding(x)
        for layer in self.layers:
            x = layer(x, shown)
        return self.final_ln(x)  # type: ignore[no-any-return]


class BartDecoderLayer(nn.Module):
    """Causal self-attention, attention to the text, then the gated part."""

    def __init__(self, shape: BartShape) -> None:
        super().__init__()
        self.pre_self_attn_layer_norm = nn.LayerNorm(shape.width)
        self.self_attn = BartSelfAttention(shape)
        self.self_attn_layer_norm = nn.LayerNorm(shape.width)
        self.pre_encoder_attn_layer_norm = nn.LayerNorm(shape.width)
        self.encoder_attn = BartTextAttention(shape)
        self.encoder_attn_layer_norm = nn.LayerNorm(shape.width)
        self.glu = GatedLinear(shape)

    def forward(
        self, x: Tensor, past: KeyValueCache, layer: int, text: tuple[Tensor, Tensor], shown: Tensor
    ) -> Tensor:
        """Map x [count, n, width] to the same shape; text: keys and values of the encoder's."""
        query, keys, values = self.self_attn.split(self.pre_self_attn_layer_norm(x))
        keys, values = past.write(layer, keys, values)
        n, seen = query.shape[2], keys.shape[2]
        mask = None
        if n > 1:
            mask = torch.ones(n, seen, dtype=torch.bool, device=x.device).tril(seen - n)
        x = x + self.self_attn_layer_norm(self.self_attn(query, keys, values, mask))
        inner = self.pre_encoder_attn_layer_norm(x)
        x = x + self.encoder_attn_layer_norm(self.encoder_attn(inner, *text, shown))
        return x + self.glu(x)  # type: ignore[no-any-return]


class Decoder(nn.Module):
    """Codes so far and the encoder's text -> logits of the next code."""

    def __init__(self, shape: BartShape) -> None:
        super().__init__()
        self.shape = shape
        self.embed_tokens = nn.Embedding(shape.codes, shape.width)
        self.embed_positions = nn.Embedding(shape.cells, shape.width)
        self.layers = nn.ModuleList(BartDecoderLayer(shape) for _ in range(shape.layers))
        self.layernorm_embedding = nn.LayerNorm(shape.width)
        self.final_ln = nn.LayerNorm(shape.width)
        self.lm_head = nn.Linear(shape.width, shape.logits, bias=False)

    def read_text(self, encoded: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return the keys and values of each layer's attention to the text, which do not change."""
        return [layer.encoder_attn.keys_values(encoded) for layer in self.layers]  # type: ignore[union-attr, operator]

    def new_cache(self, count: int) -> KeyValueCache:
        """Return an empty cache for *count* rows."""
        shape = self.shape
        width = shape.width // shape.heads
        return KeyValueCache(
            shape.layers,
            count,
            shape.heads,
            length=shape.cells,
            width=width,
            like=self.final_ln.weight,
        )

    def forward(
        self,
        codes: Tensor,
        past: KeyValueCache,
        text: Sequence[tuple[Tensor, Tensor]],
        shown: Tensor,
    ) -> Tensor:
        """Read codes int64 [count, n] after those in the cache; return the logits after the last.

        text: of `read_text`; shown: bool [count, 1, 1, words]. Returns float32 [count, logits].
        """
        start, n = past.filled, codes.shape[1]
        x = self.embed_tokens(codes) + self.embed_positions.weight[start : start + n]
        x = self.layernorm_embedding(x)
        for number, layer in enumerate(self.layers):
            x = layer(x, past, number, text[number], shown)
        past.advance(n)
        return self.lm_head(self.final_ln(x[:, -1])).float()  # type: ignore[no-any-return]
