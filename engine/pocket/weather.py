"""What falls and shines in a place: flakes, drops, a flash, a rainbow, fog, a low sun.

The layered prior paints each place as the mean of many landscapes, in which all this was elsewhere
each time, so none of it is in its drafts. It is drawn over them by plain rules.
"""

import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from engine.pocket.composition import RGB, Ground

INSIDE = ("space", "underwater", "room")  # places without a sky
WATERS = ("sea", "beach", "lake")  # which glitter below a low sun
UNDER_SNOW = ("forest", "meadow")  # places that are hardly seen where the prior lets it snow
FINER = 3  # times finer are shapes drawn before they are shrunk to a mask
HORIZON = 0.47  # of most places, in sides of the middle square from above
WHITE: RGB = (1.0, 1.0, 1.0)
RAIN: RGB = (0.86, 0.92, 1.0)
DUSK: RGB = (0.16, 0.18, 0.3)
GREY: RGB = (0.8, 0.84, 0.87)
HAZE: RGB = (0.95, 0.96, 0.97)
FLASH: RGB = (1.0, 0.96, 0.62)
SUN: RGB = (1.0, 0.94, 0.62)
BANDS: tuple[RGB, ...] = (
    (0.9, 0.25, 0.25),
    (0.97, 0.6, 0.2),
    (0.98, 0.88, 0.3),
    (0.35, 0.75, 0.4),
    (0.3, 0.55, 0.9),
    (0.5, 0.35, 0.75),
)


def shows_weather(ground: Ground) -> bool:
    """Return whether anything is to be drawn over the ground."""
    outside = ground.place is not None and ground.place not in INSIDE
    return outside and (ground.weather in {*FALLING, *BEHIND} or _has_low_sun(ground))


def learned(ground: Ground) -> Ground:
    """Return the ground as the prior is to draw it.

    Fog hides what it draws, and is laid over a clear day; trees and grass below snow are those of
    the snowy place.
    """
    if ground.weather == "snowfall" and ground.place in UNDER_SNOW:
        return replace(ground, place="snow", weather="clear")
    return replace(ground, weather="clear") if ground.weather == "fog" else ground


def with_weather(picture: Tensor, covered: Tensor, ground: Ground, seed: int) -> Tensor:
    """Return a picture [3, h, w], 0..1, with the weather of its ground.

    covered: [1, h, w], how much of each pixel things cover, behind which the far weather is.
    """
    rng = random.Random(seed)
    sky = _Sheet(picture, 1 - covered)
    if _has_low_sun(ground):
        _low_sun(sky, rng, glitters=ground.place in WATERS)
    if ground.weather in BEHIND:
        BEHIND[ground.weather](sky, rng)
    if ground.weather in FALLING:
        near = _Sheet(sky.picture, torch.ones_like(covered))
        FALLING[ground.weather](near, rng)
        return near.picture
    return sky.picture


def _has_low_sun(ground: Ground) -> bool:
    return ground.time == "sunset" and ground.weather in ("clear", "clouds", "rainbow")


class _Sheet:
    """A picture, and where it may be drawn on.

    Places are in sides of the square in its middle: (0, 0) is the upper left corner of that.
    """

    def __init__(self, picture: Tensor, share: Tensor) -> None:
        self.picture, self._share = picture, share
        height, width = picture.shape[1:]
        self._side = min(height, width)
        self.left, self.top = ((self._side - n) / (2 * self._side) for n in (width, height))
        self.right, self.bottom = 1 - self.left, 1 - self.top
        self.area = height * width / self._side**2
        y = (torch.arange(height, device=picture.device) + 0.5) / self._side + self.top
        self.y = y.view(1, -1, 1)

    def shapes(
        self,
        draw: Callable[[ImageDraw.ImageDraw, "_Sheet"], None],
        colour: RGB,
        opacity: float,
        fade: Tensor | float = 1.0,
    ) -> None:
        """Fill the shapes that `draw` draws."""
        height, width = self.picture.shape[1:]
        image = Image.new("L", (width * FINER, height * FINER))
        draw(ImageDraw.Draw(image), self)
        mask = torch.from_numpy(np.asarray(image.reduce(FINER), dtype=np.float32) / 255)
        self.fill(mask.to(self.picture.device)[None] * fade, colour, opacity)

    def fill(self, mask: Tensor, colour: RGB, opacity: float) -> None:
        """Lay a colour where the mask [1, h, w], or one that spreads to it, is 1."""
        paint = torch.tensor(colour, device=self.picture.device).view(3, 1, 1)
        self.picture = self.picture + mask * opacity * self._share * (paint - self.picture)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return where a place is in the finer image."""
        return (x - self.left) * self._side * FINER, (y - self.top) * self._side * FINER

    def long(self, length: float) -> int:
        """Return a length in pixels of the finer image."""
        return max(1, round(length * self._side * FINER))


def _disc(draw: ImageDraw.ImageDraw, sheet: _Sheet, x: float, y: float, radius: float) -> None:
    draw.ellipse([sheet.at(x - radius, y - radius), sheet.at(x + radius, y + radius)], fill=255)


def _flakes(sheet: _Sheet, rng: random.Random) -> None:
    def draw(image: ImageDraw.ImageDraw, sheet: _Sheet) -> None:
        for _ in range(round(70 * sheet.area)):
            x, y = rng.uniform(sheet.left, sheet.right), rng.uniform(sheet.top, sheet.bottom)
            _disc(image, sheet, x, y, rng.uniform(0.009, 0.019))

    sheet.shapes(draw, WHITE, 0.97)


def _drops(sheet: _Sheet, rng: random.Random) -> None:
    def draw(image: ImageDraw.ImageDraw, sheet: _Sheet) -> None:
        for _ in range(round(45 * sheet.area)):
            x, y = rng.uniform(sheet.left, sheet.right + 0.1), rng.uniform(sheet.top, sheet.bottom)
            long = rng.uniform(0.06, 0.1)
            ends = [sheet.at(x, y), sheet.at(x - 0.3 * long, y + long)]
            image.line(ends, fill=255, width=sheet.long(0.011))

    sheet.shapes(draw, RAIN, 0.8)


def _flash(sheet: _Sheet, rng: random.Random) -> None:
    x, y = rng.uniform(0.25, 0.75), 0.06
    corners = [(x, y)]
    way = rng.choice((-1, 1))
    for _ in range(5):
        x, y, way = x + way * rng.uniform(0.04, 0.08), y + 0.075, -way
        corners.append((x, y))

    def draw(image: ImageDraw.ImageDraw, sheet: _Sheet) -> None:
        line = [sheet.at(*corner) for corner in corners]
        image.line(line, fill=255, width=sheet.long(0.026), joint="curve")

    sheet.fill(torch.ones_like(sheet.y), DUSK, 0.3)
    sheet.shapes(draw, FLASH, 1.0)


def _rainbow(sheet: _Sheet, rng: random.Random) -> None:
    middle, wide = rng.uniform(0.42, 0.58), 0.027
    fade = ((HORIZON + 0.02 - sheet.y) / 0.16).clamp(0, 1)  # into the haze above the ground
    for number, colour in enumerate(BANDS):
        radius = 0.44 - (wide - 0.001) * number

        def draw(image: ImageDraw.ImageDraw, sheet: _Sheet, radius: float = radius) -> None:
            upper = sheet.at(middle - radius, HORIZON + 0.05 - radius)
            lower = sheet.at(middle + radius, HORIZON + 0.05 + radius)
            image.arc([upper, lower], 180, 360, fill=255, width=sheet.long(wide))

        sheet.shapes(draw, colour, 0.85, fade)


def _fog(sheet: _Sheet, rng: random.Random) -> None:
    sheet.fill(torch.ones_like(sheet.y), GREY, 0.22)
    for height in (0.52, 0.78):
        away = (sheet.y - height - rng.uniform(-0.04, 0.04)) / rng.uniform(0.05, 0.08)
        sheet.fill((-away * away).exp(), HAZE, 0.6)


def _low_sun(sheet: _Sheet, rng: random.Random, *, glitters: bool) -> None:
    x, radius = rng.uniform(0.3, 0.7), rng.uniform(0.075, 0.1)
    y = HORIZON - 0.03 - radius

    sheet.shapes(lambda image, sheet: _disc(image, sheet, x, y, 1.5 * radius), SUN, 0.35)
    sheet.shapes(lambda image, sheet: _disc(image, sheet, x, y, radius), SUN, 1.0)
    if not glitters:
        return

    def glitter(image: ImageDraw.ImageDraw, sheet: _Sheet) -> None:
        below = HORIZON + 0.1
        while below < 0.86:
            half, aside = radius * rng.uniform(0.35, 1.0), rng.uniform(-0.03, 0.03)
            ends = [sheet.at(x + aside - half, below), sheet.at(x + aside + half, below)]
            image.line(ends, fill=255, width=sheet.long(0.014))
            below += rng.uniform(0.035, 0.055)

    sheet.shapes(glitter, SUN, 0.8)


Weather = Callable[[_Sheet, random.Random], None]
BEHIND: dict[str, Weather] = {"rainbow": _rainbow, "fog": _fog, "storm": _flash}
FALLING: dict[str, Weather] = {"snowfall": _flakes, "rain": _drops, "storm": _drops}
