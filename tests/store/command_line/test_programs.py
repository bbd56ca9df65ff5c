"""The command lines of bot, engine, store and sandbox, which are read by the same rules."""

import subprocess
import sys
from collections.abc import Callable, Sequence

import pytest

from bot import __main__ as bot
from engine.cli import arguments as engine
from sandbox import __main__ as sandbox
from store import __main__ as store
from store.command_line.help import help_text
from store.command_line.parse import parse
from store.command_line.program import Program
from store.texts import LANGUAGES

PROGRAMS = [bot.PROGRAM, engine.PROGRAM, sandbox.PROGRAM, store.PROGRAM]
EVERY = [(program, command) for program in PROGRAMS for command in program.commands]
MAINS: dict[str, Callable[[Sequence[str]], int]] = {
    "bot": bot.main,
    "sandbox": sandbox.main,
    "store": store.main,
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("program", "command"), EVERY, ids=lambda one: one.package if isinstance(one, Program) else one
)
def test_every_command_has_its_help_with_examples_that_are_right(
    program: Program, command: str, language: str
) -> None:
    told = help_text(program, command, language)
    for option in program.options(command):
        assert f"\n  {option.name}" in told
    for name in program.subcommands(command):
        assert f"\n  {name} " in told
    start = f"  python -m {program.package}"
    examples = [line for line in told.splitlines() if line.startswith(start)]
    assert examples
    for line in examples:
        parse(program, line.removeprefix(start).split())
    assert ("Usage" in told) == (language == "en")


def test_the_usage_shows_which_command_may_be_left_out() -> None:
    for language in LANGUAGES:
        assert "python -m bot [board] [" in help_text(bot.PROGRAM, "", language)
        assert "python -m store backup | restore | check [" in help_text(
            store.PROGRAM, "", language
        )


@pytest.mark.parametrize(
    ("program", "typed", "told"),
    [
        ("bot", ["--chek"], ("did you mean --check?", "Может быть, --check?")),
        ("bot", ["--check=1"], ("--check takes no value", "--check пишут без значения")),
        ("bot", ["start"], ("There is no command “start”", "Команды «start» нет")),
        ("bot", ["check"], ("two dashes: python -m bot --check", "двумя дефисами: python -m")),
        ("bot", ["xyzzy"], ("; there is only board.", "; есть только board.")),
        ("store", ["bakup", "x"], ("did you mean “backup”?", "Может быть, «backup»?")),
        ("store", ["backup"], ("Into which folder?", "В какую папку?")),
        ("store", ["restore"], ("From which folder?", "Из какой папки?")),
        ("store", ["check", "--quik"], ("did you mean --quick?", "Может быть, --quick?")),
        ("store", ["xyzzy"], ("there are backup, restore, check.", "есть backup, restore, check.")),
        ("sandbox", ["dmeo"], ("did you mean “demo”?", "Может быть, «demo»?")),
        ("sandbox", ["demo", "--out"], ("--out FOLDER", "--out FOLDER")),
        ("sandbox", ["demo", "--timeout", "x"], ("takes a number", "нужно число")),
    ],
)
def test_a_slip_is_one_line_in_the_language_of_the_terminal(
    program: str,
    typed: list[str],
    told: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for locale, words in zip(("C", "ru_RU.UTF-8"), told, strict=True):
        monkeypatch.setenv("LC_ALL", locale)
        assert MAINS[program](typed) == 2
        said = capsys.readouterr()
        assert words in said.err and said.err.count("\n") == 1 and said.out == ""


def test_a_slip_is_told_without_loading_aiogram() -> None:
    check = (
        "import sys; from bot.__main__ import main; code = main(['--chek']); "
        "assert code == 2 and 'aiogram' not in sys.modules, code"
    )
    subprocess.run([sys.executable, "-c", check], check=True, capture_output=True)
