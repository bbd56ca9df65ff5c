"""How long files are kept: after that the row says so, and forgets what was told on the way.

The row comes first, and in the same transaction says what is to be deleted: a crash in between
leaves files that are deleted later, never a row that promises what is not there.
"""

from sqlalchemy import delete, exists, insert, select, update

from store.database.database import Database, now_ms
from store.database.leased_queue import UNSENT
from store.tables import erasures, jobs, needs, outbox

BATCH = 50  # jobs in a transaction: others want to write too

KEPT_FILES = ("animation", "picture")  # what was sent: the gallery and "delete" still need it


async def expire_jobs(db: Database, keep_s: float) -> int:
    """The files of some jobs that ended so long ago are no longer kept; how many jobs.

    What was painted stays to be read, to be painted again and, by Telegram's id, to be shown. The
    files themselves are for `forgetting.sweep`. Who has not been told yet how a job ended will be.
    """
    owed = exists().where(outbox.c.job_id == jobs.c.id, outbox.c.state.in_(UNSENT))
    old = (
        select(jobs.c.id)
        .where(~jobs.c.expired, jobs.c.finished_ms < now_ms() - int(keep_s * 1000), ~owed)
        .order_by(jobs.c.finished_ms)
        .limit(BATCH)
    )
    async with db.read() as connection:
        if (await connection.execute(old.limit(1))).first() is None:
            return 0
    async with db.write() as connection:
        locked = old.with_for_update(skip_locked=True)
        job_ids = (await connection.execute(locked)).scalars().all()
        for job_id in job_ids:
            row = {"key": f"jobs/{job_id}", "due_ms": now_ms()}
            await connection.execute(insert(erasures).values(row))
        these = jobs.c.id.in_(job_ids)
        gone = {"expired": True, "preview": None, "latent": None}
        await connection.execute(update(jobs).where(these).values(gone))
        passing = outbox.c.job_id.in_(job_ids), outbox.c.kind.not_in(KEPT_FILES)
        await connection.execute(delete(outbox).where(*passing))
        await connection.execute(delete(needs).where(needs.c.job_id.in_(job_ids)))
    return len(job_ids)
