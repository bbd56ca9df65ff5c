"""XLM-RoBERTa (arXiv 1911.02116) as the text tower of a CLIP, its weights named as open_clip's.

open_clip itself would ask for the package transformers and for a configuration from the network.
`tests/conformance` holds this tower against theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional as F

PADDING = 1  # the id of no word; places are counted from the one after it
PLACES = 514


@dataclass(frozen=True)
class XlmShape:
    """Sizes of a text tower."""

    width: int
    layers: int
    heads: int
    vocabulary: int = 250_002


SHAPES = {
    "xlm-roberta-base": XlmShape(768, 12, 12),
    "xlm-roberta-large": XlmShape(1024, 24, 16),
}


class Embeddings(nn.Module):
    """Ids [n, t] -> vectors [n, t, width] of the words and of their places."""

    def __init__(self, width: int, vocabulary: int) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(vocabulary, width)
        self.position_embeddings = nn.Embedding(PLACES, width)
        self.token_type_embeddings = nn.Embedding(1, width)  # all texts are of one kind
        self.LayerNorm = nn.LayerNorm(width, eps=1e-5)

    def forward(self, ids: Tensor) -> Tensor:
        given = (ids != PADDING).long()
        places = given.cumsum(1) * given + PADDING
        kind = self.token_type_embeddings.weight[0]
        words = self.word_embeddings(ids) + self.position_embeddings(places) + kind
        return self.LayerNorm(words)  # type: ignore[no-any-return]


def _dense(inputs: int, outputs: int, norm: bool = False) -> nn.ModuleDict:
    """A layer under the name that the weights have for it, with the norm behind it."""
    parts: dict[str, nn.Module] = {"dense": nn.Linear(inputs, outputs)}
    if norm:
        parts["LayerNorm"] = nn.LayerNorm(outputs, eps=1e-5)
    return nn.ModuleDict(parts)


class Layer(nn.Module):
    """Attention and two dense layers, each followed by a norm of itself with its input."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        three = {name: nn.Linear(width, width) for name in ("query", "key", "value")}
        self.attention = nn.ModuleDict(
            {"self": nn.ModuleDict(three), "output": _dense(width, width, norm=True)}
        )
        self.intermediate = _dense(width, 4 * width)
        self.output = _dense(4 * width, width, norm=True)

    def forward(self, x: Tensor, seen: Tensor) -> Tensor:
        """x [n, t, width]; seen [n, 1, 1, t] is where there are words."""
        three = self.attention["self"]
        query, key, value = (
            three[name](x).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # type: ignore[index]
            for name in ("query", "key", "value")
        )
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        x = _added(self.attention["output"], mixed.transpose(1, 2).flatten(2), x)
        return _added(self.output, F.gelu(self.intermediate["dense"](x)), x)


def _added(part: nn.Module, new: Tensor, old: Tensor) -> Tensor:
    assert isinstance(part, nn.ModuleDict)
    return part["LayerNorm"](part["dense"](new) + old)  # type: ignore[no-any-return]


class XlmRoberta(nn.Module):
    """Ids [n, t] -> vectors [n, out]: the mean over the words, then two dense layers."""

    def __init__(self, shape: XlmShape, out: int) -> None:
        super().__init__()
        layers = nn.ModuleList(Layer(shape.width, shape.heads) for _ in range(shape.layers))
        self.transformer = nn.ModuleDict(
            {
                "embeddings": Embeddings(shape.width, shape.vocabulary),
                "encoder": nn.ModuleDict({"layer": layers}),
            }
        )
        between = (shape.width + out) // 2
        self.proj = nn.Sequential(
            nn.Linear(shape.width, between, bias=False),
            nn.GELU(),
            nn.Linear(between, out, bias=False),
        )

    def forward(self, ids: Tensor) -> Tensor:
        given = ids != PADDING
        x: Tensor = self.transformer["embeddings"](ids)
        for layer in self.transformer["encoder"]["layer"]:  # type: ignore[index]
            x = layer(x, given[:, None, None])
        weight = given.unsqueeze(-1).to(x.dtype)
        mean = (x * weight).sum(1) / weight.sum(1).clamp(min=1)
        return self.proj(mean)  # type: ignore[no-any-return]


def fitting(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Without the list of places that older files of transformers carried along."""
    return {key: value for key, value in weights.items() if not key.endswith("position_ids")}
