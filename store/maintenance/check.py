"""Check a store: the database itself, what must hold between its rows, and the files."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image
from sqlalchemy import Row, Select, func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database
from store.errors import RequestError
from store.files.files import Files, InvalidKey
from store.gallery.orphans import find_orphans
from store.maintenance.backup import FOLDERS
from store.maintenance.invariants import INVARIANTS
from store.model import UNFINISHED, Result
from store.request.request import DrawRequest
from store.tables import jobs
from store.texts import store_texts

SHOWN = 5  # ids or keys of each finding
BATCH = 500  # jobs in one query: no read transaction is long


@dataclass(frozen=True)
class StoreFinding:
    """Something that is wrong, or that somebody ought to know.

    what: the end of the key of its text, `fault-…`. harmful: it will not come right by itself.
    """

    number: str
    what: str
    count: int
    examples: tuple[str, ...]
    harmful: bool = True

    def __str__(self) -> str:
        return self.line("en")

    def line(self, language: str) -> str:
        """Return the finding in one line."""
        texts = store_texts()
        more = ", …" if self.count > len(self.examples) else ""
        return texts(
            language,
            "fault-line",
            number=self.number,
            what=texts(language, f"fault-{self.what}"),
            count=self.count,
            examples=", ".join(self.examples) + more or "none",
            harmful="yes" if self.harmful else "no",
        )


async def check(db: Database, files: Files, *, decode: bool = True) -> list[StoreFinding]:
    """Return what is wrong with a store, which may be in use.

    decode: also read every picture and compare its size; else the files' names are compared.
    """
    findings = await _integrity(db)
    if findings:  # a damaged database gives wrong answers
        return findings
    async with db.read() as connection:
        for invariant in INVARIANTS:
            count, ids = await _ids(connection, invariant.query)
            if count:
                harmful = not invariant.transient
                findings.append(
                    StoreFinding(invariant.number, invariant.broken, count, ids, harmful)
                )
    return findings + await _check_files(db, files, decode)


async def _integrity(db: Database) -> list[StoreFinding]:
    """Return what SQLite finds damaged; a PostgreSQL server checks itself."""
    try:
        async with db.read() as connection:
            if connection.dialect.name != "sqlite":
                return []
            damage = (await connection.execute(text("PRAGMA integrity_check(20)"))).scalars().all()
            foreign = (await connection.execute(text("PRAGMA foreign_key_check"))).all()
    except DatabaseError as error:
        return [StoreFinding("I10", "database", 1, (str(error.orig),))]
    found = [str(line) for line in damage if line != "ok"]
    found += [f"{row[0]} {row[1]} names a missing row of {row[2]}" for row in foreign]
    examples = tuple(found[:SHOWN])
    return [StoreFinding("I10", "database", len(found), examples)] if found else []


async def _ids(
    connection: AsyncConnection, query: "Select[tuple[int]]"
) -> tuple[int, tuple[str, ...]]:
    count = await connection.execute(select(func.count()).select_from(query.subquery()))
    total = int(count.scalar_one())
    if not total:
        return 0, ()
    return total, tuple(
        str(row) for row in (await connection.execute(query.limit(SHOWN))).scalars()
    )


async def _check_files(db: Database, files: Files, decode: bool) -> list[StoreFinding]:
    present = {key for folder in FOLDERS for key in await asyncio.to_thread(files.keys, folder)}
    missing: list[tuple[int, str]] = []
    broken: list[tuple[int, str]] = []
    latents: list[str] = []
    async for row in _jobs_with_files(db):
        if row.result:
            result = Result.from_json(row.result)
            lost = result.files - present
            missing += [(row.id, key) for key in sorted(lost)]
            if decode and not await asyncio.to_thread(_is_whole, files, result):
                broken.append((row.id, result.picture))
        elif row.state in UNFINISHED:
            missing += [(row.id, key) for key in _inputs(row) if key not in present]
            latents += [row.latent] if row.latent and row.latent not in present else []
    # What a job wrote, or a user deleted, since the files were listed.
    missing = [(job, key) for job, key in missing if not await asyncio.to_thread(files.exists, key)]
    kept = await _still_kept(db, [job for job, _ in missing + broken])
    orphans = [key async for keys in find_orphans(db, files) for key in keys]
    groups = (
        ("I7", "files-missing", [key for job, key in missing if job in kept], True),
        ("I7", "pictures-damaged", [key for job, key in broken if job in kept], True),
        ("latents", "latents-gone", latents, False),
        ("orphans", "orphans", orphans, False),
    )
    return [
        StoreFinding(number, what, len(keys), tuple(keys[:SHOWN]), harmful)
        for number, what, keys, harmful in groups
        if keys
    ]


_KEPT = (~jobs.c.expired, ~jobs.c.erased)


async def _jobs_with_files(db: Database) -> AsyncIterator[Row[*tuple[Any, ...]]]:
    """Yield the jobs whose files are kept, in the order of their ids."""
    names = ("id", "state", "request", "result", "latent", "awaiting")
    last = 0
    while True:
        page = select(*(jobs.c[name] for name in names)).where(jobs.c.id > last, *_KEPT)
        async with db.read() as connection:
            rows = (await connection.execute(page.order_by(jobs.c.id).limit(BATCH))).all()
        if not rows:
            return
        for row in rows:
            yield row
        last = rows[-1].id


async def _still_kept(db: Database, job_ids: Sequence[int]) -> set[int]:
    kept: set[int] = set()
    async with db.read() as connection:
        for first in range(0, len(job_ids), BATCH):
            some = jobs.c.id.in_(job_ids[first : first + BATCH])
            query = select(jobs.c.id).where(some, *_KEPT)
            kept |= set((await connection.execute(query)).scalars())
    return kept


def _inputs(row: Row[*tuple[Any, ...]]) -> tuple[str, ...]:
    """Return the images that an unfinished job needs, once they have arrived."""
    if row.awaiting:
        return ()
    try:
        return DrawRequest.from_json(row.request).sources
    except RequestError:  # the engine will refuse it
        return ()


def _is_whole(files: Files, result: Result) -> bool:
    """Return whether the pictures can be read and have their size; a sheet has one of its own."""
    size = result.width, result.height
    sizes = dict.fromkeys(result.parts, size) if result.parts else {result.picture: size}
    whole = {result.picture: None, **sizes}
    return all(_is_picture(files, key, expected) for key, expected in whole.items())


def _is_picture(files: Files, key: str, size: tuple[int, int] | None) -> bool:
    """Return whether a picture can be read and has its size; True where it was deleted just now."""
    try:
        with Image.open(BytesIO(files.read(key)), formats=("PNG",)) as image:
            image.load()
            return size in (None, image.size)
    except FileNotFoundError:
        return True
    except (OSError, ValueError, SyntaxError, InvalidKey, Image.DecompressionBombError):
        return False
