"""Run the bot, or check its health: `python -m bot`."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Sequence

from bot.logs import log_to_stderr
from bot.settings import SettingsError, check_token, load
from store.environment import open_to_others, unknown_settings
from store.errors import DatabaseError
from store.system import terminal
from store.texts import sentence, store_texts, terminal_language

DONE, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line, run, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bot", description=__doc__)
    parser.add_argument(
        "--health", action="store_true", help="exit with 0 if a bot runs here and is well"
    )
    parser.add_argument(
        "--check", action="store_true", help="look at all that the bot needs, in a line each"
    )
    options = parser.parse_args(arguments)
    try:
        if options.check:
            return _check()
        return _health() if options.health else _serve()
    except SettingsError as error:
        print(sentence(error, terminal_language(os.environ)), file=sys.stderr)
        return WRONG
    except DatabaseError as error:
        print(error, file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception:
        logging.getLogger(__name__).critical("the bot ends because of an error", exc_info=True)
        return FAILED


def _serve() -> int:
    settings = load()
    language = terminal_language(os.environ)
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


def _check() -> int:
    from bot.app import make_bot
    from bot.check.run import run_check

    logging.disable(logging.CRITICAL)  # what is found stands in the report
    return asyncio.run(run_check(make_bot, sys.stdout, terminal_language(os.environ)))


def _health() -> int:
    from bot.health import diagnose

    problem = asyncio.run(diagnose(load()))
    if problem is None:
        return DONE
    print(problem, file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    sys.exit(terminal.run(main))
