"""Delete expired files and orphans in the background."""

import asyncio
import logging
from time import monotonic

from store import audit, processes
from store.admin.statistics import DAYS
from store.database.database import Database
from store.faults.availability import log_unless_outage
from store.files.files import Files
from store.gallery import expiry, orphans
from store.messages import inbox

log = logging.getLogger(__name__)

DAY_S = 86_400.0
POLL_S = 600.0


async def run_cleanup(db: Database, files: Files, keep_days: int, poll_s: float = POLL_S) -> None:
    """Clean up until cancelled, which may happen at any moment: the next round does the rest.

    Several processes may do so at once without harm.
    """
    orphans_at = monotonic()
    while True:
        try:
            await expire_files(db, keep_days)
            await trim_jobs(db, keep_days)
            await audit.delete_old_updates(db)
            await inbox.trim(db)
            await processes.delete_old_leases(db)
            if monotonic() >= orphans_at:
                await orphans.sweep_orphans(db, files)
                orphans_at = monotonic() + DAY_S
        except Exception as error:
            log_unless_outage(log, error, "old files cannot be cleaned up")
        await asyncio.sleep(poll_s)


async def expire_files(db: Database, keep_days: int) -> None:
    """Expire the files of all jobs that are older than `keep_days`; 0 keeps everything."""
    while keep_days and (count := await expiry.expire_jobs(db, keep_days * DAY_S)):
        log.info("the files of %d pictures are no longer kept", count)


async def trim_jobs(db: Database, keep_days: int) -> None:
    """Delete the rows of expired jobs without a picture; 0 keeps everything.

    Reports show the last two weeks, so no row is deleted before.
    """
    keep_s = max(keep_days, DAYS) * DAY_S
    while keep_days and await expiry.trim_jobs(db, keep_s):
        await asyncio.sleep(0)
