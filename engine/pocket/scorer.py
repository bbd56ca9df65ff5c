"""The networks of the pocket guide: a small image encoder and a small text encoder."""

import re
import unicodedata
import zlib
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

DIM = 192  # of the embeddings of both encoders
SIDE = 64  # pixels on each side of a picture
BUCKETS = 8192
MAX_WORDS = 16
MAX_GRAMS = 24
_WORD = re.compile(r"[^\W_]+|[^\w\s]")


def words(text: str) -> list[str]:
    """Split into lower-case words, with ё as е, and symbols (an emoji is a name too)."""
    plain = unicodedata.normalize("NFC", text).lower().replace("ё", "е").replace("\ufe0f", "")
    return [w for w in _WORD.findall(plain) if w.isalnum() or unicodedata.category(w) == "So"]


def grams(word: str) -> list[int]:
    """Return the hash buckets of a word and of its n-grams of 3 to 5 letters (Bojanowski 2017).

    Inflected forms and typos share most n-grams, so no table of inflections is needed.
    """
    framed = f"<{word}>"
    parts = [framed]
    for size in (3, 4, 5):
        parts += [framed[i : i + size] for i in range(len(framed) - size + 1)]
    unique = list(dict.fromkeys(parts))[:MAX_GRAMS]
    return [1 + zlib.crc32(part.encode()) % BUCKETS for part in unique]


def tokenize(texts: Sequence[str]) -> Tensor:
    """Return the buckets [n, words, grams] of n texts, padded with 0."""
    lists = [[grams(w) for w in words(text)[:MAX_WORDS]] or [[]] for text in texts]
    out = torch.zeros(len(lists), max(map(len, lists)), MAX_GRAMS, dtype=torch.long)
    for i, row in enumerate(lists):
        for j, ids in enumerate(row):
            out[i, j, : len(ids)] = torch.tensor(ids, dtype=torch.long)
    return out


class TextTower(nn.Module):
    """A transformer over words, each the mean of its n-grams' embeddings."""

    def __init__(self, width: int = 128, layers: int = 2) -> None:
        super().__init__()
        self.grams = nn.Embedding(BUCKETS + 1, width, padding_idx=0)
        self.places = nn.Parameter(torch.randn(MAX_WORDS, width) * 0.02)
        layer = nn.TransformerEncoderLayer(
            width, 4, 4 * width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, DIM, bias=False)

    def forward(self, buckets: Tensor) -> Tensor:
        """Map buckets [n, words, grams] to unit vectors [n, DIM]."""
        count = (buckets > 0).sum(-1, keepdim=True)
        x = self.grams(buckets).sum(2) / count.clamp(min=1)
        x = F.layer_norm(x, x.shape[-1:]) + self.places[: x.shape[1]]
        present = count > 0  # [n, words, 1]
        present[:, 0] = True  # an empty text has one word of zeros
        x = self.norm(self.layers(x, src_key_padding_mask=~present.squeeze(-1)))
        pooled = (x * present).sum(1) / present.sum(1)
        return F.normalize(self.out(pooled), dim=-1)


def _block(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.SiLU()
    )


class ImageTower(nn.Module):
    """Convolutions with average pooling, which keeps the gradient on the picture smooth."""

    def __init__(self, widths: Sequence[int] = (24, 48, 96, 160, 256)) -> None:
        super().__init__()
        sizes = (3, *widths)
        self.blocks = nn.ModuleList(_block(a, b) for a, b in pairwise(sizes))
        self.last = _block(widths[-1], widths[-1])
        self.out = nn.Linear(2 * widths[-1], DIM, bias=False)

    def features(self, pictures: Tensor) -> list[Tensor]:
        """Return the output of each block: from [n, 24, 64, 64] to [n, 256, 4, 4]."""
        x, outputs = pictures, []
        for i, block in enumerate(self.blocks):
            x = block(F.avg_pool2d(x, 2) if i else x)
            outputs.append(x)
        return outputs

    def pooled(self, pictures: Tensor) -> Tensor:
        """Map normalised pictures [n, 3, 64, 64] to mean and maximum of the last block [n, 512]."""
        x = self.features(pictures)[-1]
        x = x + self.last(x)
        return torch.cat([x.mean((2, 3)), x.amax((2, 3))], dim=1)

    def forward(self, pictures: Tensor) -> Tensor:
        """Map normalised pictures [n, 3, 64, 64] to unit vectors [n, DIM] in float32."""
        return F.normalize(self.out(self.pooled(pictures)).float(), dim=-1)
