"""Pictures that people send with a request: a job waits until all of them are in the store."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from uuid import uuid4

from sqlalchemy import and_, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, now_ms
from store.errors import RequestError
from store.jobs.close import close
from store.model import Notice
from store.request.image_refs import ImageTarget
from store.request.request import DrawRequest
from store.tables import inputs, jobs

InputUse = Literal["draw", "like", "style"]


@dataclass(frozen=True)
class Input:
    """A picture that Telegram has, and the key under which the request names it."""

    file_id: str
    key: str


@dataclass(frozen=True)
class PendingDownload:
    """A picture to be fetched; `tries` counts this one too."""

    id: int
    job_id: int
    file_id: str
    key: str
    tries: int


def new_key() -> str:
    """Where a picture is to lie; it tells nobody's number, since a painting names its sources."""
    return f"inputs/{uuid4().hex}"


def request_with_inputs(request: DrawRequest, manner: InputUse, keys: Sequence[str]) -> DrawRequest:
    """What the pictures are for, in the order in which they were sent; RequestError.

    draw: the first is the start, the others are targets. like: all are targets. style: the last
    lends its style, the one before it is the start.
    """
    if manner == "like":
        return replace(request, targets=tuple(map(ImageTarget, keys)))
    if manner == "draw":
        first, *others = keys
        return replace(request, init=first, targets=tuple(map(ImageTarget, others)))
    if len(keys) > 2:
        raise RequestError("request-styles", count=len(keys))
    return replace(request, init=keys[0] if len(keys) == 2 else None, style=keys[-1])


async def add_pending(
    connection: AsyncConnection, job_id: int, pictures: Collection[Input]
) -> None:
    """The job waits for these."""
    for picture in pictures:
        row = {"job_id": job_id, "file_id": picture.file_id, "key": picture.key}
        await connection.execute(insert(inputs).values(**row, due_ms=now_ms()))


async def claim_due(
    db: Database, beside: Collection[int] = (), lease_s: float = 30.0
) -> PendingDownload | None:
    """The next picture to fetch, the caller's until the lease ends; none of those in `beside`.

    A picture that two fetch at once is only written twice: nobody has to prove the right to it.
    """
    now = now_ms()
    next_id = (
        select(inputs.c.id)
        .where(inputs.c.due_ms <= now, inputs.c.id.not_in(beside))
        .order_by(inputs.c.due_ms, inputs.c.id)
        .limit(1)
    )
    async with db.read() as connection:
        if (await connection.execute(next_id)).first() is None:
            return None
    locked = next_id.with_for_update(skip_locked=True).scalar_subquery()
    values = {"due_ms": now + int(lease_s * 1000), "tries": inputs.c.tries + 1}
    taken = update(inputs).where(inputs.c.id == locked).values(values).returning(*inputs.c)
    async with db.write() as connection:
        row = (await connection.execute(taken)).first()
    return PendingDownload(row.id, row.job_id, row.file_id, row.key, row.tries) if row else None


async def mark_arrived(db: Database, errand: PendingDownload) -> bool:
    """Its file is safely written; with the last one the job may be painted. False if it ended."""
    others = exists().where(inputs.c.job_id == errand.job_id)
    complete = and_(jobs.c.id == errand.job_id, jobs.c.awaiting, ~others)
    values = {"awaiting": False, "updated_ms": now_ms()}
    async with db.write() as connection:
        gone = await connection.execute(delete(inputs).where(inputs.c.id == errand.id))
        await connection.execute(update(jobs).where(complete).values(values))
    return gone.rowcount == 1


async def postpone(
    db: Database, errand: PendingDownload, seconds: float, *, counts: bool = True
) -> None:
    """Not now: due again later; `counts`: it was a try."""
    tries = errand.tries if counts else errand.tries - 1
    later = {"due_ms": now_ms() + int(seconds * 1000), "tries": tries}
    async with db.write() as connection:
        await connection.execute(update(inputs).where(inputs.c.id == errand.id).values(later))


async def refuse(db: Database, errand: PendingDownload, reason: Notice) -> None:
    """It cannot be had or is no picture: the job ends with this sentence and is paid back."""
    async with db.write() as connection:
        await refuse_job(connection, errand.job_id, reason)


async def refuse_job(connection: AsyncConnection, job_id: int, reason: Notice) -> None:
    """A fault of the person's, not of ours: administrators need not hear of it."""
    waiting = and_(jobs.c.id == job_id, jobs.c.awaiting)
    await close(connection, waiting, "failed", error=reason, tell="sorry", alert=False)
