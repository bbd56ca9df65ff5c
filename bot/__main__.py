"""Run the bot, or check its health: `python -m bot`."""

import asyncio
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from bot.logs import log_to_stderr
from bot.settings import SettingsError, check_token, load
from store.command_line.help import help_text
from store.command_line.parse import parse
from store.command_line.program import Command, CommandError, Option, Program, whole
from store.environment import open_to_others, unknown_settings
from store.errors import DatabaseError
from store.system import terminal
from store.texts import FOLDER, Texts, sentence, store_texts, terminal_language

DONE, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130
BOARD_PORT = 8085


@cache
def _texts() -> Texts:
    return Texts(FOLDER, Path(__file__).with_name("texts"))


PROGRAM = Program(
    "bot",
    _texts,
    {
        "": Command(
            "bot", (Option("--check", help="bot-check"), Option("--health", help="bot-health"))
        ),
        "board": Command(
            "board",
            (
                Option("--port", "PORT", whole, default=str(BOARD_PORT), help="board-port"),
                Option("--token", "TOKEN", help="board-token"),
            ),
        ),
    },
    runs_alone=True,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, run, and return the exit code."""
    language = terminal_language(os.environ)
    try:
        typed = parse(PROGRAM, sys.argv[1:] if arguments is None else arguments)
        if typed.help:
            print(help_text(PROGRAM, typed.command, language))
            return DONE
        return _run(typed.command, typed.values, language)
    except (SettingsError, DatabaseError, CommandError) as error:
        print(sentence(error, language), file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception:
        logging.getLogger(__name__).critical("the bot ends because of an error", exc_info=True)
        return FAILED


def _run(command: str, values: Mapping[str, Any], language: str) -> int:
    if command == "board":
        return _board(values.get("port", BOARD_PORT), values.get("token"))
    if "check" in values:
        return _check(language)
    return _health(language) if "health" in values else _serve(language)


def _serve(language: str) -> int:
    settings = load()
    for name, near in unknown_settings(settings.settings_file):
        said = store_texts()(language, "check-setting-unknown", name=name, near=near or "none")
        print(said, file=sys.stderr)
    if exposed := open_to_others(settings.settings_file):
        said = store_texts()(language, "settings-file-open", path=str(exposed))
        print(said, file=sys.stderr)
    check_token(settings.bare_token)
    log_to_stderr([settings.bare_token], as_json=settings.log == "json")
    from bot.app import serve  # aiogram takes seconds to import

    return asyncio.run(serve(settings))


def _board(port: int, token: str | None) -> int:
    from bot.board.serve import serve_board

    logging.basicConfig(level=logging.WARNING)
    return asyncio.run(serve_board(load(), port, token, lambda url: print(url, flush=True)))


def _check(language: str) -> int:
    from bot.app import make_bot
    from bot.check.run import run_check

    logging.disable(logging.CRITICAL)  # what is found stands in the report
    return asyncio.run(run_check(make_bot, sys.stdout, language))


def _health(language: str) -> int:
    from bot.health import diagnose

    problem = asyncio.run(diagnose(load()))
    if problem is None:
        return DONE
    print(_texts()(language, problem.key, **problem.values), file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    sys.exit(terminal.run(main))
