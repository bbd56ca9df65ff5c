"""Run the worker as a process, until a signal arrives."""

import asyncio
import logging
import os
import signal
from typing import TYPE_CHECKING

from engine.errors import DONE, FAILED, INTERRUPTED
from engine.settings import EngineSettings

if TYPE_CHECKING:
    from engine.pipeline import Pipeline

log = logging.getLogger(__name__)

NICENESS = 10  # a bot on the same machine answers at once, whatever is being painted


def run_serve(settings: EngineSettings, verbose: bool, pipeline: "Pipeline | None") -> int:
    """Run `serve`: paint jobs until a signal arrives; return the exit code."""
    from engine.logs import to_stderr
    from engine.worker.attempt import PaintingStuck

    to_stderr(logging.DEBUG if verbose else logging.INFO)
    if pipeline is None:
        os.nice(NICENESS)
    try:
        return asyncio.run(_serve_until_signal(settings, pipeline))
    except PaintingStuck:
        logging.shutdown()
        os._exit(FAILED)  # an ordinary exit would wait for the thread that is stuck


async def _serve_until_signal(settings: EngineSettings, pipeline: "Pipeline | None") -> int:
    """Release the job and end on SIGTERM or SIGINT; exit at once on the second one."""
    from engine.worker.worker import serve
    from store.database.database import Database
    from store.files.files import Files

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
        await serve(db, Files(settings.files), settings, stop, pipeline=pipeline)
    finally:
        await db.close()
    return code
