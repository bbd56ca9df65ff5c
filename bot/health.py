"""Record that the bot is alive, and read that record for `--health`."""

import asyncio
import logging
from collections.abc import Callable
from time import monotonic

from bot.settings import BotSettings
from store import jobs, processes
from store.database.database import Database
from store.errors import LocalisedError, shown_reason
from store.faults.availability import log_unless_outage
from store.files.files import Files
from store.gallery import erasure
from store.jobs import inputs
from store.system.invocation import as_typed
from store.waiting import wait_or_timeout

log = logging.getLogger(__name__)

STALE_AFTER_S = 45.0
STUCK_S = 60.0  # between two looks for jobs that wait for images in vain


class Unhealthy(LocalisedError):
    """Why the bot is not well."""


async def keep_healthy(
    db: Database, files: Files, name: str, count_bots: Callable[[int], None], stop: asyncio.Event
) -> None:
    """Record that this bot is alive and requeue the jobs of dead engines, until `stop`.

    count_bots: is told how many bots are alive, this one included.
    """
    look_at = 0.0
    while not stop.is_set():
        try:
            async with db.write() as connection:
                await processes.record_beat(connection, name, "bot")
            count_bots(await processes.count_alive(db, "bot"))
            for job_id, state in await jobs.reap(db):
                log.warning("job %d: its engine is gone, now %s", job_id, state)
            if monotonic() >= look_at:  # through all that wait
                look_at = monotonic() + STUCK_S
                for job_id in await inputs.release_complete(db):
                    log.warning("job %d: waited for images that had arrived", job_id)
            await erasure.sweep_erasures(db, files)
        except Exception as error:
            log_unless_outage(log, error, "dead engines cannot be looked for")
        await wait_or_timeout(processes.BEAT_S, stop)
    try:
        async with db.write() as connection:
            await processes.remove(connection, name)
    except Exception as error:
        log_unless_outage(log, error, "the end of this bot cannot be recorded")


async def diagnose(settings: BotSettings) -> Unhealthy | None:
    """Return what is wrong, or None; write to the store, and leave nothing there."""
    try:
        db = await Database.open_existing(settings.database)
        try:
            await db.probe()
            silence = await processes.silence_s(db, "bot")
        finally:
            await db.close()
        await asyncio.to_thread(Files(settings.files).probe)
    except LocalisedError as error:
        return Unhealthy(error.key, **error.values)
    except Exception as error:
        return Unhealthy("store-away", reason=shown_reason(error))
    if silence is None:
        return Unhealthy("unhealthy-none", command=as_typed("bot"))
    stale = silence > STALE_AFTER_S
    return Unhealthy("unhealthy-silent", seconds=round(silence)) if stale else None
