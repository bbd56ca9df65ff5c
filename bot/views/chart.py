"""Draw bar charts by day with Pillow: panels below each other, with titles and legends."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH, PANEL_HEIGHT = 1080, 330  # pixels; fits a phone's screen
LEFT, RIGHT, TOP, BOTTOM = 90, 30, 84, 44  # around the bars of a panel
INK, PALE, PAPER = "#222222", "#e4e4e4", "#ffffff"
TITLE, LABEL = 28, 20  # font sizes in pixels
FONT = Path(__file__).parent / "fonts" / "Roboto-Regular.ttf"  # Pillow's own has no Cyrillic
GAP = 0.25  # empty share of a day's width


@dataclass(frozen=True)
class Series:
    """One value for each day; None if there is nothing to show."""

    name: str
    colour: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Panel:
    """Series drawn beside each other, or stacked if they add up."""

    title: str
    series: Sequence[Series]
    stacked: bool = False

    @property
    def top(self) -> float:
        """Return the value of the highest bar."""
        days = list(zip(*(series.values for series in self.series), strict=True))
        combine = sum if self.stacked else max
        return max((combine(value or 0 for value in day) for day in days), default=0)


def draw(panels: Sequence[Panel], days: Sequence[str]) -> bytes:
    """Return a PNG of all panels, each labelled with `days`."""
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
    scale_top = round_up(panel.top)
    for share in (0.0, 0.5, 1.0):
        line = floor - height * share
        pen.line((LEFT, line, WIDTH - RIGHT, line), PALE, 2)
        pen.text((LEFT - 12, line), _number(scale_top * share), INK, _font(LABEL), anchor="rm")
    step = (WIDTH - LEFT - RIGHT) / max(len(days), 1)
    for index, day in enumerate(days):
        x = LEFT + step * index
        pen.text((x + step / 2, floor + 10), day, INK, _font(LABEL), anchor="mt")
        _bars(pen, panel, index, (x, floor), (step, height / scale_top))


def _bars(
    pen: ImageDraw.ImageDraw,
    panel: Panel,
    index: int,
    corner: tuple[float, float],
    scale: tuple[float, float],
) -> None:
    """Draw one day; `corner` is its lower left, `scale` the pixels of a day and of a unit."""
    (x, floor), (step, unit) = corner, scale
    available = step * (1 - GAP)
    width = available if panel.stacked else available / len(panel.series)
    left = x + step * GAP / 2
    for series in panel.series:
        height = (series.values[index] or 0) * unit
        if height > 0:
            upper = floor - max(height, 1.0)  # the smallest value is still visible
            pen.rectangle((left, upper, left + width - 1, floor - 1), series.colour)
        if panel.stacked:
            floor -= height
        else:
            left += width


def _legend(pen: ImageDraw.ImageDraw, series: Sequence[Series], y: int) -> None:
    x = float(LEFT)
    for item in series:
        pen.rectangle((x, y + 3, x + 18, y + 21), item.colour)
        pen.text((x + 26, y), item.name, INK, _font(LABEL))
        x += 26 + _font(LABEL).getlength(item.name) + 30


def round_up(value: float) -> float:
    """Round up to one of 2, 4, 6, 8, 10, 20, 40, …: their halves label the middle line."""
    unit = 1
    while value > 10 * unit:
        unit *= 10
    return next(unit * top for top in (2.0, 4.0, 6.0, 8.0, 10.0) if unit * top >= value)


def _number(value: float) -> str:
    return f"{value:.0f}"


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), size)
