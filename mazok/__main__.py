"""`mazok COMMAND`: run the bot, the engine or one of their commands from any folder."""

import difflib
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version

from store.system import terminal
from store.system.extras import missing_extra
from store.texts import store_texts, terminal_language

DONE, WRONG = 0, 2

# The package whose `__main__` runs a command, and the arguments that stand before the typed ones.
COMMANDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "draw": ("engine", ("draw",)),
    "models": ("engine", ("models",)),
    "bot": ("bot", ()),
    "engine": ("engine", ()),
    "check": ("engine", ("--check",)),
    "board": ("bot", ("board",)),
    "backup": ("store", ("backup",)),
    "restore": ("store", ("restore",)),
    "demo": ("sandbox", ("demo",)),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, whose output any terminal can show; return its exit code."""
    return terminal.run(lambda: _run_command(sys.argv[1:] if arguments is None else arguments))


def _run_command(arguments: Sequence[str]) -> int:
    name, *rest = arguments or ["--help"]
    language = terminal_language(os.environ)
    if name in ("-h", "--help", "help"):
        print(store_texts()(language, "mazok-help"))
        return DONE
    if name in ("-V", "--version"):
        print(f"mazok {version('mazok')}")
        return DONE
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, n=1, cutoff=0.5) or ["--help"]
        print(store_texts()(language, "mazok-unknown", name=name, near=near[0]), file=sys.stderr)
        return WRONG
    package, first = COMMANDS[name]
    if name == "engine" and not rest:
        rest = ["serve"]
    try:
        # What else is typed is for the engine to understand, or to refuse in one line.
        codes = [_run("bot", ["--check"])] if name == "check" and not rest else []
        return max([*codes, _run(package, [*first, *rest])])
    except ModuleNotFoundError as error:
        if (values := missing_extra(error)) is None:
            raise
        print(store_texts()(language, "extra-missing", **values), file=sys.stderr)
        return WRONG


def _run(package: str, arguments: Sequence[str]) -> int:
    code: int = import_module(f"{package}.__main__").main(arguments)
    return code


if __name__ == "__main__":
    sys.exit(main())
