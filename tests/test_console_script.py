"""The console script: one name for every program, from any folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mazok import __main__ as script

ROOT = Path(__file__).parent.parent


def test_help_names_every_command_in_both_languages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for language, word in (("ru_RU.UTF-8", "картину"), ("C", "picture")):
        monkeypatch.setenv("LC_ALL", language)
        assert script.main(["--help"]) == 0
        told = capsys.readouterr().out
        assert word in told and all(f"\n{name} " in told for name in script.COMMANDS)


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert script.main([]) == 0
    assert "--version" in capsys.readouterr().out


def test_a_wrong_command_is_one_line_with_the_near_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    assert script.main(["darw", "cat"]) == 2
    assert capsys.readouterr().err == ("There is no command “darw”; did you mean: mazok draw\n")


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert script.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("mazok ")


@pytest.mark.parametrize(
    ("typed", "package", "passed"),
    [
        (["bot", "--health"], "bot", ["--health"]),
        (["engine"], "engine", ["serve"]),
        (["engine", "--health"], "engine", ["--health"]),
        (["draw", "кот", "--out", "x.png"], "engine", ["draw", "кот", "--out", "x.png"]),
        (["models", "pull", "x"], "engine", ["models", "pull", "x"]),
        (["demo"], "sandbox", ["demo"]),
    ],
)
def test_a_command_is_passed_on(
    typed: list[str], package: str, passed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    received: list[list[str]] = []

    class Program:
        def main(self, arguments: list[str]) -> int:
            received.append(arguments)
            return 7

    monkeypatch.setattr(script, "import_module", {f"{package}.__main__": Program()}.__getitem__)
    assert script.main(typed) == 7 and received == [passed]


def test_check_looks_at_both_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = {"bot": 2, "engine": 0}
    asked = []

    def run(package: str, arguments: list[str]) -> int:
        asked.append((package, *arguments))
        return codes[package]

    monkeypatch.setattr(script, "_run", run)
    assert script.main(["check"]) == 2
    assert asked == [("bot", "--check"), ("engine", "--check")]


def test_a_slip_behind_check_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    assert script.main(["check", "--fast"]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and "--fast" in said.err


def test_the_programs_run_from_any_folder(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "LC_ALL": "C"}
    for arguments in (["models"], ["demo", "--help"], ["bot", "--help"]):
        subprocess.run(
            [sys.executable, "-m", "mazok", *arguments],
            cwd=tmp_path,
            env=environment,
            check=True,
            capture_output=True,
            timeout=60,
        )
    assert list(tmp_path.iterdir()) == []
