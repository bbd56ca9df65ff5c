"""Run the worker as a process, until a signal arrives."""

import asyncio
import logging
import os
import signal
import sys
from typing import TYPE_CHECKING

from engine.errors import DONE, FAILED, INTERRUPTED
from engine.settings import EngineSettings
from store.system.operating_system import handle_signals, lower_priority, signals_to_stop
from store.texts import terminal_language
from store.waiting import SHUTDOWN_S, exit_after

if TYPE_CHECKING:
    from engine.pipeline import Pipeline

log = logging.getLogger(__name__)

NICENESS = 10  # a bot on the same machine answers at once, whatever is being painted


def run_serve(settings: EngineSettings, verbose: bool, pipeline: "Pipeline | None") -> int:
    """Run `serve`: paint jobs until a signal arrives; return the exit code."""
    from engine.logs import to_stderr
    from engine.worker.faults import DeviceLost, PaintingStuck

    to_stderr(logging.DEBUG if verbose else logging.INFO, as_json=settings.log == "json")
    if pipeline is None:
        lower_priority(NICENESS)
    stopping = _Stopping()
    try:
        asyncio.run(_serve_until_signal(settings, pipeline, stopping))
    except PaintingStuck:
        logging.shutdown()
        # An ordinary exit would wait for the thread that is stuck.
        os._exit(stopping.code if stopping.received else FAILED)
    except DeviceLost:
        log.warning("starting anew, as the device is well again only for a new process")
        logging.shutdown()
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
    return stopping.code


class _Stopping:
    """What signals have asked for."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
        self.received = False
        self.code = DONE

    def receive(self, number: signal.Signals) -> None:
        """Release the job and end on SIGTERM or SIGINT; exit at once on the second one."""
        if self.received:
            os._exit(INTERRUPTED)
        self.received = True
        self.code = INTERRUPTED if number is signal.SIGINT else DONE
        log.info("stopping")
        exit_after(SHUTDOWN_S, self.code)
        self.event.set()


async def _serve_until_signal(
    settings: EngineSettings, pipeline: "Pipeline | None", stopping: _Stopping
) -> None:
    from engine.check.run import check_store_at_start, warn_without_film
    from engine.worker.worker import serve
    from store import processes
    from store.database.database import Database
    from store.files.files import Files

    handle_signals(signals_to_stop(), stopping.receive)
    await asyncio.to_thread(check_store_at_start, settings)
    await asyncio.to_thread(warn_without_film, terminal_language(os.environ))
    db = await Database.open_when_available(settings.database, stopping.event)
    if db is None:
        return
    try:
        await processes.check_alone(db)
        await serve(
            db, Files(settings.files), settings, stopping.event, pipeline=pipeline, rehearse=True
        )
    finally:
        await db.close()
