"""Erase users' data: prompts and files go, the job's row and the ledger stay without them."""

import asyncio
import logging
from typing import Any

from sqlalchemy import Row, and_, case, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, now_ms
from store.errors import RequestError
from store.faults.availability import log_unless_outage
from store.files.files import Files
from store.jobs.close import close
from store.messages import inbox
from store.model import UNFINISHED, Result
from store.request.request import DrawRequest
from store.tables import album_parts, erasures, jobs, outbox, questions, recipes, users, vectors

log = logging.getLogger(__name__)

# An engine or a download may still write files until it learns that the job has ended.
LATE_WRITE_MS = 120_000
RETRY_MS = 600_000  # before a failed deletion is tried again
BATCH = 50  # jobs in a transaction, files in a sweep: other writers wait meanwhile

EMPTY_REQUEST = "{}"  # not a valid request, so the job cannot be painted again


async def count_user_data(db: Database, user_id: int) -> int:
    """Return the number of a user's jobs that are not erased."""
    query = select(func.count()).where(jobs.c.user_id == user_id, ~jobs.c.erased)
    async with db.read() as connection:
        return int((await connection.execute(query)).scalar_one())


async def forget_user(db: Database, user_id: int, batch: int = BATCH) -> int:
    """Erase all jobs, names and album messages of a user; return the number of jobs.

    Unfinished jobs are cancelled and refunded at once; an engine that is painting finds its token
    stale. The files are deleted by `sweep_erasures`.

    batch: the number of jobs in one transaction.
    """
    unerased = select(jobs.c.id).where(jobs.c.user_id == user_id, ~jobs.c.erased)
    next_jobs = unerased.order_by(jobs.c.id.desc()).limit(batch).with_for_update()
    count = 0
    while True:
        async with db.write() as connection:
            job_ids = (await connection.execute(next_jobs)).scalars().all()
            for job_id in job_ids:
                await _erase(connection, job_id, with_all_others=True)
        count += len(job_ids)
        if len(job_ids) < batch:
            break
    remove_names = update(users).where(users.c.id == user_id).values(name=None, username=None)
    async with db.write() as connection:
        await connection.execute(remove_names)
        await connection.execute(delete(album_parts).where(album_parts.c.user_id == user_id))
        await connection.execute(delete(questions).where(questions.c.user_id == user_id))
        await inbox.forget(connection, user_id)
    return count


async def erase_job(db: Database, job_id: int) -> None:
    """Erase one job; again has no effect."""
    this_job = select(jobs.c.id).where(jobs.c.id == job_id, ~jobs.c.erased).with_for_update()
    async with db.write() as connection:
        if (await connection.execute(this_job)).first() is not None:
            await _erase(connection, job_id)


async def sweep_erasures(db: Database, files: Files) -> int:
    """Delete the files whose erasure is due; return the number of keys.

    A key that cannot be deleted now is retried later and does not hold up the others.
    """
    due = (
        select(erasures.c.id, erasures.c.key)
        .where(erasures.c.due_ms <= now_ms())
        .order_by(erasures.c.id)
        .limit(BATCH)
    )
    async with db.read() as connection:
        rows = (await connection.execute(due)).all()
    deleted, failed = [], []
    for row in rows:
        try:
            await asyncio.to_thread(files.delete, row.key)
        except Exception as error:
            log_unless_outage(log, error, "cannot delete %s", row.key)
            failed.append(row.id)
        else:
            deleted.append(row.id)
    if rows:
        later = update(erasures).where(erasures.c.id.in_(failed)).values(due_ms=now_ms() + RETRY_MS)
        async with db.write() as connection:
            await connection.execute(delete(erasures).where(erasures.c.id.in_(deleted)))
            await connection.execute(later)
    return len(deleted)


async def _erase(
    connection: AsyncConnection, job_id: int, *, with_all_others: bool = False
) -> None:
    """Erase one job and schedule the deletion of its files.

    with_all_others: the user's other jobs are erased as well, and so need no image any more.
    """
    this_job = jobs.c.id == job_id
    job = (await connection.execute(select(jobs).where(this_job))).one()
    folder = f"jobs/{job_id}"
    sources = await _own_sources(connection, job, with_all_others)
    copies = Result.from_json(job.result).copies if job.result else ()
    for key in [folder, *sources, *copies]:
        await connection.execute(insert(erasures).values(key=key, due_ms=now_ms()))
    written_late = [folder] if job.state == "running" else sources if job.awaiting else []
    for key in written_late:
        later = now_ms() + LATE_WRITE_MS
        await connection.execute(insert(erasures).values(key=key, due_ms=later))
    await connection.execute(delete(album_parts).where(album_parts.c.job_id == job_id))
    await _forget_messages(connection, job_id)
    if job.state in UNFINISHED:
        await close(connection, this_job, "cancelled", tell="cancelled")
    values = {"prompt": "", "request": EMPTY_REQUEST, "notices": "[]", "error": None}
    files: dict[str, Any] = {"preview": None, "latent": None, "erased": True}
    await connection.execute(update(jobs).where(this_job).values(values | files))
    for table in (recipes, vectors):
        await connection.execute(delete(table).where(table.c.job_id == job_id))


async def _forget_messages(connection: AsyncConnection, job_id: int) -> None:
    """Give up the job's pending messages and delete the ids of its files at Telegram."""
    of_job = outbox.c.job_id == job_id
    pending = and_(of_job, outbox.c.state == "pending")
    unsent = case((pending, "undeliverable"), else_=outbox.c.state)
    values = {"state": unsent, "file_id": None, "file_kind": None}
    await connection.execute(update(outbox).where(of_job).values(values))


async def _own_sources(
    connection: AsyncConnection, job: Row[Any], with_all_others: bool
) -> list[str]:
    """Return the images of a request that no other request of the user needs."""
    try:
        sources = DrawRequest.from_json(job.request).sources
    except RequestError:
        return []
    uploaded = [key for key in sources if not key.startswith("jobs/")]
    if with_all_others:
        return uploaded
    own = []
    for key in uploaded:
        others = select(jobs.c.id).where(
            jobs.c.user_id == job.user_id,
            jobs.c.id != job.id,
            ~jobs.c.erased,
            jobs.c.request.contains(key, autoescape=True),
        )
        if (await connection.execute(others)).first() is None:
            own.append(key)
    return own
