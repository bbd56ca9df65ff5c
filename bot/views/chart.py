"""Bars by day, drawn with Pillow: panels under each other, each with a title and a legend."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH, PANEL_HEIGHT = 1080, 330  # pixels; fits a phone's screen
LEFT, RIGHT, TOP, BOTTOM = 90, 30, 84, 44  # around the bars of a panel
INK, PALE, PAPER = "#222222", "#e4e4e4", "#ffffff"
TITLE, LABEL = 28, 20  # sizes of letters
FONT = Path(__file__).parent / "fonts" / "Roboto-Regular.ttf"  # Pillow's own has no Cyrillic
GAP = 0.25  # of a day's width stays empty


@dataclass(frozen=True)
class Series:
    """One value for each day; None where there is nothing to show."""

    name: str
    colour: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Panel:
    """Series beside each other, or on top of each other where they add up."""

    title: str
    series: Sequence[Series]
    stacked: bool = False

    @property
    def top(self) -> float:
        """The value that the highest bar stands for."""
        days = list(zip(*(one.values for one in self.series), strict=True))
        join = sum if self.stacked else max
        return max((join(value or 0 for value in day) for day in days), default=0)


def draw(panels: Sequence[Panel], days: Sequence[str]) -> bytes:
    """A PNG of all panels; `days` stand under each of them."""
    image = Image.new("RGB", (WIDTH, PANEL_HEIGHT * len(panels)), PAPER)
    pen = ImageDraw.Draw(image)
    for number, panel in enumerate(panels):
        _panel(pen, panel, days, number * PANEL_HEIGHT)
    target = BytesIO()
    image.save(target, "PNG", optimize=True)
    return target.getvalue()


def _panel(pen: ImageDraw.ImageDraw, panel: Panel, days: Sequence[str], y: int) -> None:
    pen.text((LEFT, y + 12), panel.title, INK, _font(TITLE))
    if len(panel.series) > 1:
        _legend(pen, panel.series, y + 50)
    floor, height = y + PANEL_HEIGHT - BOTTOM, PANEL_HEIGHT - TOP - BOTTOM
    top = round_up(panel.top)
    for share in (0.0, 0.5, 1.0):
        line = floor - height * share
        pen.line((LEFT, line, WIDTH - RIGHT, line), PALE, 2)
        pen.text((LEFT - 12, line), _number(top * share), INK, _font(LABEL), anchor="rm")
    step = (WIDTH - LEFT - RIGHT) / max(len(days), 1)
    for index, day in enumerate(days):
        x = LEFT + step * index
        pen.text((x + step / 2, floor + 10), day, INK, _font(LABEL), anchor="mt")
        _bars(pen, panel, index, (x, floor), (step, height / top))


def _bars(
    pen: ImageDraw.ImageDraw,
    panel: Panel,
    index: int,
    corner: tuple[float, float],
    scale: tuple[float, float],
) -> None:
    """One day; `scale` is the pixels of a day and of a unit."""
    (x, floor), (step, unit) = corner, scale
    room = step * (1 - GAP)
    width = room if panel.stacked else room / len(panel.series)
    left = x + step * GAP / 2
    for one in panel.series:
        tall = (one.values[index] or 0) * unit
        if tall > 0:
            upper = floor - max(tall, 1.0)  # the least that there is can still be seen
            pen.rectangle((left, upper, left + width - 1, floor - 1), one.colour)
        if panel.stacked:
            floor -= tall
        else:
            left += width


def _legend(pen: ImageDraw.ImageDraw, series: Sequence[Series], y: int) -> None:
    x = float(LEFT)
    for one in series:
        pen.rectangle((x, y + 3, x + 18, y + 21), one.colour)
        pen.text((x + 26, y), one.name, INK, _font(LABEL))
        x += 26 + _font(LABEL).getlength(one.name) + 30


def round_up(value: float) -> float:
    """The next of 2, 4, 6, 8, 10, 20, 40, …: numbers whose half is whole, for the middle line."""
    grain = 1
    while value > 10 * grain:
        grain *= 10
    return next(grain * top for top in (2.0, 4.0, 6.0, 8.0, 10.0) if grain * top >= value)


def _number(value: float) -> str:
    return f"{value:.0f}"


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), size)
