"""How far a painting is, as the command line shows it."""

from io import StringIO

import torch

from engine.cli.draw import DrawProgress
from engine.painting.step import Step


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def step(number: int, total: int) -> Step:
    return Step(number, total, 0.5, _nothing, dict, _nothing)


def _nothing() -> torch.Tensor:
    return torch.zeros(3, 1, 1)


def test_progress_is_a_bar_in_a_terminal() -> None:
    terminal = Terminal()
    now = iter(range(100))
    progress = DrawProgress(terminal, "en", clock=lambda: next(now))
    for number in range(5):
        progress(step(number, 4))
    progress.close()
    lines = terminal.getvalue().split("\r")
    assert len(lines) == 6 and terminal.getvalue().endswith("\n")
    assert "[######" in lines[2] and "step 1 of 4, about 3 s left" in lines[2]


def test_progress_is_a_line_every_few_seconds_elsewhere() -> None:
    stream = StringIO()
    now = iter(range(100))
    progress = DrawProgress(stream, "ru", clock=lambda: next(now))
    for number in range(13):
        progress(step(number, 12))
    progress.close()
    assert [line.split(",")[0] for line in stream.getvalue().splitlines()] == [
        "шаг 0 из 12",
        "шаг 5 из 12",
        "шаг 10 из 12",
        "шаг 12 из 12",
    ]
