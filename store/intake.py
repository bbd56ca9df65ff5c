"""What askers do: ask for a picture, and cancel one."""

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store import albums, credits, inputs, needs, rules, stops
from store.albums import Part
from store.database import Database, now_ms
from store.endings import end, post
from store.errors import Refused
from store.inputs import Input, Manner
from store.prices import price
from store.queue import minutes_to_next
from store.records import UNFINISHED, Accepted, Asker, CancelOutcome, Limits
from store.request import DrawRequest
from store.tables import jobs
from store.turns import round_of_new
from store.updates import first_time

# Made once: SQLAlchemy takes as long to make a statement as SQLite and it to execute that.
_COUNT = select(func.count()).select_from(jobs)
_KNOWN = select(jobs.c.id).where(jobs.c.request_key == bindparam("key"))
_CROWD = select(
    _COUNT.where(jobs.c.user_id == bindparam("user_id"), jobs.c.state.in_(UNFINISHED))
    .scalar_subquery()
    .label("mine"),
    _COUNT.where(jobs.c.state == "queued").scalar_subquery().label("waiting"),
)
# One that is stopping already comes last: cancelling twice in a row ends two jobs.
_NEWEST = (
    select(jobs.c.id, jobs.c.state)
    .where(
        jobs.c.user_id == bindparam("user_id"),
        jobs.c.state.in_(UNFINISHED),
        jobs.c.chat_id == func.coalesce(bindparam("chat_id", type_=BigInteger), jobs.c.chat_id),
        jobs.c.id == func.coalesce(bindparam("job_id", type_=BigInteger), jobs.c.id),
    )
    .order_by(jobs.c.cancel, jobs.c.id.desc())
    .limit(1)
    .with_for_update()
)
_NEW = insert(jobs).values(created_ms=now_ms(), updated_ms=now_ms()).returning(jobs.c.id)


async def accept(
    db: Database,
    request: DrawRequest,
    asker: Asker,
    *,
    request_key: str,
    update_id: int | None = None,
    limits: Limits | None = None,
    pictures: Collection[Input] = (),
    album: tuple[Manner, Collection[Part]] | None = None,
) -> Accepted:
    """Job, credit, ledger and acknowledgement together; or Refused, or RequestError where the words
    are on the stop list, and nothing at all.

    request_key: what the asker did ("chat:message"); the same again is the same job.
    pictures: those that the request names and that are still to be fetched. album: the parts that
    are known so far; what the request is to do with all of them is settled later.
    """
    async with db.write() as connection:
        now_holds = await rules.current(connection, limits or Limits())
        limits = now_holds.limits
        # First, since it locks the asker's row: all else that this person asks waits for us.
        own = await credits.open_account(connection, asker.user_id, limits)
        if own.blocked:
            raise Refused("blocked")
        if update_id is not None:
            await first_time(connection, update_id)
        job_id = (await connection.execute(_KNOWN, {"key": request_key})).scalar()
        if job_id is not None:
            return Accepted(job_id, duplicate=True)
        if now_holds.pause is not None:
            raise _paused(now_holds.pause)
        await stops.check(connection, request)
        await _room(connection, asker.user_id, limits)
        cost = price(request)
        account = await credits.payer(connection, own, asker, cost, limits)
        rank = await round_of_new(connection, asker.user_id)
        row = _row(request, asker) | {"request_key": request_key, "rank": rank}
        awaiting = bool(pictures) or album is not None
        size = {"price": cost, "pixels": needs.pixels(request)}
        job_id = await _insert(connection, row | size | {"awaiting": awaiting})
        await needs.record(connection, job_id, request)
        await inputs.book(connection, job_id, pictures)
        if album is not None:
            await albums.join(connection, album[1], job_id, album[0])
        await credits.charge(connection, account, cost, job_id)
        await post(connection, job_id, asker.chat_id, "ack")
        return Accepted(job_id, duplicate=False)


async def cancel(
    db: Database,
    *,
    user_id: int,
    chat_id: int | None = None,
    job_id: int | None = None,
    update_id: int | None = None,
) -> CancelOutcome:
    """Cancels the asker's newest unfinished job, or the named one; nobody else's, ever."""
    whose = {"user_id": user_id, "chat_id": chat_id, "job_id": job_id}
    async with db.write() as connection:
        if update_id is not None and not await first_time(connection, update_id):
            return CancelOutcome("repeated")
        job = (await connection.execute(_NEWEST, whose)).first()
        if job is None:
            return CancelOutcome("none")
        if job.state == "queued":
            await end(connection, jobs.c.id == job.id, "cancelled", tell="cancelled")
            return CancelOutcome("cancelled", job.id)
        await flag(connection, jobs.c.id == job.id)
        return CancelOutcome("stopping", job.id)


async def flag(connection: AsyncConnection, which: ColumnElement[bool]) -> None:
    """Asks the engines of these running jobs to stop; they read it in their next beat."""
    await connection.execute(
        update(jobs).where(which, jobs.c.state == "running").values(cancel=True)
    )


def _paused(reason: str) -> Refused:
    return Refused("paused-because", reason=reason) if reason else Refused("paused")


async def _room(connection: AsyncConnection, user_id: int, limits: Limits) -> None:
    """Refused where this person, or the queue, has no room for one more."""
    mine, waiting = (await connection.execute(_CROWD, {"user_id": user_id})).one()
    if mine >= limits.per_user_waiting:
        raise Refused("too-many-jobs", count=mine)
    if waiting >= limits.queue:
        raise Refused("queue-full", count=waiting, minutes=await minutes_to_next(connection))


async def _insert(connection: AsyncConnection, row: dict[str, Any]) -> int:
    return int((await connection.execute(_NEW, row)).scalar_one())


def _row(request: DrawRequest, asker: Asker) -> dict[str, Any]:
    request = request.with_seed()  # so that every attempt paints the same picture
    return {"request": request.to_json(), "prompt": request.prompt, **asdict(asker)}
