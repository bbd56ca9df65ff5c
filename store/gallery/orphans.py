"""Delete files that no row refers to: left by a crash, or inputs of erased or expired jobs."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from sqlalchemy import Row, func, select

from store.database.database import Database
from store.errors import RequestError
from store.files.files import Files
from store.messages import outage_notices
from store.model import UNFINISHED, Result
from store.request.request import DrawRequest
from store.tables import jobs

log = logging.getLogger(__name__)

# Files are written before the rows that refer to them.
GRACE_S = 86_400.0
BATCH = 100  # jobs in one query

JOBS, INPUTS = "jobs", "inputs"


async def sweep_orphans(db: Database, files: Files, grace_s: float = GRACE_S) -> int:
    """Delete files that no row has referred to for `grace_s` seconds; return how many."""
    count = 0
    async for keys in find_orphans(db, files, grace_s):
        for key in keys:
            log.info("no row knows %s: deleted", key)
            await asyncio.to_thread(files.delete_file, key)
        count += len(keys)
    return count


async def find_orphans(
    db: Database, files: Files, grace_s: float = GRACE_S
) -> AsyncIterator[list[str]]:
    """Yield the keys of files that no row has referred to for `grace_s` seconds, in groups.

    Folders of jobs with ids above the newest one are left alone, so that a restored older database
    or a new one does not delete all pictures.
    """
    old = await asyncio.to_thread(files.older_than, outage_notices.FOLDER, grace_s)
    if old:
        yield sorted(old)
    async with db.read() as connection:
        newest = (await connection.execute(select(func.max(jobs.c.id)))).scalar()
    if newest is None:
        return
    names = await asyncio.to_thread(files.folders, JOBS)
    numbers = sorted(int(name) for name in names if name.isascii() and name.isdigit())
    for batch in _batches([number for number in numbers if number <= newest]):
        rows = await _rows(db, batch)
        for number in batch:
            old = await asyncio.to_thread(files.older_than, f"{JOBS}/{number}", grace_s)
            row = next((row for row in rows if row.id == number), None)
            if row is None or row.state not in UNFINISHED:
                yield sorted(set(old) - _result_keys(row))
    old = await asyncio.to_thread(files.older_than, INPUTS, grace_s)
    if old:
        yield sorted(set(old) - await _input_keys(db))


def _batches(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(numbers), BATCH):
        yield numbers[first : first + BATCH]


async def _rows(db: Database, job_ids: Sequence[int]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return the needed columns of those of the jobs whose files are still kept."""
    columns = (
        jobs.c.id,
        jobs.c.state,
        jobs.c.request,
        jobs.c.result,
        jobs.c.preview,
        jobs.c.latent,
    )
    query = select(*columns).where(jobs.c.id.in_(job_ids), ~jobs.c.expired, ~jobs.c.erased)
    async with db.read() as connection:
        return (await connection.execute(query)).all()


def _result_keys(row: Row[*tuple[Any, ...]] | None) -> set[str | None]:
    """Return the keys in its own folder that the row of a job refers to."""
    if row is None:
        return set()
    keys = {row.preview, row.latent}
    if row.result:
        result = Result.from_json(row.result)
        keys |= result.files
    return keys


async def _input_keys(db: Database) -> set[str]:
    """Return the keys of input images that kept requests name, and of pictures of sheets."""
    async with db.read() as connection:
        kept = select(jobs.c.id).where(~jobs.c.expired)
        job_ids = (await connection.execute(kept)).scalars().all()
    named: set[str] = set()
    for batch in _batches(job_ids):
        for row in await _rows(db, batch):
            if f'"{INPUTS}/' in row.request:
                named |= set(_sources(row.request))
            if row.result and f'"{INPUTS}/' in row.result:
                named |= Result.from_json(row.result).copies
    return named


def _sources(request: str) -> tuple[str, ...]:
    try:
        return DrawRequest.from_json(request).sources
    except RequestError:  # it cannot be painted
        return ()
