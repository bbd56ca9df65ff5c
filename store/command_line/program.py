"""What may be typed behind the name of a program, as tables of commands, words and options."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from store.errors import LocalisedError
from store.texts import Texts


class CommandError(LocalisedError):
    """What was typed cannot be understood."""


@dataclass(frozen=True)
class Option:
    """An option with a value, or a switch if it has no metavar.

    read: makes the value of the name and the text that were typed, or raises a LocalisedError.
    choices: only shown; the request itself refuses others.
    default: shown in the help: a value, or a key of the texts `default-KEY` after a colon.
    help: the end of the key of its help, `help-…`, if that is not its name.
    """

    name: str
    metavar: str = ""
    read: Callable[[str, str], Any] = lambda name, text: text
    field: str = ""  # of the result; else as the name
    many: bool = False  # it may be repeated
    choices: tuple[str, ...] = ()
    default: str = ""
    help: str = ""

    @property
    def target(self) -> str:
        """Return the name of its value in the result."""
        return self.field or self.name.removeprefix("--").replace("-", "_")


HELP = Option("--help")


@dataclass(frozen=True)
class Word:
    """What stands behind a command, such as a path.

    help: the end of the keys of its name and its help, `word-…` and `help-…`.
    missing: the key of the sentence for a command without it; it may be left out if that is empty.
    """

    help: str
    many: bool = False
    missing: str = ""


@dataclass(frozen=True)
class Command:
    """A command; `key` ends the keys of its texts, `help-…` and `examples-…`."""

    key: str
    options: tuple[Option, ...] = ()
    word: Word | None = None


@dataclass(frozen=True)
class Program:
    """A program: its package, its texts and its commands.

    commands: by their words, such as "models pull"; the empty one is the program without any.
    everywhere: options beside those of each command.
    suggestion: a command that an unknown word may have been meant for, such as a prompt for `draw`.
    runs_alone: whether it does its work without a command too.
    """

    package: str
    texts: Callable[[], Texts]
    commands: Mapping[str, Command]
    everywhere: tuple[Option, ...] = (HELP,)
    suggestion: str = ""
    runs_alone: bool = False

    def subcommands(self, command: str) -> tuple[str, ...]:
        """Return the words that may follow a command, or the program if it is empty."""
        before = command.split()
        known = [name.split() for name in self.commands if name]
        return tuple(
            words[-1] for words in known if words[:-1] == before and len(words) == len(before) + 1
        )

    def options(self, command: str) -> tuple[Option, ...]:
        """Return all options of a command."""
        return (*self.commands[command].options, *self.everywhere)


def whole(name: str, text: str) -> int:
    """Read a whole number."""
    try:
        return int(text)
    except ValueError as error:
        raise CommandError("option-whole", option=name, value=text[:80]) from error


def number(name: str, text: str) -> float:
    """Read a number, also with a decimal comma."""
    try:
        return float(text.replace(",", "."))
    except ValueError as error:
        raise CommandError("option-number", option=name, value=text[:80]) from error


def path(name: str, text: str) -> Path:
    """Read a path."""
    return Path(text)
