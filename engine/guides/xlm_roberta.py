"""XLM-RoBERTa (arXiv 1911.02116) as the text encoder of a CLIP, with open_clip's parameter names.

open_clip itself would need the package transformers and a configuration from the network.
`tests/conformance` compares this encoder with theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional as F

PADDING = 1  # id of padding; positions are counted from the number after it
POSITIONS = 514


@dataclass(frozen=True)
class XlmShape:
    """Sizes of a text encoder."""

    width: int
    layers: int
    heads: int
    vocabulary: int = 250_002


SHAPES = {
    "xlm-roberta-base": XlmShape(768, 12, 12),
    "xlm-roberta-large": XlmShape(1024, 24, 16),
}


class Embeddings(nn.Module):
    """The sum of token, position and type embeddings, normalised."""

    def __init__(self, width: int, vocabulary: int) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(vocabulary, width)
        self.position_embeddings = nn.Embedding(POSITIONS, width)
        self.token_type_embeddings = nn.Embedding(1, width)  # all texts have the same type
        self.LayerNorm = nn.LayerNorm(width, eps=1e-5)

    def forward(self, ids: Tensor) -> Tensor:
        """Map ids [n, t] to vectors [n, t, width]."""
        present = (ids != PADDING).long()
        positions = present.cumsum(1) * present + PADDING
        kind = self.token_type_embeddings.weight[0]
        tokens = self.word_embeddings(ids) + self.position_embeddings(positions) + kind
        return self.LayerNorm(tokens)  # type: ignore[no-any-return]


def _dense(inputs: int, outputs: int, norm: bool = False) -> nn.ModuleDict:
    """Make a linear layer under the name that the weights have for it, with a layer norm."""
    parts: dict[str, nn.Module] = {"dense": nn.Linear(inputs, outputs)}
    if norm:
        parts["LayerNorm"] = nn.LayerNorm(outputs, eps=1e-5)
    return nn.ModuleDict(parts)


class Layer(nn.Module):
    """Attention and a feed-forward layer, each with a residual connection and layer norm."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        projections = {name: nn.Linear(width, width) for name in ("query", "key", "value")}
        self.attention = nn.ModuleDict(
            {"self": nn.ModuleDict(projections), "output": _dense(width, width, norm=True)}
        )
        self.intermediate = _dense(width, 4 * width)
        self.output = _dense(4 * width, width, norm=True)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Map x [n, t, width] to the same shape; `mask` [n, 1, 1, t] is true where tokens are."""
        projections = self.attention["self"]
        query, key, value = (
            projections[name](x).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # type: ignore[index]
            for name in ("query", "key", "value")
        )
        attended = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        x = _residual(self.attention["output"], attended.transpose(1, 2).flatten(2), x)
        return _residual(self.output, F.gelu(self.intermediate["dense"](x)), x)


def _residual(part: nn.Module, new: Tensor, old: Tensor) -> Tensor:
    assert isinstance(part, nn.ModuleDict)
    return part["LayerNorm"](part["dense"](new) + old)  # type: ignore[no-any-return]


class XlmRoberta(nn.Module):
    """The text encoder: the mean over all tokens, then two linear layers."""

    def __init__(self, shape: XlmShape, out: int) -> None:
        super().__init__()
        layers = nn.ModuleList(Layer(shape.width, shape.heads) for _ in range(shape.layers))
        self.transformer = nn.ModuleDict(
            {
                "embeddings": Embeddings(shape.width, shape.vocabulary),
                "encoder": nn.ModuleDict({"layer": layers}),
            }
        )
        hidden = (shape.width + out) // 2
        self.proj = nn.Sequential(
            nn.Linear(shape.width, hidden, bias=False),
            nn.GELU(),
            nn.Linear(hidden, out, bias=False),
        )

    def forward(self, ids: Tensor) -> Tensor:
        """Map ids [n, t] to vectors [n, out], not normalised."""
        present = ids != PADDING
        x: Tensor = self.transformer["embeddings"](ids)
        for layer in self.transformer["encoder"]["layer"]:  # type: ignore[index]
            x = layer(x, present[:, None, None])
        weight = present.unsqueeze(-1).to(x.dtype)
        mean = (x * weight).sum(1) / weight.sum(1).clamp(min=1)
        return self.proj(mean)  # type: ignore[no-any-return]


def without_position_ids(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Remove the buffer of position ids, which files of older transformers contain."""
    return {key: value for key, value in weights.items() if not key.endswith("position_ids")}
