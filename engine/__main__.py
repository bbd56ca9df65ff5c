"""`python -m engine`: paint, serve the queue, list the models, say whether an engine is alive."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING

from engine.command_line import FAILED, INTERRUPTED, drawings, explain, given, language_of, parse
from engine.errors import EngineError, say, sentence
from engine.settings import EngineSettings
from store.errors import StoreError

if TYPE_CHECKING:
    from argparse import Namespace

    from engine.studio import Studio

DONE = 0
ALIVE_S = 15.0

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
            if options.names:
                return _pull(options, settings, language)
            return _models(settings, language)
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
    from engine import again, story
    from engine.drawing import Progress, draw, json_line
    from engine.journal import to_stderr
    from engine.output import check
    from engine.studio import complete, open_studio

    to_stderr(logging.DEBUG if options.verbose else logging.WARNING)
    signal.signal(signal.SIGTERM, _interrupt)
    told = story.read(options.again) if options.again else None
    orders = [(complete(request, settings), path) for request, path in drawings(options, told)]
    for _, path in orders:
        check(path)
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
    for request, path in orders:
        progress = Progress(sys.stderr, language)
        try:
            drawn = draw(request, path, studio, every=options.every, progress=progress, known=known)
        finally:
            progress.close()
        report = drawn.report(language)
        for notice in drawn.notices[len(known) :]:
            print(sentence(notice, language), file=sys.stderr)
        print(json_line(report) if options.json else say("drawn", language, **report), flush=True)
    return DONE


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _models(settings: EngineSettings, language: str) -> int:
    from engine import manifest
    from engine.published import PUBLISHED, UNSTATED
    from engine.published_ruclip import PUBLISHED_RUCLIP
    from engine.pulling import PARCELS, is_here, weights_of

    def row(name: str, kind: str, size: int | None, here: str, rest: str) -> None:
        megabytes = "?" if size is None else f"{size / 1e6:.1f} MB"
        print(f"{name:34} {kind:6} {megabytes:>10}  {say(here, language):10}  {rest}")

    for entry in manifest.MODELS:
        here = "model-here" if manifest.on_disk(entry, settings.models) else "model-absent"
        row(entry.name, entry.kind, entry.size_bytes, here, f"{entry.title} ({entry.licence})")
    for model in PUBLISHED:
        if model.name in manifest.names("vqgan"):
            continue
        here = "model-absent" if PARCELS[model.name].files else "model-by-hand"
        if (settings.models / weights_of(model.name)).is_file():
            here = "model-here"
        unstated = model.licence == UNSTATED
        licence = say("licence-unstated", language) if unstated else model.licence
        size = next((source.size_bytes for source in model.checkpoint), None)
        row(model.name, "vqgan", size, here, f"{model.title} ({licence})")
    for guide in PUBLISHED_RUCLIP:
        here = "model-here" if is_here(PARCELS[guide.name], settings.models) else "model-absent"
        row(guide.name, "guide", None, here, f"{guide.title} ({guide.licence})")
    return DONE


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
    from engine.journal import to_stderr
    from engine.worker import Stuck

    to_stderr(logging.DEBUG if verbose else logging.INFO)
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
