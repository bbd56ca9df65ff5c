"""The chart that administrators get, without a bot around it."""

import io

import pytest
from PIL import Image

from bot.views.chart import Panel, Series, draw, round_up


def test_the_chart_has_bars_as_high_as_their_values_and_letters_for_both_languages() -> None:
    def column(value: float, name: str = "done") -> bytes:
        return draw([Panel("Jobs", [Series(name, "#ff0000", [value, 10.0])])], ["01.08", "02.08"])

    def red(png: bytes) -> int:
        with Image.open(io.BytesIO(png)) as image:
            colours = image.convert("RGB").getcolors(image.width * image.height) or []
        return sum(count for count, colour in colours if colour == (255, 0, 0))

    full, half, none = red(column(10)), red(column(5)), red(column(0))
    assert abs((full - none) - 2 * (half - none)) < 0.02 * full
    assert full == 2 * none
    assert none < red(column(0.001)) < red(column(0.5))
    # A font without Cyrillic would draw the same empty box for every letter.
    titles = [draw([Panel(title, [])], []) for title in ("ёж", "щи", "ИИ")]
    assert len(set(titles)) == 3


@pytest.mark.parametrize(
    ("value", "top"), [(0, 2), (1, 2), (3, 4), (9.5, 10), (10, 10), (11, 20), (61, 80), (101, 200)]
)
def test_the_axis_ends_at_a_round_number(value: float, top: float) -> None:
    assert round_up(value) == top
