"""The bot's sign of life, for whoever watches over the process."""

import asyncio
import logging
import time

from bot.pause import pause
from bot.settings import BotSettings
from store import forgetting, jobs
from store.database import Database
from store.errors import StoreError
from store.files import Files

log = logging.getLogger(__name__)

KEY = "bot/alive"
BEAT_S = 5.0
FRESH_S = 45.0


async def upkeep(db: Database, files: Files, stop: asyncio.Event) -> None:
    """Takes back the jobs of dead engines, and says that this program and its store work."""
    while not stop.is_set():
        try:
            for job_id, state in await jobs.reap(db):
                log.warning("job %d: its engine is gone, now %s", job_id, state)
            await forgetting.sweep(db, files)
            await asyncio.to_thread(files.write, KEY, str(time.time()).encode())
        except Exception:
            log.exception("the store cannot be reached")
        await pause(BEAT_S, stop)
    await asyncio.to_thread(files.delete, KEY)


async def ailment(settings: BotSettings) -> str | None:
    """One line about what is wrong, or None."""
    try:
        db = await Database.open(settings.database)
        await db.close()
        beat = float(Files(settings.files).read(KEY))
    except FileNotFoundError:
        return "the bot is not running"
    except (StoreError, OSError, ValueError) as error:
        return f"the store cannot be used: {error}"
    silence = time.time() - beat
    return f"the bot has been silent for {silence:.0f} s" if silence > FRESH_S else None
