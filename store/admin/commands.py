"""What administrators do to people, limits and jobs: at once, audited, and once for each update.

Every function returns None where Telegram brought an order that has been carried out before.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.audit import AdminCommand, already_processed, record
from store.database.database import Database
from store.jobs.cancel import request_cancel
from store.jobs.close import close
from store.model import UNFINISHED, QueueLimits
from store.tables import jobs, users
from store.users.credits import Account, give, open_account
from store.users.limits import Adjustable, change_limit, current_limits


@dataclass(frozen=True)
class GrantOutcome:
    """`amount` is what really changed: nobody gets less than nothing."""

    amount: int
    account: Account


async def grant(
    db: Database, order: AdminCommand, account_id: int, amount: int, limits: QueueLimits
) -> GrantOutcome | None:
    """Credits that stay until they are used; a negative amount takes them back."""
    async with _execute(db, order) as connection:
        if connection is None:
            return None
        limits = (await current_limits(connection, limits)).limits
        account = await open_account(connection, account_id, limits)
        changed = await give(connection, account, amount)
        await record(connection, order, "grant", account_id, amount=changed)
        return GrantOutcome(changed, await open_account(connection, account_id, limits))


async def set_quota(
    db: Database, order: AdminCommand, account_id: int, daily: int | None, limits: QueueLimits
) -> Account | None:
    """Free credits a day of one person or one group; None: as many as everybody has."""
    async with _execute(db, order) as connection:
        if connection is None:
            return None
        limits = (await current_limits(connection, limits)).limits
        before = await open_account(connection, account_id, limits)
        await connection.execute(update(users).where(users.c.id == account_id).values(quota=daily))
        await record(connection, order, "quota", account_id, before=before.daily, daily=daily)
        return await open_account(connection, account_id, limits)


async def set_default(
    db: Database,
    order: AdminCommand,
    name: Adjustable,
    daily: int | None,
    limits: QueueLimits,
) -> QueueLimits | None:
    """Free credits a day of all people, or of all groups; None: as in the settings."""
    async with _execute(db, order) as connection:
        if connection is None:
            return None
        before = (await current_limits(connection, limits)).limits
        await change_limit(connection, name, daily)
        values = {"name": name, "before": getattr(before, name), "daily": daily}
        await record(connection, order, "quota", **values)
        return (await current_limits(connection, limits)).limits


async def ban(db: Database, order: AdminCommand, user_id: int, reason: str) -> int | None:
    """Nothing more from this person; the number of their pictures that were stopped."""
    async with _execute(db, order) as connection:
        if connection is None:
            return None
        await open_account(connection, user_id, QueueLimits())  # somebody may never have been here
        values = {"blocked": True, "block_reason": reason or None, "turned_away": False}
        await connection.execute(update(users).where(users.c.id == user_id).values(values))
        mine = (
            select(jobs.c.id)
            .where(jobs.c.user_id == user_id, jobs.c.state.in_(UNFINISHED))
            .with_for_update()
        )
        stopped = (await connection.execute(mine)).scalars().all()
        for job_id in stopped:
            await _cancel_jobs(connection, job_id)
        await record(connection, order, "ban", user_id, reason=reason)
        return len(stopped)


async def unban(db: Database, order: AdminCommand, user_id: int) -> bool | None:
    """False if there was no ban."""
    async with _execute(db, order) as connection:
        if connection is None:
            return None
        values = {"blocked": False, "block_reason": None, "turned_away": False}
        banned = (users.c.id == user_id, users.c.blocked)
        freed = await connection.execute(update(users).where(*banned).values(values))
        await record(connection, order, "unban", user_id)
        return freed.rowcount == 1


async def pause(db: Database, order: AdminCommand, reason: str) -> bool | None:
    """New requests are refused, what was accepted is painted; True."""
    async with _execute(db, order) as connection:
        if connection is None:
            return None
        await change_limit(connection, "pause", reason)
        await record(connection, order, "pause", reason=reason)
        return True


async def resume(db: Database, order: AdminCommand) -> bool | None:
    """False if there was no pause."""
    async with _execute(db, order) as connection:
        if connection is None:
            return None
        paused = (await current_limits(connection, QueueLimits())).pause is not None
        await change_limit(connection, "pause", None)
        await record(connection, order, "resume")
        return paused


async def drop(
    db: Database, order: AdminCommand, job_id: int
) -> Literal["dropped", "stopping", "finished", "unknown"] | None:
    """Anybody's job: out of the queue, or stopping where it is being painted."""
    async with _execute(db, order) as connection:
        if connection is None:
            return None
        query = select(jobs.c.state, jobs.c.user_id).where(jobs.c.id == job_id)
        job = (await connection.execute(query.with_for_update())).first()
        if job is None:
            return "unknown"
        if job.state not in UNFINISHED:
            return "finished"
        await _cancel_jobs(connection, job_id)
        await record(connection, order, "drop", job.user_id, job=job_id)
        return "dropped" if job.state == "queued" else "stopping"


@asynccontextmanager
async def _execute(db: Database, order: AdminCommand) -> AsyncIterator[AsyncConnection | None]:
    """The transaction of an order, or None where it has been carried out before."""
    async with db.write() as connection:
        yield None if await already_processed(connection, order) else connection


async def _cancel_jobs(connection: AsyncConnection, job_id: int) -> None:
    here = jobs.c.id == job_id
    waiting = here & (jobs.c.state == "queued")
    if not await close(connection, waiting, "cancelled", tell="cancelled"):
        await request_cancel(connection, here)
