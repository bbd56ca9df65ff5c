"""Lets go of old files, a little at a time, beside the bot's other work."""

import asyncio
import logging
from time import monotonic

from store import orphans, retention, updates
from store.database import Database
from store.files import Files

log = logging.getLogger(__name__)

DAY_S = 86_400.0
LOOK_S = 600.0


async def watch(db: Database, files: Files, keep_days: int) -> None:
    """Until it is cancelled, at any moment: what is left undone is done by the next look.

    The bot does it, since it is always there; several bots do no harm to each other.
    """
    orphans_at = monotonic()
    while True:
        try:
            await expire(db, keep_days)
            await updates.forget_old(db)
            if monotonic() >= orphans_at:
                await orphans.sweep(db, files)
                orphans_at = monotonic() + DAY_S
        except Exception:
            log.exception("old files cannot be looked through")
        await asyncio.sleep(LOOK_S)


async def expire(db: Database, keep_days: int) -> None:
    """All that is old enough; 0 days keep everything."""
    while keep_days and (count := await retention.expire(db, keep_days * DAY_S)):
        log.info("the files of %d pictures are no longer kept", count)
