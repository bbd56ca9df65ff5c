"""Ctrl-C while `draw` paints: the picture is written as it is; a second one drops it."""

import json
import os
import signal
from pathlib import Path

import pytest

from engine.__main__ import main
from tests.fixtures.engine import TinyPipeline


def interrupting(*steps: int) -> TinyPipeline:
    """Return a pipeline during which Ctrl-C is pressed before these steps."""

    def press(number: int) -> None:
        if number in steps:
            os.kill(os.getpid(), signal.SIGINT)

    return TinyPipeline(steps=12, before=press)


def draw(pipeline: TinyPipeline, folder: Path) -> int:
    """Run `draw` into a folder."""
    arguments = ["draw", "кот", "--out", str(folder / "cat.png"), "--json"]
    return main(arguments, pipeline=pipeline.pipeline())


def test_68_an_interrupted_picture_is_written_with_its_film(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    before = signal.getsignal(signal.SIGINT)
    assert draw(interrupting(5), tmp_path) == 130
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert report["steps"] == 5
    assert {path.suffix for path in tmp_path.glob("cat.*")} == {".png", ".gif", ".mp4"}
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("steps", [(0,), (5, 6)])
def test_68_before_there_is_a_picture_and_at_the_second_time_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: tuple[int, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    pipeline = interrupting(*steps)
    if len(steps) == 2:  # a painting that does not see the first one in time

        def press(number: int) -> None:
            if number == 5:
                os.kill(os.getpid(), signal.SIGINT)
                os.kill(os.getpid(), signal.SIGINT)

        pipeline = TinyPipeline(steps=12, before=press)
    assert draw(pipeline, tmp_path) == 130
    assert not list(tmp_path.glob("cat.*"))
