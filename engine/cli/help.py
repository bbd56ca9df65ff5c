"""The texts of `--help`, in the user's language."""

import shutil
import textwrap
from collections.abc import Iterable, Iterator

from engine.cli.arguments import ACTS, COMMANDS, OPTIONS, SWITCHES
from engine.cli.options import ADD, CONFIG, EVERYWHERE, Option
from engine.errors import say

PROGRAM = "python -m engine"
INDENT = 28  # columns before the explanation of an option
WIDEST = 100
# The words that follow a command, by the keys of their helps.
WORDS = {
    "draw": ("PROMPT", "prompt"),
    "models pull": ("NAME…", "pull-name"),
    "models add": ("PATH", "add-path"),
}


def help_text(command: str, language: str) -> str:
    """Return the help of a command, or the overview if it is empty."""
    return "\n".join(_lines(command, language))


def option_help(option: Option, language: str, command: str = "draw") -> str:
    """Return what an option does, with its choices and its default."""
    own_text = command == "models add" and option in ADD and option is not CONFIG
    text = say(f"help-add-{option.key}" if own_text else f"help-{option.key}", language)
    if option.choices:
        text += f": {', '.join(option.choices)}"
    if option.default:
        own = option.default.startswith(":")
        value = say(f"default-{option.default[1:]}", language) if own else option.default
        text += f" ({say('help-default', language, value=value)})"
    return text


def _lines(command: str, language: str) -> Iterator[str]:
    word, key = WORDS.get(command, ("", ""))
    options = OPTIONS.get(command, ())
    subcommands = COMMANDS if not command else ACTS if command == "models" else ()
    names = " | ".join(subcommands)
    more = [f"[{names}]" if command and names else names, word, say("help-options", language)]
    usage = " ".join(part for part in (PROGRAM, command, *more) if part)
    yield f"{say('help-usage', language)}: {usage}"
    yield ""
    yield say(f"help-{command.rsplit(maxsplit=1)[-1] if command else 'engine'}", language)
    yield ""
    if word:
        yield from _row(word, say(f"help-{key}", language))
    for name in subcommands:
        yield from _row(name, say(f"help-{name}", language))
    if word or subcommands:
        yield ""
    shown = (*options, *(SWITCHES if not command else ()), *EVERYWHERE)
    yield from _options(shown, language, command)
    yield ""
    yield f"{say('help-examples', language)}:"
    examples = say(f"examples-{command.replace(' ', '-') or 'engine'}", language)
    yield from (f"  {PROGRAM} {line}" for line in examples.splitlines())


def _options(options: Iterable[Option], language: str, command: str) -> Iterator[str]:
    for option in options:
        yield from _row(f"{option.name} {option.metavar}", option_help(option, language, command))


def _row(left: str, right: str) -> Iterator[str]:
    """Yield one explanation, wrapped to the terminal; a long left part has a line of its own."""
    width = max(min(shutil.get_terminal_size().columns, WIDEST), INDENT + 20)
    lines = textwrap.wrap(right, width - INDENT, break_long_words=False)
    left = f"  {left.rstrip()}"
    if len(left) < INDENT:
        yield left.ljust(INDENT) + (lines[0] if lines else "")
        lines = lines[1:]
    else:
        yield left
    yield from (" " * INDENT + line for line in lines)
