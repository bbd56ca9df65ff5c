"""Record that the bot is alive, and read that record for `--health`."""

import asyncio
import logging
import time

from bot.settings import BotSettings
from store import jobs
from store.database.database import Database
from store.errors import StoreError
from store.files.files import Files
from store.gallery import erasure
from store.waiting import wait_or_timeout

log = logging.getLogger(__name__)

KEY = "bot/alive"
HEARTBEAT_S = 5.0
STALE_AFTER_S = 45.0


async def keep_healthy(db: Database, files: Files, stop: asyncio.Event) -> None:
    """Requeue the jobs of dead engines and write the heartbeat file, until `stop`."""
    while not stop.is_set():
        try:
            for job_id, state in await jobs.reap(db):
                log.warning("job %d: its engine is gone, now %s", job_id, state)
            await erasure.sweep_erasures(db, files)
            await asyncio.to_thread(files.write, KEY, str(time.time()).encode())
        except Exception:
            log.exception("the store cannot be reached")
        await wait_or_timeout(HEARTBEAT_S, stop)
    await asyncio.to_thread(files.delete, KEY)


async def diagnose(settings: BotSettings) -> str | None:
    """Return one line about what is wrong, or None."""
    try:
        db = await Database.open(settings.database)
        await db.close()
        written_at = float(Files(settings.files).read(KEY))
    except FileNotFoundError:
        return "the bot is not running"
    except (StoreError, OSError, ValueError) as error:
        return f"the store cannot be used: {error}"
    silence = time.time() - written_at
    return f"the bot has been silent for {silence:.0f} s" if silence > STALE_AFTER_S else None
