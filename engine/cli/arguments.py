"""Read the arguments of a command; what is wrong with them is one sentence, with the near word."""

import difflib
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from engine.cli.options import ADD, CLASHES, DRAW, EVERYWHERE, Option
from engine.errors import EngineError

COMMANDS = ("draw", "models", "serve")
ACTS = ("pull", "add", "verify")  # of `models`
SWITCHES = (Option("--check"), Option("--health"))  # instead of a command
OPTIONS = {"draw": DRAW, "models add": ADD}  # of a command, beside those that stand everywhere
NO_VALUE = object()


class _Tokens(ArgumentParser):
    """Divides arguments into options and words; it judges none of them."""

    def error(self, message: str) -> NoReturn:
        """Raise EngineError; only a switch with a value is left to get here."""
        raise EngineError("command-wrong", reason=message)


def parse(arguments: Sequence[str]) -> Namespace:
    """Return what the arguments say: `command`, `act` of models, `command_words` and all options.

    Without any argument, and with `--help`, `help` is true.

    Raises EngineError or RequestError for wrong arguments.
    """
    command, rest = _command(list(arguments))
    table = (*OPTIONS.get(command, ()), *EVERYWHERE, *(SWITCHES if not command else ()))
    found, words = _options(command, table, rest)
    names = command.split()
    result = Namespace(command=names[0] if names else None, command_words=command)
    result.act = (names[1:] or ["list"])[0]
    for option in (*DRAW, *ADD, *SWITCHES, *EVERYWHERE):
        vars(result).setdefault(option.target, None if option.metavar else False)
    vars(result).update(found, words=words)
    result.help = result.help or not arguments
    if not result.help:
        _check(result, command, words)
    return result


def _command(arguments: list[str]) -> tuple[str, list[str]]:
    """Return the command, such as "models pull", and the arguments without its words."""
    command = ""
    for known in (COMMANDS, ACTS):
        at = next((i for i, word in enumerate(arguments) if not word.startswith("-")), None)
        if at is None or (known is ACTS and command != "models"):
            break
        word = arguments.pop(at)
        if word not in known:
            near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
            values = {"name": word[:80], "near": near[0] if near else "none"}
            raise EngineError("command-unknown", known=", ".join(known), of=command, **values)
        command = f"{command} {word}".strip()
    return command, arguments


def _options(
    command: str, table: Iterable[Option], arguments: list[str]
) -> tuple[dict[str, Any], list[str]]:
    """Return the values of the options by their targets, and the words between them."""
    parser = _Tokens(add_help=False, allow_abbrev=False)
    names = {"-h": "--help"}
    for option in table:
        names[option.name] = option.name
        spelled = ("-h", option.name) if option.name == "--help" else (option.name,)
        if option.metavar:
            parser.add_argument(*spelled, action="append", nargs="?", const=NO_VALUE)
        else:
            parser.add_argument(*spelled, action="store_true")
    end = arguments.index("--") if "--" in arguments else len(arguments)
    typed, words = parser.parse_known_args(arguments[:end])
    values: dict[str, Any] = {}
    for option in table:
        given = vars(typed)[option.key.replace("-", "_")]
        if not given:
            continue
        if option.metavar and NO_VALUE in given:
            minus = next((word for word in words if word.startswith("-")), "none")
            raise EngineError(
                "option-empty", option=option.name, metavar=option.metavar, minus=minus[:80]
            )
        read = [option.read(option.name, text) for text in given] if option.metavar else [True]
        values[option.target] = read if option.many else read[-1]
    for word in words:
        if word.startswith("-") and len(word) > 1 and " " not in word:
            name = word.partition("=")[0]
            near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
            command_line = f"{command} --help".strip()
            values = {"near": near[0] if near else "none", "command": command_line}
            raise EngineError("option-unknown", option=name[:80], **values)
    return values, words + arguments[end + 1 :]


def _check(options: Namespace, command: str, words: list[str]) -> None:
    """Raise EngineError for words that are missing or too many, and for contradictions."""
    if command == "draw":
        _check_draw(options, words)
    elif command == "models pull":
        options.names = words
        if not words:
            raise EngineError("pull-needs-names")
    elif command == "models add":
        if not words:
            raise EngineError("add-needs-path")
        options.path, words = Path(words[0]), words[1:]
    if words and command not in ("draw", "models pull"):
        raise EngineError("words-too-many", words=" ".join(words)[:80], command=command or "none")


def _check_draw(options: Namespace, words: list[str]) -> None:
    options.prompt = " ".join(words) if words else None
    if any("\udc80" <= letter <= "\udcff" for letter in options.prompt or ""):
        raise EngineError("argument-encoding", encoding=sys.getfilesystemencoding())
    if options.prompt is None and not (options.again or options.resume):
        raise EngineError("draw-needs-prompt")
    given = {option.name for option in DRAW if vars(options)[option.target] not in (None, False)}
    for first, second in CLASHES:
        if {first, second} <= given:
            raise EngineError("options-clash", first=first, second=second)
