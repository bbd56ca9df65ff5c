"""Lets go of old files, a little at a time, beside the bot's other work."""

import asyncio
import logging
from time import monotonic

from store import audit
from store.database.database import Database
from store.files.files import Files
from store.gallery import expiry, orphans

log = logging.getLogger(__name__)

DAY_S = 86_400.0
POLL_S = 600.0


async def run_cleanup(db: Database, files: Files, keep_days: int) -> None:
    """Until it is cancelled, at any moment: what is left undone is done by the next look.

    The bot does it, since it is always there; several bots do no harm to each other.
    """
    orphans_at = monotonic()
    while True:
        try:
            await expire_files(db, keep_days)
            await audit.forget_old(db)
            if monotonic() >= orphans_at:
                await orphans.sweep_orphans(db, files)
                orphans_at = monotonic() + DAY_S
        except Exception:
            log.exception("old files cannot be looked through")
        await asyncio.sleep(POLL_S)


async def expire_files(db: Database, keep_days: int) -> None:
    """All that is old enough; 0 days keep everything."""
    while keep_days and (count := await expiry.expire_jobs(db, keep_days * DAY_S)):
        log.info("the files of %d pictures are no longer kept", count)
