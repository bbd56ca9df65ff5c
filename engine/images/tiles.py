"""Several pictures side by side: in a square sheet, with their numbers."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from engine.images.animation import Pixels

if TYPE_CHECKING:
    from torch import Tensor

GAP = 64  # the gap between pictures is this part of their shorter side
WHITE = 1.0
NUMBER = 14  # the height of a number is this part of the shorter side


def grid(count: int) -> tuple[int, int]:
    """Return (rows, columns): as square as possible, and no row of it empty."""
    columns = math.ceil(math.sqrt(count))
    return math.ceil(count / columns), columns


def tiled(pictures: "Sequence[Tensor]") -> "Tensor":
    """Return pictures [3, h, w] of one size as one [3, H, W], row by row, on white."""
    height, width = pictures[0].shape[1:]
    gap = _gap(height, width)
    rows, columns = grid(len(pictures))
    size = (3, rows * (height + gap) - gap, columns * (width + gap) - gap)
    sheet = pictures[0].new_full(size, WHITE)
    for index, picture in enumerate(pictures):
        top, left = _corner(index, columns, height + gap, width + gap)
        sheet[:, top : top + height, left : left + width] = picture
    return sheet


def numbered(sheet: Pixels, count: int, height: int, width: int) -> Pixels:
    """Return the sheet [H, W, 3] of so many pictures [height, width] with a number on each."""
    gap = _gap(height, width)
    _, columns = grid(count)
    side = max(min(height, width) // NUMBER, 8)
    font = ImageFont.load_default(side)
    image = Image.fromarray(sheet)
    draw = ImageDraw.Draw(image, "RGBA")
    for index in range(count):
        top, left = _corner(index, columns, height + gap, width + gap)
        middle = (left + side, top + side)
        box = (middle[0] - side * 0.75, middle[1] - side * 0.75)
        draw.ellipse((*box, middle[0] + side * 0.75, middle[1] + side * 0.75), fill=(0, 0, 0, 128))
        draw.text(middle, str(index + 1), (255, 255, 255), font, anchor="mm")
    return np.asarray(image)


def _gap(height: int, width: int) -> int:
    """Return an even number of pixels, as films have even sides."""
    return max(min(height, width) // GAP // 2 * 2, 2)


def _corner(index: int, columns: int, down: int, across: int) -> tuple[int, int]:
    row, column = divmod(index, columns)
    return row * down, column * across
