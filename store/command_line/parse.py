"""Read what was typed; what is wrong with it is one sentence, with the near word."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store.command_line.program import HELP, CommandError, Option, Program
from store.system.invocation import as_typed

SHOWN = 80  # letters of what was typed
_NEGATIVE = re.compile(r"-[\d.,][\d.,:]*")


@dataclass(frozen=True)
class Typed:
    """A command by its words, the values of the options that were given, by target, and words."""

    command: str
    values: Mapping[str, Any]
    words: tuple[str, ...]

    @property
    def help(self) -> bool:
        """Return whether the help is asked for."""
        return HELP.target in self.values


def parse(program: Program, arguments: Sequence[str]) -> Typed:
    """Return what the arguments say. Raises CommandError, or what an option raises."""
    command, rest = _command(program, list(arguments))
    end = rest.index("--") if "--" in rest else len(rest)
    texts, words = _divide(program, command, rest[:end])
    words += rest[end + 1 :]
    values: dict[str, Any] = {}
    for option in program.options(command):
        if given := texts.get(option.name):
            read = [option.read(option.name, text) for text in given] if option.metavar else [True]
            values[option.target] = read if option.many else read[-1]
    typed = Typed(command, values, tuple(words))
    if not typed.help:
        _check_words(program, typed)
    return typed


def _command(program: Program, arguments: list[str]) -> tuple[str, list[str]]:
    """Return the command, such as "models pull", and the arguments without its words."""
    command = ""
    while known := program.subcommands(command):
        at = next((i for i, word in enumerate(arguments) if not word.startswith("-")), None)
        if at is None:
            break
        word = arguments.pop(at)
        if word not in known:
            if not arguments and f"--{word}" in {one.name for one in program.options(command)}:
                line = as_typed(program.package, f"{command} --{word}".strip())
                raise CommandError("command-is-option", name=word, line=line)
            words = as_typed(program.package, " ".join([program.suggestion, word, *arguments[at:]]))
            raise CommandError(
                "no-such-command",
                of=command or "none",
                name=word[:SHOWN],
                near=_near(word, known, 0.5),
                known=", ".join(known),
                count=len(known),
                suggestion=words[:SHOWN] if program.suggestion and not command else "none",
            )
        command = f"{command} {word}".strip()
    return command, arguments


def _divide(
    program: Program, command: str, arguments: list[str]
) -> tuple[dict[str, list[str]], list[str]]:
    """Divide arguments into the texts of the options, by name, and the words between them."""
    table = {option.name: option for option in program.options(command)}
    table["-h"] = HELP
    texts: dict[str, list[str]] = {}
    words: list[str] = []
    waiting = arguments[::-1]
    while waiting:
        argument = waiting.pop()
        name, equals, value = argument.partition("=")
        option = table.get(name)
        if option is None:
            if argument.startswith("-") and len(argument) > 1 and " " not in argument:
                raise CommandError(
                    "option-unknown",
                    option=name[:SHOWN],
                    near=_near(name, table, 0.6),
                    help=as_typed(program.package, f"{command} --help".strip()),
                    word="yes" if program.commands[command].word else "no",
                )
            words.append(argument)
            continue
        if not option.metavar and equals:
            raise CommandError("option-switch", option=name, value=value[:SHOWN])
        if option.metavar and not equals:
            value = _next_value(option, waiting)
        texts.setdefault(option.name, []).append(value)
    return texts, words


def _next_value(option: Option, waiting: list[str]) -> str:
    """Take the argument behind an option, which is no option itself unless it is a number."""
    following = waiting[-1] if waiting else "-"
    if not following.startswith("-") or _NEGATIVE.fullmatch(following):
        return waiting.pop()
    minus = following if len(following) > 1 and not following.startswith("--") else "none"
    values = {"option": option.name, "metavar": option.metavar, "minus": minus[:SHOWN]}
    raise CommandError("option-empty", **values)


def _check_words(program: Program, typed: Typed) -> None:
    word = program.commands[typed.command].word
    if word and word.missing and not typed.words:
        raise CommandError(word.missing)
    most = 0 if word is None else len(typed.words) if word.many else 1
    if len(typed.words) > most:
        values = {"words": " ".join(typed.words[most:])[:SHOWN], "command": typed.command or "none"}
        raise CommandError("words-too-many", **values)


def _near(word: str, known: Sequence[str] | Mapping[str, object], cutoff: float) -> str:
    return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=cutoff)), "none")
