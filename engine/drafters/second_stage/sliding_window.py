"""Draw grids of any size by a transformer of square windows (Esser, Rombach, Ommer 2021)."""

from collections.abc import Iterator

import torch
from torch import Tensor

from engine.drafters.codes import Codes
from engine.drafters.networks.mingpt import Gpt
from engine.drafters.sampling import Sampling, draw


def place_in_window(number: int, size: int, side: int) -> int:
    """Return where in its window a cell stands, along one axis of a grid of *size* cells.

    In the middle, except near an edge of the grid, which windows do not cross.
    """
    middle = side // 2
    if number <= middle:
        return number
    if size - number < middle:
        return side - (size - number)
    return middle


class SlidingWindow:
    """Draws each code from the window of side x side cells around it, and from its condition.

    gpt: reads side² indices of the condition's window, then the codes of the window so far.
    condition: indices int64 [height, width], in the same grid as the codes.
    batch: how many windows are read at once.
    """

    def __init__(self, gpt: Gpt, condition: Tensor, side: int, batch: int = 64) -> None:
        if min(condition.shape) < side:
            raise ValueError(f"a grid of {tuple(condition.shape)} is smaller than a window")
        self.gpt = gpt
        self.condition = condition
        self.side = side
        self.batch = batch

    @torch.no_grad()
    def draw(self, codes: Codes, sampling: Sampling, numbers: Tensor) -> Iterator[Codes]:
        """Draw the unknown cells, and yield the grids about once a row.

        numbers: of `DraftRequest.numbers`, [count, cells].

        Cells of several rows are drawn in one batch, as soon as all those that their windows show
        before them are known; each has a number of its own, so the order changes nothing, up to
        rounding of the logits.
        """
        count, height, width = codes.indices.shape
        numbers = numbers.view(count, height, width)
        codes = Codes(codes.indices.clone(), codes.known.clone(), codes.perplexities.clone())
        drawn = 0
        while not codes.complete:
            ready = self._ready(codes.known)
            logits = torch.cat(
                [
                    self._logits(codes.indices, part)
                    for part in ready.split(max(1, self.batch // count))
                ],
                dim=1,
            )
            rows, columns = ready.unbind(1)
            wanted = numbers[:, rows, columns]
            chosen = draw(sampling.probabilities(logits).flatten(0, 1), wanted.flatten())
            chosen = chosen.view(count, len(ready)).cpu()
            codes.indices[:, rows, columns] = chosen
            codes.known[rows, columns] = True
            scores = logits.double().log_softmax(-1).cpu().gather(2, chosen.unsqueeze(2))
            codes.perplexities.add_(torch.exp(-scores.squeeze(2)).sum(1))
            drawn += len(ready)
            if drawn >= width or codes.complete:
                drawn = 0
                yield Codes.restored(codes.state())

    def _ready(self, known: Tensor) -> Tensor:
        """Return the cells [n, 2], at most one of each row, that can be drawn now."""
        height, width = known.shape
        ready = []
        for row in (~known.all(1)).nonzero().flatten().tolist():
            column = int((~known[row]).float().argmax())
            down = place_in_window(row, height, self.side)
            across = place_in_window(column, width, self.side)
            window = self._window(known, row - down, column - across)
            if window[: down * self.side + across].all():
                ready.append((row, column))
        return torch.tensor(ready)

    def _logits(self, indices: Tensor, cells: Tensor) -> Tensor:
        """Return the logits float32 [count, n, codes] of cells [n, 2].

        Attention is causal: what stands in the window after a cell is not read, and shorter
        sequences are padded at their ends.
        """
        count, height, width = indices.shape
        side = self.side
        sequences, lengths = [], []
        for row, column in cells.tolist():
            down, across = (
                place_in_window(row, height, side), place_in_window(column, width, side),
            )  # fmt: skip
            before = down * side + across
            lengths.append(side * side + before)
            condition = self._window(self.condition, row - down, column - across)
            window = self._window(indices, row - down, column - across)[:, :before]
            sequences.append(torch.cat([condition.expand(count, -1), window], dim=1))
        longest = max(lengths)
        padded = [torch.nn.functional.pad(s, (0, longest - s.shape[1])) for s in sequences]
        batch = torch.stack(padded, dim=1).flatten(0, 1).to(self.gpt.ln_f.weight.device)
        last = torch.tensor(lengths, device=batch.device).repeat(count) - 1
        hidden = self.gpt.hidden(batch)[torch.arange(len(batch), device=batch.device), last]
        return self.gpt.logits(hidden).view(count, len(cells), -1)

    def _window(self, grid: Tensor, top: int, left: int) -> Tensor:
        """Return the cells [..., side²] of a window of a grid [..., height, width]."""
        return grid[..., top : top + self.side, left : left + self.side].flatten(-2)
