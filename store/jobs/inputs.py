"""Images sent with a request: a job becomes claimable once all of them are downloaded."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import and_, bindparam, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, now_ms
from store.database.leased_queue import MAX_CLAIMS, LeasedQueue
from store.errors import RequestError
from store.jobs.close import close
from store.model import Notice
from store.request.image_refs import ImageTarget
from store.request.request import DrawRequest
from store.tables import album_parts, inputs, jobs

InputUse = Literal["draw", "like", "style"]


@dataclass(frozen=True)
class Input:
    """An image at Telegram, and the key in the file store under which the request names it."""

    file_id: str
    key: str


@dataclass(frozen=True)
class PendingDownload:
    """One claimed download; `tries` includes the current one."""

    id: int
    job_id: int
    file_id: str
    key: str
    tries: int
    interrupted: bool = False  # an earlier download of it did not come to its end


def new_key() -> str:
    """Return a new key for an image; random, since a picture's metadata names its sources."""
    return f"inputs/{uuid4().hex}"


def request_with_inputs(request: DrawRequest, use: InputUse, keys: Sequence[str]) -> DrawRequest:
    """Return the request with the images in the roles that `use` gives them, in their order.

    "draw": the first is the initial image, the others are targets. "like": all are targets.
    "style": the last gives its style, the one before it is the initial image.

    Raises RequestError if there are too many.
    """
    if use == "like":
        return replace(request, targets=tuple(map(ImageTarget, keys)))
    if use == "draw":
        first, *others = keys
        return replace(request, init=first, targets=tuple(map(ImageTarget, others)))
    if len(keys) > 2:
        raise RequestError("request-styles", count=len(keys))
    return replace(request, init=keys[0] if len(keys) == 2 else None, style=keys[-1])


async def add_pending(connection: AsyncConnection, job_id: int, images: Collection[Input]) -> None:
    """Add downloads, which are due at once, to a job that waits for them."""
    for image in images:
        row = {"job_id": job_id, "file_id": image.file_id, "key": image.key}
        await connection.execute(insert(inputs).values(**row, due_ms=now_ms()))


_MISSING = exists().where(inputs.c.job_id == jobs.c.id)
_CLAIMABLE = {"awaiting": False, "updated_ms": now_ms()}
_QUEUE = LeasedQueue(
    inputs,
    eligible=(inputs.c.id.not_in(bindparam("excluded", expanding=True)),),
)


async def claim_due(
    db: Database,
    excluded: Collection[int] = (),
    lease_s: float = 30.0,
    *,
    interrupted: bool = True,
) -> PendingDownload | None:
    """Claim the next image to download, for `lease_s` seconds; None if none is due.

    excluded: ids of downloads that the caller is still at. An image that two processes download
    is written twice, to the same key and with the same bytes, so the rows have no tokens.
    interrupted: whether it may be one whose download was interrupted; not while the caller has such
    a one in hand.
    """
    filters: dict[str, Any] = {"excluded": list(excluded), "interrupted": interrupted}
    if not await _QUEUE.any_due(db, **filters):
        return None
    async with db.write() as connection:
        row = await _QUEUE.claim(connection, lease_s, **filters)
        if row is not None and row.claims > MAX_CLAIMS:
            await refuse_job(connection, row.job_id, Notice("input-damaged"))
            row = None
    if row is None:
        return None
    interrupted = row.claims > 1
    return PendingDownload(row.id, row.job_id, row.file_id, row.key, row.tries, interrupted)


async def mark_arrived(db: Database, download: PendingDownload) -> bool:
    """Remove a download whose file has been written; with the last one the job becomes claimable.

    Return False if the download no longer exists, since its job has ended.
    """
    this_job = jobs.c.id == download.job_id
    async with db.write() as connection:
        # Two images of a job that arrive together take turns: each would still see the other's row.
        await connection.execute(select(jobs.c.id).where(this_job).with_for_update())
        removed = await connection.execute(delete(inputs).where(inputs.c.id == download.id))
        complete = and_(this_job, jobs.c.awaiting, ~_MISSING)
        await connection.execute(update(jobs).where(complete).values(_CLAIMABLE))
    return removed.rowcount == 1


async def release_complete(db: Database) -> list[int]:
    """Make jobs claimable that wait for images although none is missing; return their ids.

    None should do so; if one does all the same, it must not wait for ever.
    """
    open_album = exists().where(album_parts.c.job_id == jobs.c.id, ~album_parts.c.settled)
    stuck = and_(jobs.c.state == "queued", jobs.c.awaiting, ~_MISSING, ~open_album)
    async with db.read() as connection:
        found = list((await connection.execute(select(jobs.c.id).where(stuck))).scalars())
    if not found:
        return []
    async with db.write() as connection:
        released = update(jobs).where(jobs.c.id.in_(found), stuck).values(_CLAIMABLE)
        return list((await connection.execute(released.returning(jobs.c.id))).scalars())


async def postpone(
    db: Database, download: PendingDownload, seconds: float, *, counts: bool = True
) -> None:
    """Make a download due again in `seconds`; `counts` keeps the try counted."""
    async with db.write() as connection:
        await _QUEUE.postpone(connection, download.id, None, seconds, counts=counts)


async def refuse(db: Database, download: PendingDownload, reason: Notice) -> None:
    """Close the job of an image that cannot be downloaded or used, with a refund."""
    async with db.write() as connection:
        await refuse_job(connection, download.job_id, reason)


async def refuse_job(connection: AsyncConnection, job_id: int, reason: Notice) -> None:
    """Close a job that waits for images; no alert, since the user's images are at fault."""
    waiting = and_(jobs.c.id == job_id, jobs.c.awaiting)
    await close(connection, waiting, "failed", error=reason, tell="sorry", alert=False)
