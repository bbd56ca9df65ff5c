"""Files that no row knows: what a crash left behind, and inputs whose pictures are gone."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, func, select

from store.database.database import Database
from store.errors import RequestError
from store.files.files import Files
from store.model import UNFINISHED, Result
from store.request.request import DrawRequest
from store.tables import jobs

log = logging.getLogger(__name__)

# Files come before their row, and so does a picture that somebody sends before its request.
GRACE_S = 86_400.0
BATCH = 100  # jobs looked up together

JOBS, INPUTS = "jobs", "inputs"


async def sweep_orphans(db: Database, files: Files, grace_s: float = GRACE_S) -> int:
    """Deletes what no row has known for so long; how many files.

    Folders of jobs that this database has not given out yet are left alone: whoever comes with an
    older database, or with a new one, does not lose all pictures.
    """
    async with db.read() as connection:
        newest = (await connection.execute(select(func.max(jobs.c.id)))).scalar()
    if newest is None:
        return 0
    names = await asyncio.to_thread(files.folders, JOBS)
    numbers = sorted(int(name) for name in names if name.isascii() and name.isdigit())
    count = 0
    for some in _batches([number for number in numbers if number <= newest]):
        rows = await _rows(db, some)
        for number in some:
            old = await asyncio.to_thread(files.untouched, f"{JOBS}/{number}", grace_s)
            row = next((one for one in rows if one.id == number), None)
            if row is None or row.state not in UNFINISHED:
                count += await _discard(files, set(old) - _results(row))
    old = await asyncio.to_thread(files.untouched, INPUTS, grace_s)
    return count + (await _discard(files, set(old) - await _inputs(db)) if old else 0)


def _batches(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(numbers), BATCH):
        yield numbers[first : first + BATCH]


async def _rows(db: Database, job_ids: Sequence[int]) -> Sequence[Row[*tuple[Any, ...]]]:
    """What is kept of these jobs, of each no more than is asked here."""
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


def _results(row: Row[*tuple[Any, ...]] | None) -> set[str | None]:
    """The files in its own folder that the row of a finished job names."""
    if row is None:
        return set()
    keys = {row.preview, row.latent}
    if row.result:
        result = Result.from_json(row.result)
        keys |= {result.picture, result.animation, result.gif}
    return keys


async def _inputs(db: Database) -> set[str]:
    """The pictures that requests name which are yet to be painted, or whose own is still kept."""
    async with db.read() as connection:
        kept = select(jobs.c.id).where(~jobs.c.expired)
        job_ids = (await connection.execute(kept)).scalars().all()
    named: set[str] = set()
    for some in _batches(job_ids):
        for row in await _rows(db, some):
            if f'"{INPUTS}/' in row.request:
                named |= set(_sources(row.request))
    return named


def _sources(request: str) -> tuple[str, ...]:
    try:
        return DrawRequest.from_json(request).sources
    except RequestError:  # nobody can paint it
        return ()


async def _discard(files: Files, keys: set[str]) -> int:
    for key in sorted(keys):
        log.info("no row knows %s: deleted", key)
        await asyncio.to_thread(files.discard, key)
    return len(keys)
