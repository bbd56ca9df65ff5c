"""The transformer of ruDALL-E and RUDOLPH: text, then codes, then (RUDOLPH) text again.

Each layer normalises before and after attention and before and after its feed-forward part, the
"sandwich" of CogView (Ding et al. 2021, section 2.4). The names of modules are keys of checkpoints.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.drafters.networks.cache import KeyValueCache
from engine.drafters.networks.masks import Pattern, attention_mask, shown_slices

# The mask [n, past + n] of n queries, or what a single one sees behind the cache's prefix: only
# that is read.
Shown = Tensor | Sequence[slice]


@dataclass(frozen=True)
class SandwichShape:
    """Sizes of the network, and the masks of its layers.

    text, right: positions of the texts before and after the codes.
    text_vocabulary: words, special words and one padding for each position of the first text.
    code_vocabulary: codes and special codes; only the first `codes` are drawn.
    leading: one more word stands before the text, which the masks do not count (ruDALL-E v2); so
        the codes stand one position later than the masks place them, and the last code, which
        nothing follows, has no position.
    """

    layers: int
    width: int
    heads: int
    text: int
    side: int
    text_vocabulary: int
    code_vocabulary: int
    codes: int
    right: int = 0
    kernel: int = 11
    last_kernel: int = 11
    inner_convolutions: bool = False  # RUDOLPH: every fourth layer, not the last alone
    wraps: bool = False  # distances are measured around the picture's edges (ruDALL-E v2)
    leading: bool = False

    @property
    def drawn_length(self) -> int:
        """Return the positions of text and codes; with `leading` the last code has none."""
        return self.text + self.side**2

    @property
    def length(self) -> int:
        """Return the positions of text, codes and text."""
        return self.drawn_length + self.right

    def patterns(self) -> list[tuple[Pattern, int]]:
        """Return the pattern and the kernel of each layer's mask."""
        patterns: list[tuple[Pattern, int]] = []
        for layer in range(self.layers):
            if layer % 4 == 1:
                patterns.append(("column", 0))
            elif layer == self.layers - 1:
                patterns.append(("convolution", self.last_kernel))
            elif self.inner_convolutions and layer % 4 == 3:
                patterns.append(("convolution", self.kernel))
            else:
                patterns.append(("row", 0))
        return patterns


class SandwichAttention(nn.Module):
    """Self-attention whose keys and values are cached."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query_key_value = nn.Linear(width, 3 * width)
        self.dense = nn.Linear(width, width)

    def forward(self, x: Tensor, past: KeyValueCache, layer: int, shown: Shown) -> Tensor:
        """Attend from x [count, n, width] to all positions that are shown."""
        count, n, width = x.shape
        parts = self.query_key_value(x).view(count, n, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)
        mask, visible = (shown, None) if isinstance(shown, Tensor) else (None, shown)
        keys, values = past.write(layer, key, value, visible)
        out = F.scaled_dot_product_attention(query, keys, values, attn_mask=mask)
        return self.dense(out.transpose(1, 2).reshape(count, n, width))  # type: ignore[no-any-return]


class SandwichFeedForward(nn.Module):
    """Two linear maps with the tanh form of GELU between them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.dense_h_to_4h = nn.Linear(width, 4 * width)
        self.dense_4h_to_h = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Map x [..., width] to the same shape."""
        return self.dense_4h_to_h(F.gelu(self.dense_h_to_4h(x), approximate="tanh"))  # type: ignore[no-any-return]


class SandwichLayer(nn.Module):
    """Attention and feed-forward, each between two normalisations."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.input_layernorm = nn.LayerNorm(width)
        self.attention = SandwichAttention(width, heads)
        self.before_first_addition_layernorm = nn.LayerNorm(width)
        self.post_attention_layernorm = nn.LayerNorm(width)
        self.mlp = SandwichFeedForward(width)
        self.before_second_addition_layernorm = nn.LayerNorm(width)

    def forward(self, x: Tensor, past: KeyValueCache, layer: int, shown: Shown) -> Tensor:
        """Map x [count, n, width] to the same shape."""
        attended = self.attention(self.input_layernorm(x), past, layer, shown)
        x = x + self.before_first_addition_layernorm(attended)
        inner = self.mlp(self.post_attention_layernorm(x))
        return x + self.before_second_addition_layernorm(inner)  # type: ignore[no-any-return]


class SandwichTransformer(nn.Module):
    """The layers, with their masks and a last normalisation."""

    def __init__(self, shape: SandwichShape) -> None:
        super().__init__()
        self.shape = shape
        self.patterns = shape.patterns()
        self.layers = nn.ModuleList(
            SandwichLayer(shape.width, shape.heads) for _ in range(shape.layers)
        )
        self.final_layernorm = nn.LayerNorm(shape.width)

    def draft_cache(self, text: KeyValueCache, count: int) -> KeyValueCache:
        """Return a cache for *count* drafts after a text, as that of a single one holds it."""
        shape = self.shape
        return text.repeated(
            count, shape.drawn_length, prefix=shape.text, window=most_codes_seen(shape)
        )

    def new_cache(self, count: int, length: int) -> KeyValueCache:
        """Return an empty cache of so many positions for *count* drafts."""
        shape, like = self.shape, self.final_layernorm.weight
        return KeyValueCache(
            shape.layers,
            count,
            shape.heads,
            length=length,
            width=shape.width // shape.heads,
            like=like,
        )

    def forward(self, x: Tensor, past: KeyValueCache) -> Tensor:
        """Map x [count, n, width], the positions after those in the cache, to the same shape."""
        start, n = past.filled, x.shape[1]
        shown: dict[tuple[Pattern, int], Shown] = {}
        for pattern, mask in _masks(self.shape).items():
            part = mask[start : start + n, : start + n]
            one = n == 1 and start >= past.prefix
            shown[pattern] = shown_slices(part[0, past.prefix :]) if one else part.to(x.device)
        for number, (layer, pattern) in enumerate(zip(self.layers, self.patterns, strict=True)):
            x = layer(x, past, number, shown[pattern])
        past.advance(n)
        return self.final_layernorm(x)  # type: ignore[no-any-return]


@cache
def _masks(shape: SandwichShape) -> Mapping[tuple[Pattern, int], Tensor]:
    """Return the mask of each pattern."""
    return {
        (pattern, kernel): attention_mask(
            pattern,
            shape.text,
            shape.side,
            right=shape.right,
            kernel=kernel,
            wraps=shape.wraps,
        )
        for pattern, kernel in {*shape.patterns()}
    }


@cache
def most_codes_seen(shape: SandwichShape) -> int:
    """Return how many codes, its own among them, a code sees at most in a layer."""
    codes = slice(shape.text, shape.text + shape.side**2)
    return max(int(mask[codes, codes].sum(1).max()) for mask in _masks(shape).values())


def split_logits(weights: Mapping[str, Tensor], shape: SandwichShape) -> dict[str, Tensor]:
    """Return a checkpoint's weights with those of the logits under the names of `TextCodeModel`.

    A step needs the logits of codes or those of words; those of special codes are never drawn.

    Raises KeyError where they are missing.
    """
    split = {key: value for key, value in weights.items() if not key.startswith("to_logits.")}
    words = shape.text_vocabulary
    for part in ("weight", "bias"):
        split[f"norm_before_logits.{part}"] = weights[f"to_logits.0.{part}"]
        rows = weights[f"to_logits.1.{part}"]
        split[f"to_code_logits.{part}"] = rows[words : words + shape.codes]
        if shape.right:
            split[f"to_word_logits.{part}"] = rows[:words]
    return split


class TextCodeModel(nn.Module):
    """Words and codes -> logits of the next code, or of the next word of the right text.

    Checkpoints have the rows of both logits in one matrix, `to_logits`: see `split_logits`.
    """

    def __init__(self, shape: SandwichShape) -> None:
        super().__init__()
        self.shape = shape
        width = shape.width
        self.text_embeddings = nn.Embedding(shape.text_vocabulary, width)
        self.image_embeddings = nn.Embedding(shape.code_vocabulary, width)
        if shape.right:
            self.l_text_pos_embeddings = nn.Embedding(shape.text + 1, width)
            self.r_text_pos_embeddings = nn.Embedding(shape.right + 1, width)
        else:
            self.text_pos_embeddings = nn.Embedding(shape.text + 1, width)
        self.image_row_embeddings = nn.Embedding(shape.side, width)
        self.image_col_embeddings = nn.Embedding(shape.side, width)
        self.transformer = SandwichTransformer(shape)
        self.norm_before_logits = nn.LayerNorm(width)
        self.to_code_logits = nn.Linear(width, shape.codes)
        if shape.right:
            self.to_word_logits = nn.Linear(width, shape.text_vocabulary)

    def read_text(self, words: Sequence[int], past: KeyValueCache) -> Tensor:
        """Read the first text, of full length, into the cache; return the logits of the first code.

        Returns float32 [1, codes].
        """
        positions = self.l_text_pos_embeddings if self.shape.right else self.text_pos_embeddings
        ids = torch.tensor([list(words)], device=positions.weight.device)
        x = self.text_embeddings(ids) + positions.weight[: ids.shape[1]]
        return self._code_logits(self.transformer(x, past)[:, -1])

    def read_codes(self, codes: Tensor, past: KeyValueCache) -> Tensor:
        """Read codes [count, n] after those in the cache; return the logits after the last.

        Returns float32 [count, codes].
        """
        return self._code_logits(self._hidden(codes, past)[:, -1])

    def code_logits(self, codes: Tensor, past: KeyValueCache) -> Tensor:
        """Read codes as `read_codes`; return the logits float32 [count, n, codes] after each."""
        return self._code_logits(self._hidden(codes, past))

    def read_right_text(self, words: Tensor, past: KeyValueCache) -> Tensor:
        """Read words [count, n] that follow the codes; return the logits of the words after each.

        Returns float32 [count, n, words].
        """
        first = past.filled - self.shape.text - self.shape.side**2
        places = self.r_text_pos_embeddings.weight[first : first + words.shape[1]]
        hidden = self.transformer(self.text_embeddings(words) + places, past)
        return self.to_word_logits(self.norm_before_logits(hidden)).float()  # type: ignore[no-any-return]

    def _hidden(self, codes: Tensor, past: KeyValueCache) -> Tensor:
        first = past.filled - self.shape.text - self.shape.leading
        hidden: Tensor = self.transformer(self._embedded(codes, first), past)
        return hidden

    def _embedded(self, codes: Tensor, first: int) -> Tensor:
        places = torch.arange(first, first + codes.shape[1], device=codes.device)
        rows = self.image_row_embeddings(places // self.shape.side)
        columns = self.image_col_embeddings(places % self.shape.side)
        return self.image_embeddings(codes) + rows + columns  # type: ignore[no-any-return]

    def _code_logits(self, hidden: Tensor) -> Tensor:
        """Return logits float32 [..., codes] of hidden [..., width]."""
        return self.to_code_logits(self.norm_before_logits(hidden)).float()  # type: ignore[no-any-return]
