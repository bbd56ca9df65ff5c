"""Expire jobs: after the time of retention their files are deleted, and the rows of
jobs without a picture.

The row is marked first, and the deletion is scheduled in the same transaction: a crash leaves files
that are deleted later, never a row that names files which are gone.
"""

from sqlalchemy import delete, exists, insert, select, update

from store.database.database import Database, now_ms
from store.database.leased_queue import UNSENT
from store.model import Result
from store.tables import album_parts, erasures, inputs, jobs, ledger, needs, outbox, recipes

BATCH = 50  # jobs in a transaction: other writers wait meanwhile

KEPT_MESSAGES = ("animation", "picture")  # the gallery and the button "delete" need their ids


async def expire_jobs(db: Database, keep_s: float, batch: int = BATCH) -> int:
    """Expire some of the jobs that ended more than `keep_s` seconds ago; return how many.

    The request stays, so that it can be painted again and, by Telegram's file id, be shown. Jobs
    with undelivered messages are left for later. The files are deleted by `erasure.sweep_erasures`.

    batch: the number of jobs in the transaction.
    """
    undelivered = exists().where(outbox.c.job_id == jobs.c.id, outbox.c.state.in_(UNSENT))
    old = (
        select(jobs.c.id, jobs.c.result)
        .where(~jobs.c.expired, jobs.c.finished_ms < now_ms() - int(keep_s * 1000), ~undelivered)
        .order_by(jobs.c.finished_ms)
        .limit(batch)
    )
    async with db.read() as connection:
        if (await connection.execute(old.limit(1))).first() is None:
            return 0
    async with db.write() as connection:
        locked = old.with_for_update(skip_locked=True)
        rows = (await connection.execute(locked)).all()
        job_ids = [row.id for row in rows]
        for row in rows:
            copies = Result.from_json(row.result).copies if row.result else ()
            for key in (f"jobs/{row.id}", *copies):
                await connection.execute(insert(erasures).values(key=key, due_ms=now_ms()))
        selected = jobs.c.id.in_(job_ids)
        values = {"expired": True, "preview": None, "latent": None}
        await connection.execute(update(jobs).where(selected).values(values))
        temporary = outbox.c.job_id.in_(job_ids), outbox.c.kind.not_in(KEPT_MESSAGES)
        await connection.execute(delete(outbox).where(*temporary))
        await connection.execute(delete(needs).where(needs.c.job_id.in_(job_ids)))
    return len(job_ids)


async def trim_jobs(db: Database, keep_s: float, batch: int = BATCH) -> int:
    """Delete some of the expired jobs that made no picture; return how many.

    Their entries in the ledger stay, without the job.
    """
    count = 0
    for state in ("failed", "cancelled"):
        old = (
            select(jobs.c.id)
            .where(jobs.c.state == state, jobs.c.finished_ms < now_ms() - int(keep_s * 1000))
            .where(jobs.c.expired)  # its messages are delivered, its files deleted
            .order_by(jobs.c.finished_ms)
            .limit(batch)
        )
        async with db.read() as connection:
            if (await connection.execute(old.limit(1))).first() is None:
                continue
        async with db.write() as connection:
            locked = old.with_for_update(skip_locked=True)
            job_ids = (await connection.execute(locked)).scalars().all()
            entries = update(ledger).where(ledger.c.job_id.in_(job_ids)).values(job_id=None)
            await connection.execute(entries)
            for table in (outbox, needs, inputs, album_parts, recipes):
                await connection.execute(delete(table).where(table.c.job_id.in_(job_ids)))
            await connection.execute(delete(jobs).where(jobs.c.id.in_(job_ids)))
        count += len(job_ids)
    return count
