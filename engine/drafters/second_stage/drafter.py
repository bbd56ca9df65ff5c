"""VQGAN's second stage: a transformer over codes, by a class, a map, coordinates, or nothing."""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from engine.drafters.autoregression import draw_codes, reading_orders
from engine.drafters.codes import Codes
from engine.drafters.drafter import DraftRequest
from engine.drafters.networks.mingpt import Gpt
from engine.drafters.sampling import Sampling
from engine.drafters.second_stage.classes import class_of
from engine.drafters.second_stage.conditions import (
    coordinate_indices,
    depth_indices,
    label_indices,
)
from engine.drafters.second_stage.config import Kind
from engine.drafters.second_stage.sliding_window import SlidingWindow
from engine.errors import EngineError
from engine.networks.vqgan import VQGAN
from store.reader.scripts import SCRIPTS

SIDE = 16  # cells of a window
SAMPLING: Mapping[Kind, Sampling] = {  # as published
    "none": Sampling(top_k=250),
    "class": Sampling(top_k=600, top_p=0.92),
    "coordinates": Sampling(top_k=100),
    "depth": Sampling(top_k=100),
    "labels": Sampling(top_k=100),
}


class SecondStageDrafter:
    """The transformer that learned the codes of one VQGAN.

    kind: of its condition; a class is named by the words of the request.
    first: the index that stands before the codes where there is no condition.
    encoder: of maps, the condition's VQGAN; labels: how many it knows.
    named: the labels that the colours of a sketch stand for; from_one: `label_indices` tells.
    codebook: `codebook_digest` of its VQGAN, where its file tells.
    """

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
        named: Mapping[str, int] | None = None,
        from_one: bool = False,
        codebook: str = "",
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
        self.named: Mapping[str, int] = named or {}
        self.from_one = from_one
        self.codebook = codebook
        self.sampling = SAMPLING[kind]
        self.reads = frozenset(SCRIPTS if kind == "class" else ())
        self.codes = gpt.shape.vocabulary

    @torch.no_grad()
    def draft(self, request: DraftRequest, known: Codes | None = None) -> Iterator[Codes]:
        """Yield the grids about once a row.

        Raises EngineError for a grid that the model cannot draw, for a class that it does not
        know, and for a map that is missing, of another size or with unknown labels.
        """
        sampling = request.sampling or self.sampling
        start = known if known is not None else request.start()
        if self.kind in ("none", "class"):
            self._check_one_window(request)
            told = class_of(request.text) if self.kind == "class" else self.first
            prefix = torch.tensor([told])
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
        size = self.gpt.ln_f.weight.element_size()
        prefix = 1 if self.kind in ("none", "class") else SIDE**2
        positions = request.count * shape.block + prefix
        per_position = 2 * shape.layers * shape.width * size
        return positions * per_position + request.count * shape.vocabulary * 32

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
        return label_indices(request.condition, self.encoder, self.labels, from_one=self.from_one)


class PrefixReader:
    """The transformer with the condition that it has read, once for all drafts."""

    def __init__(self, gpt: Gpt, prefix: Tensor, count: int) -> None:
        weight = gpt.ln_f.weight
        self.gpt = gpt
        self.count = count
        self.exact = weight.dtype == torch.float32
        self._device = weight.device
        first = gpt.new_cache(1, len(prefix))
        self._logits = gpt(prefix[None].to(self._device), first)[:, -1]
        self._past = first.repeated(count, gpt.shape.block)
        self._prefix = len(prefix)

    def restart(self) -> Tensor:
        """Forget the codes; return the logits [count, codes] of the first one."""
        self._past.forget_after(self._prefix)
        return self._logits.expand(self.count, -1)  # type: ignore[no-any-return]

    def read(self, codes: Tensor) -> Tensor:
        """Read codes [count, n]; return the logits [count, codes] of the next one."""
        hidden = self.gpt.hidden(codes.to(self._device), self._past)
        logits: Tensor = self.gpt.logits(hidden[:, -1])
        return logits
