"""A user's finished pictures, in the order of their requests."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from store.database.database import Database
from store.model import Job, TelegramFile
from store.tables import jobs, outbox

SEARCHED = 500  # of the newest pictures, those in which an inline query looks for words
_PAGE = 100  # of them in one statement, which keeps it short


@dataclass(frozen=True)
class GalleryItem:
    """One picture of the gallery.

    `place` is 1 for the newest of `count`; `newer` and `older` are the ids of the neighbouring
    jobs. `file` is None if the picture must be uploaded again.
    """

    job: Job
    file: TelegramFile | None  # None: it must be uploaded
    place: int
    count: int
    newer: int | None
    older: int | None


@dataclass(frozen=True)
class ShareableItem:
    """A picture that can be sent to any chat by its Telegram file id."""

    job_id: int
    prompt: str
    file: TelegramFile


async def gallery_page(db: Database, user_id: int, job_id: int | None = None) -> GalleryItem | None:
    """Return a picture, or the nearest one (older, else newer) if it is gone.

    None if the user has no pictures. `job_id` None selects the newest.
    """
    finished = finished_of(user_id)
    async with db.read() as connection:
        newest, oldest, count = (
            await connection.execute(
                select(func.max(jobs.c.id), func.min(jobs.c.id), func.count()).where(finished)
            )
        ).one()
        if newest is None:
            return None
        nearest = max(oldest, min(newest, newest if job_id is None else job_id))
        shown_query = select(func.max(jobs.c.id)).where(finished, jobs.c.id <= nearest)
        shown = (await connection.execute(shown_query)).scalar_one()
        newer = select(func.min(jobs.c.id), func.count()).where(finished, jobs.c.id > shown)
        older = select(func.max(jobs.c.id)).where(finished, jobs.c.id < shown)
        next_newer, ahead = (await connection.execute(newer)).one()
        next_older = (await connection.execute(older)).scalar()
        row = (await connection.execute(select(jobs).where(jobs.c.id == shown))).mappings().one()
        delivered = await connection.execute(_PICTURE.where(outbox.c.job_id == shown))
        file = _file(delivered.first())
    return GalleryItem(Job.from_row(row), file, 1 + ahead, count, next_newer, next_older)


async def search_shareable(
    db: Database,
    user_id: int,
    matches: Callable[[ShareableItem], bool],
    wanted: int,
    *,
    up_to: int | None = None,
) -> list[ShareableItem]:
    """Return the `wanted` newest of the user's pictures that match and that Telegram still has.

    Of the SEARCHED newest ones, or of those with ids `up_to` that one. Unsafe ones are left out,
    since inline results cannot be sent under a spoiler.
    """
    found: list[ShareableItem] = []
    for _ in range(SEARCHED // _PAGE):
        page = await _shareable_page(db, user_id, up_to)
        found += filter(matches, page)
        if len(page) < _PAGE or len(found) >= wanted:
            break
        up_to = page[-1].job_id - 1
    return found[:wanted]


async def _shareable_page(db: Database, user_id: int, up_to: int | None) -> list[ShareableItem]:
    query = (
        select(jobs.c.id, jobs.c.prompt, outbox.c.file_id, outbox.c.file_kind)
        .join(outbox, and_(outbox.c.job_id == jobs.c.id, outbox.c.kind == "picture"))
        .where(finished_of(user_id), ~jobs.c.unsafe, outbox.c.file_id.is_not(None))
        .order_by(jobs.c.id.desc())
        .limit(_PAGE)
    )
    if up_to is not None:
        query = query.where(jobs.c.id <= up_to)
    async with db.read() as connection:
        rows = (await connection.execute(query)).all()
    return [
        ShareableItem(row.id, row.prompt, TelegramFile(row.file_kind, row.file_id)) for row in rows
    ]


async def result_message_ids(db: Database, job_id: int) -> list[int]:
    """Return the ids of the messages in the job's chat with its animation and picture."""
    query = select(outbox.c.message_id).where(
        outbox.c.job_id == job_id,
        outbox.c.kind.in_(("animation", "picture")),
        outbox.c.message_id.is_not(None),
    )
    async with db.read() as connection:
        return list((await connection.execute(query.order_by(outbox.c.id))).scalars())


async def job_of_message(db: Database, chat_id: int, message_id: int) -> Job | None:
    """Return the finished job whose animation or picture a message shows; None if it shows none."""
    shown = select(outbox.c.job_id).where(
        outbox.c.chat_id == chat_id,
        outbox.c.message_id == message_id,
        outbox.c.kind.in_(("animation", "slot", "picture")),
    )
    query = select(jobs).where(jobs.c.id.in_(shown), jobs.c.state == "done", ~jobs.c.erased)
    async with db.read() as connection:
        row = (await connection.execute(query.limit(1))).mappings().first()
    return Job.from_row(row) if row else None


_PICTURE = select(outbox.c.file_kind, outbox.c.file_id).where(outbox.c.kind == "picture")


def finished_of(user_id: int) -> ColumnElement[bool]:
    """Return the condition of a user's finished pictures that have not been deleted."""
    return and_(jobs.c.user_id == user_id, jobs.c.state == "done", ~jobs.c.erased)


def _file(row: Any) -> TelegramFile | None:
    return TelegramFile(*row) if row is not None and row.file_id is not None else None
