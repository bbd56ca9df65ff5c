"""Albums: their pictures come one by one and in any order, a single one of them with the words.

Each part is kept as it comes; once no more has come for a while, the album is settled: the job
that its words made gets all of its pictures.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.audit import UPDATES_KEPT_MS
from store.database.database import Database, insert_once, now_ms
from store.errors import RequestError
from store.jobs import inputs
from store.jobs.inputs import Input, InputUse, new_key, request_with_inputs
from store.model import Job, Notice
from store.tables import album_parts, jobs

BATCH = 20


@dataclass(frozen=True)
class AlbumMessage:
    """One message of an album; `file_id` is None where it shows no picture."""

    chat_id: int
    album: str
    message_id: int
    user_id: int
    language: str
    file_id: str | None


@dataclass(frozen=True)
class AlbumWithoutText:
    """An album in a private chat that says nothing; `pictures`: whether it shows any."""

    chat_id: int
    message_id: int
    language: str
    pictures: bool


async def collect(db: Database, part: AlbumMessage, *, settled: bool = False) -> None:
    """A part without words; `settled`: the whole album has been answered already."""
    async with db.write() as connection:
        await _keep(connection, part)
        if settled:
            mine = _album(part.chat_id, part.album)
            await connection.execute(update(album_parts).where(mine).values(settled=True))


async def join(
    connection: AsyncConnection, parts: Collection[AlbumMessage], job_id: int, manner: InputUse
) -> None:
    """The parts that made a job: the one with the words, and what it replies to.

    Words that come very late open an album again that was taken to have none.
    """
    for part in parts:
        await _keep(connection, part)
        album = _album(part.chat_id, part.album)
        await connection.execute(update(album_parts).where(album).values(settled=False))
        mine = and_(album, album_parts.c.message_id == part.message_id)
        values = {"job_id": job_id, "manner": manner}
        await connection.execute(update(album_parts).where(mine).values(values))


async def settle_quiet(db: Database, quiet_s: float) -> list[AlbumWithoutText]:
    """Deals with the albums of which nothing has come for so long; those that lack words."""
    here = (album_parts.c.chat_id, album_parts.c.album)
    quiet = (
        select(*here)
        .where(~album_parts.c.settled)
        .group_by(*here)
        .having(func.max(album_parts.c.seen_ms) <= now_ms() - int(quiet_s * 1000))
        .limit(BATCH)
    )
    async with db.read() as connection:
        albums = (await connection.execute(quiet)).all()
    wordless = []
    for chat_id, album in albums:
        async with db.write() as connection:
            if (found := await _settle(connection, chat_id, album)) is not None:
                wordless.append(found)
    if albums:
        old = and_(album_parts.c.settled, album_parts.c.seen_ms < now_ms() - UPDATES_KEPT_MS)
        async with db.write() as connection:
            await connection.execute(delete(album_parts).where(old))
    return wordless


async def _keep(connection: AsyncConnection, part: AlbumMessage) -> None:
    """The same part may come again; what comes after the settling is too late."""
    late = select(album_parts.c.message_id).where(
        _album(part.chat_id, part.album), album_parts.c.settled
    )
    settled = (await connection.execute(late)).first() is not None
    row = asdict(part) | {"seen_ms": now_ms(), "settled": settled}
    await insert_once(connection, album_parts, **row)


async def _settle(connection: AsyncConnection, chat_id: int, album: str) -> AlbumWithoutText | None:
    mine = _album(chat_id, album)
    query = select(album_parts).where(mine).order_by(album_parts.c.message_id).with_for_update()
    parts = (await connection.execute(query)).all()
    await connection.execute(update(album_parts).where(mine).values(settled=True))
    if not parts or any(part.settled for part in parts):  # another was faster, or has answered
        return None
    asking = next((part for part in parts if part.job_id is not None), None)
    if asking is not None:
        await _hand_over(connection, asking.job_id, asking.manner, parts)
        await connection.execute(update(album_parts).where(mine).values(file_id=None))
        return None
    if chat_id < 0:  # the talk of a group: none of our business
        await connection.execute(delete(album_parts).where(mine))
        return None
    pictures = any(part.file_id for part in parts)
    return AlbumWithoutText(chat_id, parts[0].message_id, parts[0].language, pictures)


async def _hand_over(
    connection: AsyncConnection, job_id: int, manner: InputUse, parts: Sequence[Row[Any]]
) -> None:
    """The request gets its pictures, unless it has been cancelled meanwhile."""
    here = and_(jobs.c.id == job_id, jobs.c.awaiting, jobs.c.state == "queued")
    row = (await connection.execute(select(jobs).where(here))).mappings().first()
    if row is None:
        return
    if not all(part.file_id for part in parts):
        await inputs.refuse_job(connection, job_id, Notice("input-not-only"))
        return
    pictures = [Input(part.file_id, new_key()) for part in parts]
    try:
        bare = Job.from_row(row).request
        request = request_with_inputs(bare, manner, [picture.key for picture in pictures])
    except RequestError as error:
        await inputs.refuse_job(connection, job_id, Notice(error.key, error.values))
        return
    await connection.execute(update(jobs).where(here).values(request=request.to_json()))
    await inputs.add_pending(connection, job_id, pictures)


def _album(chat_id: int, album: str) -> ColumnElement[bool]:
    return and_(album_parts.c.chat_id == chat_id, album_parts.c.album == album)
