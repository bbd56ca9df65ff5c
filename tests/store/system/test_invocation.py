"""A sentence that names a command names it as it is typed where the sentence is read."""

import shutil
import sys

import pytest

from engine.errors import EngineError, sentence
from mazok.__main__ import COMMANDS
from store.system.invocation import SHARED, as_typed


@pytest.mark.parametrize(
    ("typed", "on_path", "words"),
    [
        ("/site-packages/engine/__main__.py", "", "python -m engine models pull"),
        ("/usr/bin/mazok", "/usr/bin/mazok", "mazok models pull"),
        (".venv/bin/mazok", "", ".venv/bin/mazok models pull"),
        ("/home/my art/mazok", "/usr/bin/mazok", "'/home/my art/mazok' models pull"),
        ("/site-packages/mazok/__main__.py", "", "python -m mazok models pull"),
    ],
)
def test_a_command_is_told_as_it_was_typed(
    typed: str, on_path: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [typed])
    monkeypatch.setattr(shutil, "which", lambda _: on_path)
    assert as_typed("engine", "models pull") == words
    missing = EngineError("model-missing-pull", name="x", alias="no", own="x")
    assert sentence(missing, "ru").endswith(f"{words} x")


def test_what_mazok_does_not_do_is_told_by_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["mazok"])
    monkeypatch.setattr(shutil, "which", lambda _: "mazok")
    assert as_typed("bot", "--health") == "mazok bot --health"
    assert as_typed("engine") == "mazok engine"
    assert as_typed("store", "check --quick") == "python -m store check --quick"
    for name in SHARED:
        assert COMMANDS[name][1] == (name,)
