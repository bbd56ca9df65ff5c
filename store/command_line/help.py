"""The texts of `--help`, in the user's language."""

import shutil
import textwrap
from collections.abc import Iterator

from store.command_line.program import Option, Program
from store.system.invocation import as_typed
from store.texts import Texts

INDENT = 28  # columns before the explanation of an option
WIDEST = 100


def help_text(program: Program, command: str, language: str) -> str:
    """Return the help of a command, or the overview if it is empty."""
    return "\n".join(_lines(program, command, language))


def option_help(texts: Texts, option: Option, language: str) -> str:
    """Return what an option does, with its choices and its default."""
    text = texts(language, f"help-{option.help or option.name.removeprefix('--')}")
    if option.choices:
        text += f": {', '.join(option.choices)}"
    if option.default:
        own = option.default.startswith(":")
        value = texts(language, f"default-{option.default[1:]}") if own else option.default
        text += f" ({texts(language, 'help-default', value=value)})"
    return text


def _lines(program: Program, command: str, language: str) -> Iterator[str]:
    texts, chosen = program.texts(), program.commands[command]
    subcommands = program.subcommands(command)
    names = " | ".join(subcommands)
    more = [
        f"[{names}]" if names and (command or program.runs_alone) else names,
        texts(language, f"word-{chosen.word.help}") if chosen.word else "",
        texts(language, "help-options"),
    ]
    usage = " ".join(part for part in (as_typed(program.package, command), *more) if part)
    yield f"{texts(language, 'help-usage')}: {usage}"
    yield ""
    yield texts(language, f"help-{chosen.key}")
    yield ""
    if chosen.word:
        name, meaning = (texts(language, f"{kind}-{chosen.word.help}") for kind in ("word", "help"))
        yield from _row(name, meaning)
    for name in subcommands:
        key = program.commands[f"{command} {name}".strip()].key
        yield from _row(name, texts(language, f"help-{key}"))
    if chosen.word or subcommands:
        yield ""
    for option in program.options(command):
        yield from _row(f"{option.name} {option.metavar}", option_help(texts, option, language))
    yield ""
    yield f"{texts(language, 'help-examples')}:"
    examples = texts(language, f"examples-{chosen.key}").splitlines()
    yield from (f"  {as_typed(program.package, line)}" for line in examples)


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
