"""A person's finished pictures, in the order in which they were asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from store.database.database import Database
from store.model import Job, TelegramFile
from store.tables import jobs, outbox


@dataclass(frozen=True)
class GalleryItem:
    """One picture; `place` is 1 for the newest of `count`, its neighbours are jobs."""

    job: Job
    file: TelegramFile | None  # None: it must be uploaded
    place: int
    count: int
    newer: int | None
    older: int | None


@dataclass(frozen=True)
class ShareableItem:
    """A picture that Telegram can show anywhere by its id."""

    job_id: int
    prompt: str
    file: TelegramFile


async def gallery_page(db: Database, user_id: int, job_id: int | None = None) -> GalleryItem | None:
    """The picture, or the nearest one (older, else newer) where it is gone; None: there is none.

    job_id: None is the newest.
    """
    mine = _finished(user_id)
    async with db.read() as connection:
        newest, oldest, count = (
            await connection.execute(
                select(func.max(jobs.c.id), func.min(jobs.c.id), func.count()).where(mine)
            )
        ).one()
        if newest is None:
            return None
        wanted = max(oldest, min(newest, newest if job_id is None else job_id))
        here = select(func.max(jobs.c.id)).where(mine, jobs.c.id <= wanted)
        shown = (await connection.execute(here)).scalar_one()
        newer = select(func.min(jobs.c.id), func.count()).where(mine, jobs.c.id > shown)
        older = select(func.max(jobs.c.id)).where(mine, jobs.c.id < shown)
        next_newer, ahead = (await connection.execute(newer)).one()
        next_older = (await connection.execute(older)).scalar()
        row = (await connection.execute(select(jobs).where(jobs.c.id == shown))).mappings().one()
        sent = await connection.execute(_PICTURE.where(outbox.c.job_id == shown))
        file = _file(sent.first())
    return GalleryItem(Job.from_row(row), file, 1 + ahead, count, next_newer, next_older)


async def shareable_pictures(
    db: Database, user_id: int, limit: int = 500
) -> Sequence[ShareableItem]:
    """The newest pictures that Telegram still has.

    Without those held to be unsafe: where they are sent they would come without a veil.
    """
    query = (
        select(jobs.c.id, jobs.c.prompt, outbox.c.file_id, outbox.c.file_kind)
        .join(outbox, and_(outbox.c.job_id == jobs.c.id, outbox.c.kind == "picture"))
        .where(_finished(user_id), ~jobs.c.unsafe, outbox.c.file_id.is_not(None))
        .order_by(jobs.c.id.desc())
        .limit(limit)
    )
    async with db.read() as connection:
        rows = (await connection.execute(query)).all()
    return [
        ShareableItem(row.id, row.prompt, TelegramFile(row.file_kind, row.file_id)) for row in rows
    ]


async def messages(db: Database, job_id: int) -> list[int]:
    """The messages in the job's own chat that hold its animation and its picture."""
    query = select(outbox.c.message_id).where(
        outbox.c.job_id == job_id,
        outbox.c.kind.in_(("animation", "picture")),
        outbox.c.message_id.is_not(None),
    )
    async with db.read() as connection:
        return list((await connection.execute(query.order_by(outbox.c.id))).scalars())


_PICTURE = select(outbox.c.file_kind, outbox.c.file_id).where(outbox.c.kind == "picture")


def _finished(user_id: int) -> ColumnElement[bool]:
    return and_(jobs.c.user_id == user_id, jobs.c.state == "done", ~jobs.c.erased)


def _file(row: Any) -> TelegramFile | None:
    return TelegramFile(*row) if row is not None and row.file_id is not None else None
