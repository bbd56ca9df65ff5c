"""Taking pictures back: words and files go, the row and the ledger stay without them."""

import asyncio
import logging
from typing import Any

from sqlalchemy import Row, and_, case, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, now_ms
from store.errors import RequestError
from store.files.files import Files, InvalidKey
from store.jobs.close import close
from store.model import UNFINISHED
from store.request.request import DrawRequest
from store.tables import album_parts, erasures, jobs, outbox, recipes, users

log = logging.getLogger(__name__)

# Whoever was painting or fetching may still write until it hears that the job has ended.
LATE_WRITE_MS = 120_000
RETRY_MS = 600_000  # until what could not be deleted is tried again
BATCH = 50  # requests in a transaction, files in a sweep

NOTHING = "{}"  # a request that cannot be read, and so cannot be painted again


async def count_user_data(db: Database, user_id: int) -> int:
    """How many requests of this person are remembered."""
    query = select(func.count()).where(jobs.c.user_id == user_id, ~jobs.c.erased)
    async with db.read() as connection:
        return int((await connection.execute(query)).scalar_one())


async def forget_user(db: Database, user_id: int) -> int:
    """Erases all that this person ever asked for; how many requests it were.

    What is still unfinished is cancelled and refunded at once: an engine that is painting finds
    the job no longer its own. The files are for `sweep`.
    """
    mine = select(jobs.c.id).where(jobs.c.user_id == user_id, ~jobs.c.erased)
    some = mine.order_by(jobs.c.id.desc()).limit(BATCH).with_for_update()
    count = 0
    while True:  # not all in one transaction: others want to write too
        async with db.write() as connection:
            job_ids = (await connection.execute(some)).scalars().all()
            for job_id in job_ids:
                await _erase(connection, job_id)
        count += len(job_ids)
        if len(job_ids) < BATCH:
            break
    nameless = update(users).where(users.c.id == user_id).values(name=None, username=None)
    async with db.write() as connection:
        await connection.execute(nameless)
        await connection.execute(delete(album_parts).where(album_parts.c.user_id == user_id))
    return count


async def erase_job(db: Database, job_id: int) -> None:
    """The same for a single job; again changes nothing."""
    here = select(jobs.c.id).where(jobs.c.id == job_id, ~jobs.c.erased).with_for_update()
    async with db.write() as connection:
        if (await connection.execute(here)).first() is not None:
            await _erase(connection, job_id)


async def sweep_erasures(db: Database, files: Files) -> int:
    """Deletes the files that are to be gone by now; how many keys it were.

    What cannot be deleted now is tried again, but keeps nobody from the rest.
    """
    due = (
        select(erasures.c.id, erasures.c.key)
        .where(erasures.c.due_ms <= now_ms())
        .order_by(erasures.c.id)
        .limit(BATCH)
    )
    async with db.read() as connection:
        rows = (await connection.execute(due)).all()
    swept, stuck = [], []
    for row in rows:
        try:
            await asyncio.to_thread(files.delete, row.key)
        except (OSError, InvalidKey):
            log.exception("cannot delete %s", row.key)
            stuck.append(row.id)
        else:
            swept.append(row.id)
    if rows:
        later = update(erasures).where(erasures.c.id.in_(stuck)).values(due_ms=now_ms() + RETRY_MS)
        async with db.write() as connection:
            await connection.execute(delete(erasures).where(erasures.c.id.in_(swept)))
            await connection.execute(later)
    return len(swept)


async def _erase(connection: AsyncConnection, job_id: int) -> None:
    here = jobs.c.id == job_id
    job = (await connection.execute(select(jobs).where(here))).one()
    folder = f"jobs/{job_id}"
    sources = await _sources_of_its_own(connection, job)
    for key in [folder, *sources]:
        await connection.execute(insert(erasures).values(key=key, due_ms=now_ms()))
    under_way = [folder] if job.state == "running" else sources if job.awaiting else []
    for key in under_way:
        later = now_ms() + LATE_WRITE_MS
        await connection.execute(insert(erasures).values(key=key, due_ms=later))
    await connection.execute(delete(album_parts).where(album_parts.c.job_id == job_id))
    await _forget_messages(connection, job_id)
    if job.state in UNFINISHED:
        await close(connection, here, "cancelled", tell="cancelled")
    blank = {"prompt": "", "request": NOTHING, "notices": "[]", "preview": None, "latent": None}
    await connection.execute(update(jobs).where(here).values(**blank, error=None, erased=True))
    await connection.execute(delete(recipes).where(recipes.c.job_id == job_id))


async def _forget_messages(connection: AsyncConnection, job_id: int) -> None:
    """What is still owed need not come, and what came cannot be sent again."""
    mine = outbox.c.job_id == job_id
    pending = and_(mine, outbox.c.state == "pending")
    unsent = case((pending, "undeliverable"), else_=outbox.c.state)
    values = {"state": unsent, "file_id": None, "file_kind": None}
    await connection.execute(update(outbox).where(mine).values(values))


async def _sources_of_its_own(connection: AsyncConnection, job: Row[Any]) -> list[str]:
    """The pictures that came with the request and that no other request of the person names."""
    try:
        sources = DrawRequest.from_json(job.request).sources
    except RequestError:
        return []
    alone = []
    for key in sources:
        others = select(jobs.c.id).where(
            jobs.c.user_id == job.user_id,
            jobs.c.id != job.id,
            ~jobs.c.erased,
            jobs.c.request.contains(key, autoescape=True),
        )
        if not key.startswith("jobs/") and (await connection.execute(others)).first() is None:
            alone.append(key)
    return alone
