"""Draw grids of codes one by one, each from those before it in reading order."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import torch
from torch import Tensor

from engine.drafters.codes import Codes
from engine.drafters.sampling import Sampling, draw


class CodeReader(Protocol):
    """A transformer that has read the words of a prompt, and codes after them."""

    exact: bool  # many codes read at once give the logits of reading them one by one

    def restart(self) -> Tensor:
        """Forget the codes; return the logits [count, codes] of the first one."""
        ...

    def read(self, codes: Tensor) -> Tensor:
        """Read codes [count, n]; return the logits [count, codes] of the next one."""
        ...


def reading_orders(height: int, width: int, side: int) -> list[Tensor]:
    """Return the sequences of cells, flat indices, in which a grid is drawn.

    A model of side x side codes draws another grid as several of its own pictures, each from its
    beginning (ru-dalle's aspect ratios):

    tall, width = side: row i follows the last floor(side * i / height) rows alone, so that the
        model takes it to be as far down its picture as it is down the grid;
    wide, height = side: strips of `side` columns, each with the right half of the one before as
        its left half.

    Raises ValueError for a grid of neither kind.
    """
    cells = torch.arange(height * width).view(height, width)
    if width == side:
        tops = [row - side * row // max(height, side) for row in range(height)]
        last_rows = {top: row for row, top in enumerate(tops)}
        return [cells[top : last + 1].flatten() for top, last in last_rows.items()]
    if height == side and width > side:
        lefts = [*range(0, width - side, side // 2), width - side]
        return [cells[:, left : left + side].flatten() for left in lefts]
    raise ValueError(f"no reading order for {height} x {width} codes of a model of {side}")


def draw_codes(
    reader: CodeReader, codes: Codes, orders: Sequence[Tensor], sampling: Sampling, numbers: Tensor
) -> Iterator[Codes]:
    """Draw the cells that are not known, and yield the grids after each row of a sequence.

    numbers: [count, cells], of `DraftRequest.numbers`. With the same ones a draft has the same
        codes whatever the number of drafts beside it and wherever the drawing began anew, up to
        rounding of the logits.
    """
    count, height, width = codes.indices.shape
    indices, known = codes.indices.flatten(1).clone(), codes.known.flatten().clone()
    perplexities = codes.perplexities.clone()

    def snapshot() -> Codes:
        shape = (height, width)
        return Codes(
            indices.view(count, *shape).clone(), known.view(shape).clone(), perplexities.clone()
        )

    for order in orders:
        cells = order.tolist()
        if known[order].all():
            continue
        logits = reader.restart()
        unread: list[int] = []
        drawn = False  # since the grids were shown
        for place, cell in enumerate(cells):
            if not known[cell]:
                if unread:
                    logits = _read(reader, indices[:, unread])
                chosen = draw(sampling.probabilities(logits), numbers[:, cell]).cpu()
                indices[:, cell], known[cell] = chosen, True
                perplexities += _perplexity(logits, chosen)
                unread, drawn = [], True
            row_ends = place + 1 == len(cells) or cells[place + 1] // width != cell // width
            if row_ends and drawn:
                yield snapshot()
                drawn = False
            unread.append(cell)


def _read(reader: CodeReader, codes: Tensor) -> Tensor:
    if reader.exact:
        return reader.read(codes)
    for column in codes.split(1, dim=1):
        logits = reader.read(column)
    return logits


def _perplexity(logits: Tensor, chosen: Tensor) -> Tensor:
    """Return exp of the cross-entropy float64 [count] of codes [count]."""
    log_probability = logits.double().log_softmax(-1).cpu()
    return torch.exp(-log_probability.gather(1, chosen.unsqueeze(1)).squeeze(1))
