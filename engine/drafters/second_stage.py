"""VQGAN's second stage: a transformer over codes, by a class, a map, coordinates, or nothing."""

from collections.abc import Iterator
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.drafters.autoregression import draw_codes, reading_orders
from engine.drafters.codes import Codes
from engine.drafters.drafter import DraftRequest
from engine.drafters.networks.mingpt import Gpt
from engine.drafters.sampling import Sampling
from engine.drafters.sliding_window import SlidingWindow
from engine.errors import EngineError
from engine.networks.vqgan import VQGAN

SIDE = 16  # cells of a window
Kind = Literal["none", "class", "coordinates", "depth", "labels"]


def coordinate_indices(height: int, width: int, cell: int, codes: int) -> Tensor:
    """Return where each cell lies in its picture, as indices int64 [height, width].

    The place of a pixel is its number in reading order over the number of all; a cell has the mean
    of its pixels, in *codes* steps.
    """
    rows, columns = height * cell, width * cell
    places = torch.arange(rows * columns, dtype=torch.float64).view(1, 1, rows, columns)
    mean = F.avg_pool2d(places / (rows * columns), cell)
    return (mean * codes).clamp(0, codes).round().long()[0, 0]


def label_indices(labels: Tensor, vqgan: VQGAN, count: int) -> Tensor:
    """Return a label map int64 [height, width] as indices of the condition's VQGAN.

    count: of labels; raises EngineError for a label beyond them.
    """
    least, most = int(labels.min()), int(labels.max())
    if least < 0 or most >= count:
        raise EngineError("map-labels", value=most if most >= count else least, limit=count - 1)
    channels = F.one_hot(labels, count).permute(2, 0, 1)[None].float()
    return _indices(channels, vqgan)


def depth_indices(depth: Tensor, vqgan: VQGAN) -> Tensor:
    """Return a depth map [height, width] of 0..1 as indices of the condition's VQGAN."""
    return _indices(depth[None, None].float() * 2 - 1, vqgan)


def _indices(channels: Tensor, vqgan: VQGAN) -> Tensor:
    """Encode channels [1, c, h, w] as they are: `encode` expects 0..1 and makes -1..1 of it."""
    channels = channels.to(vqgan.codebook.device)
    return vqgan.nearest(vqgan.encode((channels + 1) / 2))[0].cpu()


class SecondStageDrafter:
    """The transformer that learned the codes of one VQGAN.

    kind: of its condition.
    first: the index that stands before the codes: the start's, or by the request's class.
    encoder: of maps, the condition's VQGAN; labels: how many it knows.
    """

    reads: frozenset[str] = frozenset()
    side = SIDE

    def __init__(
        self,
        name: str,
        vqgan: str,
        gpt: Gpt,
        kind: Kind,
        *,
        cell: int = 16,
        first: int = 0,
        encoder: VQGAN | None = None,
        labels: int = 0,
        sampling: Sampling = Sampling(top_k=100),  # noqa: B008 - immutable
    ) -> None:
        self.name = name
        self.vqgan = vqgan
        self.gpt = gpt
        self.kind = kind
        self.asks: str = kind if kind in ("labels", "depth") else ""
        self.cell = cell
        self.first = first
        self.encoder = encoder
        self.labels = labels
        self.sampling = sampling
        self.codes = gpt.shape.vocabulary

    @torch.no_grad()
    def draft(self, request: DraftRequest, known: Codes | None = None) -> Iterator[Codes]:
        """Yield the grids about once a row.

        Raises EngineError for a grid that the model cannot draw, and for a map that is missing, of
        another size or with unknown labels.
        """
        sampling = request.sampling or self.sampling
        start = known if known is not None else request.start()
        if self.kind in ("none", "class"):
            self._check_one_window(request)
            prefix = torch.tensor([self.first])
        else:
            condition = self._condition(request)
            if request.cells != (SIDE, SIDE):
                window = SlidingWindow(self.gpt, condition, SIDE)
                yield from window.draw(start, sampling, request.numbers())
                return
            prefix = condition.flatten()
        reader = PrefixReader(self.gpt, prefix, request.count)
        orders = reading_orders(*request.cells, SIDE)
        yield from draw_codes(reader, start, orders, sampling, request.numbers())

    def memory(self, request: DraftRequest) -> int:
        """Return the bytes of the keys and values, or of a batch of windows."""
        shape = self.gpt.shape
        size = self.gpt.head.weight.element_size()
        cache = 2 * shape.layers * shape.width * shape.block * size
        return (request.count + 1) * cache + request.count * shape.vocabulary * 32

    def _check_one_window(self, request: DraftRequest) -> None:
        height, width = request.cells
        if width != SIDE or height > SIDE:
            side = SIDE * self.cell
            raise EngineError("drafter-size", name=self.name, width=side, height=side)

    def _condition(self, request: DraftRequest) -> Tensor:
        height, width = request.cells
        if min(height, width) < SIDE:
            side = SIDE * self.cell
            raise EngineError("drafter-size-least", name=self.name, width=side, height=side)
        if self.kind == "coordinates":
            return coordinate_indices(height, width, self.cell, self.gpt.shape.vocabulary)
        wanted = (height * self.cell, width * self.cell)
        if request.condition is None:
            raise EngineError("map-missing", name=self.name)
        if request.condition.shape != wanted:
            shape = request.condition.shape
            raise EngineError(
                "map-size", width=shape[1], height=shape[0], wanted=f"{wanted[1]}x{wanted[0]}"
            )
        assert self.encoder is not None, "a drafter of maps has a VQGAN for them"
        if self.kind == "depth":
            return depth_indices(request.condition, self.encoder)
        return label_indices(request.condition, self.encoder, self.labels)


class PrefixReader:
    """The transformer with the condition that it has read, once for all drafts."""

    def __init__(self, gpt: Gpt, prefix: Tensor, count: int) -> None:
        weight = gpt.head.weight
        self.gpt = gpt
        self.count = count
        self.exact = weight.dtype == torch.float32
        self._device = weight.device
        self._prefix = gpt.new_cache(1)
        self._logits = gpt(prefix[None].to(self._device), self._prefix)[:, -1]
        self._past = self._prefix

    def restart(self) -> Tensor:
        """Forget the codes; return the logits [count, codes] of the first one."""
        self._past = self._prefix.repeated(self.count)
        return self._logits.expand(self.count, -1)  # type: ignore[no-any-return]

    def read(self, codes: Tensor) -> Tensor:
        """Read codes [count, n]; return the logits [count, codes] of the next one."""
        hidden = self.gpt.hidden(codes.to(self._device), self._past)
        logits: Tensor = self.gpt.logits(hidden[:, -1])
        return logits
