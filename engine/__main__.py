"""`python -m engine`: draw, serve, models, and `--health`."""

import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.cli.arguments import PROGRAM, parse
from engine.cli.commands import MODELS, complain, run_draw
from engine.cli.describe import run_words
from engine.cli.explain import explain
from engine.errors import DONE, FAILED, WRONG, say, sentence
from engine.settings import EngineSettings
from engine.worker.run import run_serve
from store.command_line.help import help_text
from store.environment import open_to_others, unknown_settings
from store.errors import LocalisedError, shown_reason
from store.system import terminal
from store.system.invocation import as_typed
from store.texts import terminal_language

if TYPE_CHECKING:
    from argparse import Namespace

    from engine.pipeline import Pipeline

log = logging.getLogger("engine")


def main(arguments: Sequence[str], pipeline: "Pipeline | None" = None) -> int:
    """Run one command; return the exit code.

    An error is one line on stderr, in the user's language.
    """
    language = terminal_language(os.environ)
    verbose = False
    try:
        options = parse(arguments)
        verbose = options.verbose
        return _run(options, language, pipeline)
    except (Exception, KeyboardInterrupt) as error:
        if isinstance(error, BrokenPipeError) and terminal.reader_is_gone():
            raise
        if verbose:
            log.exception("this is where it happened")
        text, code = explain(error, language)
        return complain(text, code)


def _run(options: "Namespace", language: str, pipeline: "Pipeline | None") -> int:
    if options.help:
        print(help_text(PROGRAM, options.command_words, language))
        return DONE
    settings = EngineSettings()
    if options.check:
        from engine.check.run import run_check

        logging.disable(logging.CRITICAL)  # what is found stands in the report
        return run_check(settings, sys.stdout, language)
    for name, near in unknown_settings(settings.settings_file):
        complain(say("setting-unknown", language, name=name, near=near or "none"), WRONG)
    if options.command == "serve" and (exposed := open_to_others(settings.settings_file)):
        complain(say("settings-exposed", language, file=str(exposed)), WRONG)
    if options.health:
        return asyncio.run(_health(settings, language))
    if options.command == "serve":
        return run_serve(settings, options.verbose, pipeline)
    others = {"models": MODELS[options.act], "words": run_words}
    if run := others.get(options.command):
        return run(options, settings, language)
    return run_draw(options, settings, language, pipeline)


async def _health(settings: EngineSettings, language: str) -> int:
    """Look for a living engine of this host and write to the store; nothing is made or left there.

    The exit code of a fault is 1: 2 is reserved in health checks of containers.
    """
    from store import processes
    from store.database.database import Database
    from store.files.files import Files

    try:
        db = await Database.open_existing(settings.database)
        try:
            await db.probe()
            silence_s = await processes.silence_s(db, "engine")
        finally:
            await db.close()
        if silence_s is not None and silence_s <= processes.ALIVE_S:
            Files(settings.files).probe()
            return DONE
    except LocalisedError as error:
        return complain(sentence(error, language), FAILED)
    except Exception as error:
        return complain(say("store-away", language, reason=shown_reason(error)), FAILED)
    values = {"seconds": int(processes.ALIVE_S), "command": as_typed("engine", "serve")}
    return complain(say("unhealthy", language, **values), FAILED)


if __name__ == "__main__":
    sys.exit(terminal.run(lambda: main(sys.argv[1:])))
