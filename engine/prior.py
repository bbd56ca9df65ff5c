"""A prior over a VQGAN's codes: from a guide's text vector to a first draft of the picture.

A causal transformer reads and writes the codes row by row, as DALL-E did it (Ramesh et al. 2021);
it is held to the words by classifier-free guidance (Ho, Salimans 2022).
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Memory = tuple[Tensor, Tensor]  # a layer's keys and values [n, heads, places, width of a head]


class Layer(nn.Module):
    """Attention to what is already written, then two dense layers; the words join at its door."""

    def __init__(self, width: int, heads: int, condition: int) -> None:
        super().__init__()
        self.heads = heads
        self.words = nn.Linear(condition, width)
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.dense = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(
        self, x: Tensor, words: Tensor, seen: Memory | None = None
    ) -> tuple[Tensor, Memory]:
        """x [n, t, width], words [n, condition]; with `seen`, x is the one place after it."""
        n, t, width = x.shape
        x = x + self.words(words).unsqueeze(1)
        q, k, v = (
            part.view(n, t, self.heads, -1).transpose(1, 2)
            for part in self.qkv(self.before(x)).chunk(3, dim=2)
        )
        if seen is not None:
            k, v = torch.cat([seen[0], k], dim=2), torch.cat([seen[1], v], dim=2)
        read = F.scaled_dot_product_attention(q, k, v, is_causal=seen is None)
        x = x + self.out(read.transpose(1, 2).reshape(n, t, width))
        return x + self.dense(self.between(x)), (k, v)


class Prior(nn.Module):
    """Logits of the next code [n, cells * cells, codes], from the codes before it and the words."""

    def __init__(
        self,
        *,
        codes: int = 1024,
        cells: int = 8,
        condition: int = 192,
        width: int = 256,
        layers: int = 4,
        heads: int = 4,
    ) -> None:
        super().__init__()
        self.cells = cells
        self.codes = nn.Embedding(codes + 1, width)  # the last one stands before the first cell
        self.rows = nn.Parameter(torch.randn(cells, 1, width) * 0.02)
        self.columns = nn.Parameter(torch.randn(1, cells, width) * 0.02)
        self.layers = nn.ModuleList(Layer(width, heads, condition) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, codes)

    @classmethod
    def of(cls, weights: Mapping[str, Tensor]) -> "Prior":
        """The prior of a checkpoint, whose shapes tell its own."""
        codes, width = weights["codes.weight"].shape
        layers = len({key.split(".")[1] for key in weights if key.startswith("layers.")})
        condition = weights["layers.0.words.weight"].shape[1]
        cells = len(weights["rows"])
        prior = cls(codes=codes - 1, cells=cells, condition=condition, width=width, layers=layers)
        prior.load_state_dict({key: value.float() for key, value in weights.items()})
        return prior.eval().requires_grad_(False)

    def forward(self, codes: Tensor, words: Tensor) -> Tensor:
        """All at once, for learning: codes [n, cells * cells], words [n, condition]."""
        x = self._read(self._shifted(codes), 0)
        for layer in self.layers:
            x, _ = layer(x, words)
        return self.head(self.norm(x))  # type: ignore[no-any-return]

    def _shifted(self, codes: Tensor) -> Tensor:
        first = codes.new_full((len(codes), 1), self.codes.num_embeddings - 1)
        return torch.cat([first, codes[:, :-1]], dim=1)

    def _read(self, codes: Tensor, place: int) -> Tensor:
        places = (self.rows + self.columns).flatten(0, 1)
        return self.codes(codes) + places[place : place + codes.shape[1]]  # type: ignore[no-any-return]

    @torch.no_grad()
    def sample(
        self,
        words: Tensor,
        weights: Tensor,
        count: int,
        generator: torch.Generator,
        *,
        strength: float = 2.0,
    ) -> Tensor:
        """Draws codes [count, cells, cells] for phrases [k, condition] with weights [k].

        Each phrase pushes away from the picture of no words, by its weight and in its sign
        (Liu et al. 2022); `strength` 1 is the plain distribution of a single phrase.
        """
        k, device = len(words), words.device
        pull = (strength * weights / weights.abs().sum()).view(k, 1, 1)
        told = torch.cat([words, torch.zeros_like(words[:1])]).repeat_interleave(count, dim=0)
        written = torch.full((count, 1), self.codes.num_embeddings - 1, device=device)
        memory: list[Memory | None] = [None] * len(self.layers)
        for place in range(self.cells**2):
            x = self._read(written[:, -1:].repeat(k + 1, 1), place)
            for i, layer in enumerate(self.layers):
                x, memory[i] = layer(x, told, memory[i])
            logits = self.head(self.norm(x[:, -1])).view(k + 1, count, -1)
            plain = logits[-1]
            chances = (plain + (pull * (logits[:-1] - plain)).sum(0)).softmax(1)
            drawn = torch.multinomial(chances.cpu(), 1, generator=generator)
            written = torch.cat([written, drawn.to(device)], dim=1)
        return written[:, 1:].view(count, self.cells, self.cells)
