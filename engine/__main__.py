"""`python -m engine`: paint, serve the queue, list the models, say whether an engine is alive."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from engine.command_line import (
    FAILED,
    INTERRUPTED,
    drawings,
    explain,
    given,
    language_of,
    numbered,
    parse,
)
from engine.errors import DownloadError, EngineError, say, sentence
from engine.settings import EngineSettings
from store.errors import StoreError

if TYPE_CHECKING:
    from argparse import Namespace

    from engine.studio import Studio

DONE = 0
ALIVE_S = 15.0
NICENESS = 10  # the bot beside it answers people at once, whatever is being painted

log = logging.getLogger("engine")


def main(arguments: Sequence[str], studio: "Studio | None" = None) -> int:
    """One command; the exit code. What goes wrong is one line on stderr, in the user's language."""
    language = language_of(os.environ)
    verbose = False
    try:
        options = parse(arguments, language)
        verbose = options.verbose
        settings = EngineSettings()
        if options.health:
            return asyncio.run(_health(settings, language))
        if options.command == "serve":
            return _serve(settings, verbose, studio)
        if options.command == "models":
            return MODELS[options.act](options, settings, language)
        return _draw(options, settings, language, studio)
    except (Exception, KeyboardInterrupt) as error:
        if verbose:
            log.exception("this is where it happened")
        text, code = explain(error, language)
        return _complain(text, code)


def _complain(text: str, code: int) -> int:
    print(" ".join(text.split()), file=sys.stderr)
    return code


def _draw(
    options: "Namespace", settings: EngineSettings, language: str, studio: "Studio | None"
) -> int:
    from engine import again, latents, story
    from engine.album import from_disk
    from engine.drawing import Progress, draw, json_line
    from engine.journal import to_stderr
    from engine.output import check
    from engine.studio import complete, open_studio

    to_stderr(logging.DEBUG if options.verbose else logging.WARNING)
    signal.signal(signal.SIGTERM, _interrupt)
    told = story.read(options.again) if options.again else None
    laid = latents.read(options.resume) if options.resume else None
    found = drawings(options, told, laid.request if laid else None)
    orders = [(complete(request, settings), path) for request, path in found]
    keeps: list[Path | None] = [None] * len(orders)
    if options.save_latent:
        keeps = [*numbered(options.save_latent, options.count)]
        latents.check(options.save_latent)
    album = from_disk()
    for request, path in orders:
        check(path)
        album.check(request)
    if told:
        name, typed = options.again.name, given(options)
        orders = [(again.safe(one, typed, settings, name), path) for one, path in orders]
    studio = studio or open_studio(settings)
    known = []
    if told:
        first, _ = orders[0]
        known = again.notices(told, first, studio.hashes(first), name)
    for notice in known:
        print(sentence(notice, language), file=sys.stderr)  # before the hours that it may take
    for (request, path), keep in zip(orders, keeps, strict=True):
        progress = Progress(sys.stderr, language)
        try:
            drawn = draw(
                request, path, studio, album, laid=laid, keep=keep, known=known, progress=progress
            )
        finally:
            progress.close()
        report = drawn.report(language)
        for notice in drawn.notices[len(known) :]:
            print(sentence(notice, language), file=sys.stderr)
        print(json_line(report) if options.json else say("drawn", language, **report), flush=True)
    return DONE


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _models(options: "Namespace", settings: EngineSettings, language: str) -> int:
    from engine.catalogue import megabytes, size_of
    from engine.published import UNSTATED
    from engine.shelf import everything

    print(say("models-header", language))
    for line, here in everything(settings.models):
        state = "model-here" if here else "model-by-hand" if line.by_hand else "model-absent"
        unstated = line.licence == UNSTATED
        licence = say("licence-unstated", language) if unstated else line.licence
        about = f"{line.title} ({licence})" if line.title else say("model-added", language)
        size, memory = f"{size_of(line):>9}", f"{megabytes(line.memory):>9}"
        told = f"{say(state, language):10}"
        print(f"{line.name:42} {line.kind:6} {size}  {memory}  {told}  {about}")
    return DONE


def _add(options: "Namespace", settings: EngineSettings, language: str) -> int:
    from engine.adding import add

    try:
        name = add(options.path, settings.models, options.name, options.architecture)
    except DownloadError as error:  # there is no room for it
        return _complain(sentence(error, language), FAILED)
    print(say("added", language, name=name))
    return DONE


def _verify(options: "Namespace", settings: EngineSettings, language: str) -> int:
    from engine.verifying import verify

    code = DONE
    for finding in verify(settings.models):
        for fault in finding.faults:
            reason = sentence(fault, language)
            code = _complain(
                say("verify-wrong", language, name=finding.name, reason=reason), FAILED
            )
        if not finding.faults:
            key = "verify-unproven" if finding.unproven else "verify-right"
            files = ", ".join(finding.unproven)
            print(say(key, language, name=finding.name, files=files), flush=True)
    return code


def _pull(options: "Namespace", settings: EngineSettings, language: str) -> int:
    """Each model by itself: one that cannot be had does not keep the others away."""
    from engine.journal import to_stderr
    from engine.pulling import chosen, pull

    to_stderr(logging.DEBUG if options.verbose else logging.WARNING)
    signal.signal(signal.SIGTERM, _interrupt)
    code = DONE
    for parcel in chosen(options.names):
        try:
            fresh = pull(parcel, settings.models, sys.stderr, language)
        except EngineError as error:
            code = _complain(sentence(error, language), FAILED)
        except KeyboardInterrupt:
            return _complain(say("pull-interrupted", language), INTERRUPTED)
        else:
            print(say("pulled" if fresh else "pull-here", language, name=parcel.name), flush=True)
    return code


async def _health(settings: EngineSettings, language: str) -> int:
    from store import engines
    from store.database import Database

    try:
        db = await Database.open(settings.database)
    except StoreError as error:
        return _complain(str(error), FAILED)  # 2 would not be understood by a container's check
    try:
        if await engines.alive(db, ALIVE_S):
            return DONE
    finally:
        await db.close()
    return _complain(say("unhealthy", language, seconds=int(ALIVE_S)), FAILED)


def _serve(settings: EngineSettings, verbose: bool, studio: "Studio | None") -> int:
    from engine.attempt import Stuck
    from engine.journal import to_stderr

    to_stderr(logging.DEBUG if verbose else logging.INFO)
    if studio is None:
        os.nice(NICENESS)
    try:
        return asyncio.run(_serve_until_signal(settings, studio))
    except Stuck:
        logging.shutdown()
        os._exit(FAILED)  # an ordinary exit would wait for the thread that hangs


async def _serve_until_signal(settings: EngineSettings, studio: "Studio | None") -> int:
    """SIGTERM and SIGINT give the job back and end; the second one ends at once."""
    from engine.worker import serve
    from store.database import Database
    from store.files import Files

    stop = asyncio.Event()
    code = DONE

    def stopped(number: signal.Signals) -> None:
        nonlocal code
        if stop.is_set():
            os._exit(INTERRUPTED)
        code = INTERRUPTED if number is signal.SIGINT else DONE
        log.info("stopping within a step")
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped, number)
    db = await Database.open(settings.database)
    try:
        await serve(db, Files(settings.files), settings, stop, studio=studio)
    finally:
        await db.close()
    return code


MODELS = {"list": _models, "pull": _pull, "add": _add, "verify": _verify}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
