"""Record that the bot is alive, and read that record for `--health`."""

import asyncio
import logging
import time
from contextlib import suppress

from bot.settings import BotSettings
from store import jobs
from store.database.database import Database
from store.errors import StoreError
from store.faults import outage
from store.faults.availability import log_unless_outage
from store.files.files import Files
from store.gallery import erasure
from store.jobs import inputs
from store.waiting import wait_or_timeout

log = logging.getLogger(__name__)

KEY = "bot/alive"
HEARTBEAT_S = 5.0
STALE_AFTER_S = 45.0


async def keep_healthy(db: Database, files: Files, stop: asyncio.Event) -> None:
    """Requeue the jobs of dead engines and write the heartbeat file, until `stop`."""
    while not stop.is_set():
        try:
            await asyncio.to_thread(files.write, KEY, str(time.time()).encode())
            for job_id, state in await jobs.reap(db):
                log.warning("job %d: its engine is gone, now %s", job_id, state)
            for job_id in await inputs.release_complete(db):
                log.warning("job %d: waited for images that had arrived", job_id)
            await erasure.sweep_erasures(db, files)
        except Exception as error:
            log_unless_outage(log, error, "dead engines cannot be looked for")
        await wait_or_timeout(HEARTBEAT_S, stop)
    with suppress(OSError):
        await asyncio.to_thread(files.delete, KEY)


async def diagnose(settings: BotSettings) -> str | None:
    """Return one line about what is wrong, or None; write to the store, and leave nothing there."""
    files = Files(settings.files)
    try:
        written_at = float(files.read(KEY))
        db = await Database.open_existing(settings.database)
        try:
            await db.probe()
        finally:
            await db.close()
        files.probe()
    except FileNotFoundError:
        return "the bot is not running"
    except Exception as error:
        if isinstance(error, StoreError | ValueError):
            return f"the store cannot be used: {error}"
        return f"the store cannot be used: {outage(error) or type(error).__name__}"
    silence = time.time() - written_at
    return f"the bot has been silent for {silence:.0f} s" if silence > STALE_AFTER_S else None
