"""What askers do: ask for a picture, and cancel one."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database import Database, insert_once, now_ms
from store.endings import book, end, post
from store.errors import Refused
from store.queue import place_of
from store.records import UNFINISHED, Accepted, Asker, CancelOutcome, Limits
from store.request import DrawRequest
from store.tables import jobs, updates, users

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
UPDATES_MS = 2 * DAY_MS  # Telegram offers an update again for one day


async def accept(
    db: Database,
    request: DrawRequest,
    asker: Asker,
    *,
    request_key: str,
    update_id: int | None = None,
    limits: Limits | None = None,
) -> Accepted:
    """Job, credit, ledger and acknowledgement together, or Refused and nothing at all.

    request_key: what the asker did ("chat:message"); the same again is the same job.
    """
    limits = limits or Limits()
    async with db.write() as connection:
        now = await _now(connection)
        # First, since it locks the asker's row: all else that this person asks waits for us.
        await _enter(connection, asker.user_id, now, limits)
        if update_id is not None:
            await _first_time(connection, update_id)
        known = select(jobs.c.id).where(jobs.c.request_key == request_key)
        job_id = (await connection.execute(known)).scalar()
        duplicate = job_id is not None
        if job_id is None:
            unfinished = await _room(connection, asker.user_id, limits)
            rank = now + limits.slice_ms * unfinished
            row = _row(request, asker) | {"request_key": request_key, "rank": rank}
            job_id = await _insert(connection, row | {"price": limits.price})
            if not await book(connection, asker.user_id, -limits.price, "charge", job_id=job_id):
                hours = -(-(DAY_MS - now % DAY_MS) // HOUR_MS)
                raise Refused("no-credits", daily=limits.daily_credits, hours=hours)
            await post(connection, job_id, asker.chat_id, "ack")
        left = select(users.c.credits).where(users.c.id == asker.user_id)
        credits = int((await connection.execute(left)).scalar_one())
        return Accepted(job_id, await place_of(connection, job_id), duplicate, credits)


async def cancel(
    db: Database,
    *,
    user_id: int,
    chat_id: int | None = None,
    job_id: int | None = None,
    update_id: int | None = None,
) -> CancelOutcome:
    """Cancels the asker's newest unfinished job, or the named one; nobody else's, ever."""
    mine = [jobs.c.user_id == user_id, jobs.c.state.in_(UNFINISHED)]
    if chat_id is not None:
        mine.append(jobs.c.chat_id == chat_id)
    if job_id is not None:
        mine.append(jobs.c.id == job_id)
    # One that is stopping already comes last: cancelling twice in a row ends two jobs.
    newest = (
        select(jobs.c.id, jobs.c.state)
        .where(*mine)
        .order_by(jobs.c.cancel, jobs.c.id.desc())
        .limit(1)
        .with_for_update()
    )
    async with db.write() as connection:
        if update_id is not None and not await _first_time(connection, update_id):
            return CancelOutcome("repeated")
        job = (await connection.execute(newest)).first()
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


async def _now(connection: AsyncConnection) -> int:
    return int((await connection.execute(select(now_ms()))).scalar_one())


async def _first_time(connection: AsyncConnection, update_id: int) -> bool:
    """Remembers an update of Telegram's; False if it has been dealt with before."""
    old = updates.c.at_ms < now_ms() - UPDATES_MS
    await connection.execute(delete(updates).where(old))
    return await insert_once(
        connection, insert(updates).values(update_id=update_id, at_ms=now_ms())
    )


async def _enter(connection: AsyncConnection, user_id: int, now: int, limits: Limits) -> None:
    """Makes the user's row, gives the credits of a new day, and keeps the row locked."""
    row = select(users).where(users.c.id == user_id).with_for_update()
    user = (await connection.execute(row)).first()
    if user is None:
        new = {"id": user_id, "credits": 0, "created_ms": now}
        await insert_once(connection, insert(users).values(new))
        user = (await connection.execute(row)).one()
    if user.blocked:
        raise Refused("blocked")
    today = now // DAY_MS
    if user.refilled_day is None or user.refilled_day < today:
        await connection.execute(
            update(users).where(users.c.id == user_id).values(refilled_day=today)
        )
        missing = limits.daily_credits - user.credits
        if missing > 0:
            external_id = f"daily:{user_id}:{today}"
            await book(connection, user_id, missing, "daily", external_id=external_id)


async def _room(connection: AsyncConnection, user_id: int, limits: Limits) -> int:
    """How many unfinished jobs this person has; Refused where there is no room for one more."""
    unfinished = select(func.count()).where(jobs.c.state.in_(UNFINISHED))
    mine = int((await connection.execute(unfinished.where(jobs.c.user_id == user_id))).scalar_one())
    if mine >= limits.per_user_waiting:
        raise Refused("too-many-jobs", count=mine)
    waiting = select(func.count()).where(jobs.c.state == "queued")
    if int((await connection.execute(waiting)).scalar_one()) >= limits.queue:
        raise Refused("queue-full", limit=limits.queue)
    return mine


async def _insert(connection: AsyncConnection, row: dict[str, Any]) -> int:
    times = {"created_ms": now_ms(), "updated_ms": now_ms()}
    inserted = await connection.execute(insert(jobs).values(row | times).returning(jobs.c.id))
    return int(inserted.scalar_one())


def _row(request: DrawRequest, asker: Asker) -> dict[str, Any]:
    request = request.with_seed()  # so that every attempt paints the same picture
    return {"request": request.to_json(), "prompt": request.prompt, **asdict(asker)}
