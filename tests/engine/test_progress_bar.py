"""How far a painting is, as the command line shows it."""

from dataclasses import replace
from io import StringIO
from typing import Any

import torch

from engine.cli.draw import DrawProgress
from engine.defaults import PaintingDefaults
from engine.painting.plan import Plan, make_plan
from engine.painting.step import Step
from store.request.request import DrawRequest


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def step(number: int, total: int) -> Step:
    return Step(number, total, 0.5, _nothing, dict, _nothing)


def plan_of(**fields: Any) -> Plan:
    return make_plan(DrawRequest("cat", **fields), PaintingDefaults(), 16, "codes")


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
    assert lines[-1].rstrip().endswith("step 4 of 4, finishing")


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


def test_drafts_have_a_bar_of_their_own_before_the_first_step() -> None:
    terminal = Terminal()
    now = iter(range(100))
    progress = DrawProgress(terminal, "en", clock=lambda: next(now))
    for known in (16, 32, 48, 64):
        progress(replace(step(0, 4), drawn=(known, 64)))
    progress(step(0, 4))
    progress.close()
    drafts, steps, _ = terminal.getvalue().split("\n")
    lines = drafts.split("\r")
    assert "draft: 50%, about 2 s left" in lines[2] and "[############" in lines[2]
    assert "step 0 of 4" in steps


def test_the_time_left_counts_that_later_steps_are_larger() -> None:
    terminal = Terminal()
    now = iter(range(100))
    progress = DrawProgress(terminal, "en", clock=lambda: next(now))
    progress.begin(plan_of(coarse=0.5))
    for number in range(4):
        progress(step(number, 8))
    # Three seconds for three small steps; one more, and four whole ones of 1.6 seconds each.
    assert "step 3 of 8, about 8 s left" in terminal.getvalue()
