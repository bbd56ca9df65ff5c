"""A canvas for layered pictures: masks with soft edges, filled from back to front.

Places are in sides of the picture: (0, 0) is the upper left corner, (1, 1) the lower right one.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from engine.pocket.composition import RGB

Array = NDArray[Any]  # of float32, or what numpy makes of it
Point = tuple[float, float]
FINER = 3  # times finer are outlines drawn before they are shrunk to a mask


def blend(first: RGB, second: RGB, share: float) -> RGB:
    """`share` of the second colour in the first."""
    r, g, b = (a + (c - a) * share for a, c in zip(first, second, strict=True))
    return r, g, b


class Canvas:
    """Pixels [side, side, 3], 0..1, and what fills them."""

    def __init__(self, side: int) -> None:
        self.side = side
        self.pixels: Array = np.zeros((side, side, 3), dtype=np.float32)
        line = (np.arange(side, dtype=np.float32) + 0.5) / side
        self.x, self.y = line.reshape(1, side), line.reshape(side, 1)

    def fill(self, mask: Array, colour: RGB | Array, opacity: float = 1.0) -> None:
        """Lay a colour, or a picture, where the mask [side, side] (or one that spreads) is 1."""
        paint = np.asarray(colour, dtype=np.float32)
        share = np.broadcast_to(mask * opacity, (self.side, self.side))[..., None]
        self.pixels += share * (paint - self.pixels)

    def gradient(self, stops: Sequence[tuple[float, RGB]]) -> Array:
        """Return a gradient from colour to colour down the picture [side, 1, 3]; heights rise."""
        heights, colours = zip(*stops, strict=True)
        bands = [np.interp(self.y[:, 0], heights, band) for band in zip(*colours, strict=True)]
        return np.stack(bands, axis=1).reshape(self.side, 1, 3).astype(np.float32)

    def below(self, heights: Array, upper: RGB, lower: RGB | None = None) -> None:
        """Fill what lies below a line of heights [side], from one colour to another."""
        mask = np.clip((self.y - heights.reshape(1, -1)) * self.side + 0.5, 0, 1)
        first = float(heights.min())
        paint = self.gradient([(first, upper), (max(1.0, first + 0.01), lower or upper)])
        self.fill(mask, paint)

    def disc(self, middle: Point, radius: float, colour: RGB, opacity: float = 1.0) -> None:
        """Fill a disc."""
        away = np.hypot(self.x - middle[0], self.y - middle[1])
        self.fill(np.clip((radius - away) * self.side + 0.5, 0, 1), colour, opacity)

    def glow(self, middle: Point, radius: float, colour: RGB, opacity: float) -> None:
        """Lay a light that fades as a bell curve does."""
        away = np.hypot(self.x - middle[0], self.y - middle[1]) / radius
        self.fill(np.exp(-away * away), colour, opacity)

    def polygons(
        self, outlines: Sequence[Sequence[Point]], colour: RGB | Array, opacity: float = 1.0
    ) -> None:
        """Fill outlines; where they overlap nothing is laid twice."""
        drawing, image = self._outlines()
        for outline in outlines:
            drawing.polygon([self._fine(point) for point in outline], fill=255)
        self.fill(self._mask(image), colour, opacity)

    def ellipses(
        self,
        boxes: Sequence[tuple[float, float, float, float]],
        colour: RGB | Array,
        opacity: float = 1.0,
    ) -> None:
        """Fill ellipses, each given by its middle and its two radii."""
        drawing, image = self._outlines()
        for x, y, across, down in boxes:
            corners = [self._fine((x - across, y - down)), self._fine((x + across, y + down))]
            drawing.ellipse(corners, fill=255)
        self.fill(self._mask(image), colour, opacity)

    def strokes(
        self,
        lines: Sequence[Sequence[Point]],
        width: float,
        colour: RGB | Array,
        opacity: float = 1.0,
    ) -> None:
        """Draw lines of a width, round at their ends and corners."""
        drawing, image = self._outlines()
        wide = max(1.0, width * self.side * FINER)
        for line in lines:
            fine = [self._fine(point) for point in line]
            drawing.line(fine, fill=255, width=round(wide), joint="curve")
            if wide > 2:
                for x, y in (fine[0], fine[-1]):
                    half = wide / 2
                    drawing.ellipse([(x - half, y - half), (x + half, y + half)], fill=255)
        self.fill(self._mask(image), colour, opacity)

    def _outlines(self) -> tuple[ImageDraw.ImageDraw, Image.Image]:
        image = Image.new("L", (self.side * FINER, self.side * FINER))
        return ImageDraw.Draw(image), image

    def _fine(self, point: Point) -> Point:
        return point[0] * self.side * FINER, point[1] * self.side * FINER

    def _mask(self, image: Image.Image) -> Array:
        return np.asarray(image.reduce(FINER), dtype=np.float32) / 255
