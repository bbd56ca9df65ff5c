"""What all drafters have in common: what they are told, and how they are asked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from engine.drafters.codes import Codes
from engine.drafters.sampling import Sampling, uniform_numbers

KEPT = 4  # the part of a picture that one like it shares with it


@dataclass(frozen=True)
class DraftRequest:
    """What a drafter is told about the drafts.

    text: the words, as one text; empty for a drafter that reads none.
    cells: height and width of the grid.
    count: how many drafts.
    sampling: None for the drafter's own.
    given: cells that stay as they are: indices and known of `Codes`, of any count.
    seeds: of each draft, where each is the first of a request of its own; else empty.
    near: the seed of a draft whose upper quarter stays.
    condition: a label map int64, or a depth map float32, [height, width] in pixels; for those that
        ask for one.
    """

    text: str
    cells: tuple[int, int]
    count: int
    seed: int
    sampling: Sampling | None = None
    given: Codes | None = None
    seeds: tuple[int, ...] = ()
    near: int | None = None
    condition: Tensor | None = None

    def numbers(self) -> Tensor:
        """Return one number float64 [count, cells] of 0..1 for each cell of each draft.

        Codes are drawn in reading order: with the numbers of another draft in its first cells, a
        draft begins as that one does.
        """
        height, width = self.cells
        if self.seeds:
            each = [uniform_numbers(seed, 1, height * width) for seed in self.seeds]
            numbers = torch.cat(each)
        else:
            numbers = uniform_numbers(self.seed, self.count, height * width)
        if self.near is not None:
            kept = height // KEPT * width
            numbers[:, :kept] = uniform_numbers(self.near, 1, height * width)[:, :kept]
        return numbers

    def start(self) -> Codes:
        """Return the grids before anything is drawn."""
        if self.given is None:
            return Codes.unknown(self.count, *self.cells)
        return Codes.given(self.count, self.given.indices[0], self.given.known)


class Drafter(Protocol):
    """Words, a map or nothing -> grids of a VQGAN's codes."""

    name: str
    vqgan: str  # whose codes they are
    reads: frozenset[str]  # scripts; empty if it reads no words
    codes: int  # how many the drafter knows
    side: int  # cells on the shorter side of its grids
    sampling: Sampling  # its own
    asks: str  # for a map of this kind, "labels" or "depth"; empty for none
    named: Mapping[str, int]  # the labels that the colours of a sketch stand for
    codebook: str  # `codebook_digest` of its VQGAN; empty where its file does not tell

    def draft(self, request: DraftRequest, known: Codes | None = None) -> Iterator[Codes]:
        """Yield the grids as they grow, about once a row; the last ones are complete.

        known: grids that an earlier run has yielded, to go on from.
        """
        ...

    def memory(self, request: DraftRequest) -> int:
        """Return the bytes that drafting takes beside the weights."""
        ...
