"""Which positions a layer of ruDALL-E or RUDOLPH attends to (sparse attention, Child et al. 2019).

The sequence is text, then side x side codes in row-major order, then (RUDOLPH) text again.
"""

from typing import Literal

import torch
from torch import Tensor

Pattern = Literal["row", "column", "convolution", "full"]


def attention_mask(
    pattern: Pattern, text: int, side: int, *, right: int = 0, kernel: int = 11, wraps: bool = False
) -> Tensor:
    """Return the mask bool [length, length]: whether the query of a row sees the key of a column.

    Every position sees itself and what stands before it, but among codes only

    row: the `side` codes before the query, and the query;
    column: the codes of its column;
    convolution: those at most kernel // 2 rows and columns away, measured around the edges of the
        picture if `wraps`.

    text, right: lengths of the texts before and after the codes.
    """
    length = text + side * side + right
    mask = torch.ones(length, length, dtype=torch.bool).tril()
    if pattern == "full":
        return mask
    number = torch.arange(side * side)
    behind = number[:, None] - number[None, :]
    if pattern == "row":
        near = behind <= side
    elif pattern == "column":
        near = behind % side == 0
    else:
        distances = (
            (axis[:, None] - axis[None, :]).abs() for axis in (number // side, number % side)
        )
        near = torch.ones_like(mask[: side * side, : side * side])
        for distance in distances:
            shortest = torch.minimum(distance, side - distance) if wraps else distance
            near &= shortest <= kernel // 2
    codes = slice(text, text + side * side)
    mask[codes, codes] &= near
    return mask


def shown_slices(row: Tensor) -> list[slice]:
    """Return the positions that a row bool [length] of a mask shows, as slices in their order."""
    slices: list[slice] = []
    shown = row.nonzero().squeeze(1).tolist()
    while shown:
        step = shown[1] - shown[0] if len(shown) > 1 else 1
        length = 1
        while length < len(shown) and shown[length] - shown[length - 1] == step:
            length += 1
        slices.append(slice(shown[0], shown[length - 1] + 1, step))
        shown = shown[length:]
    return slices
