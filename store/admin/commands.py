"""Administrators' commands: each takes effect at once, is audited, and runs once per update.

Every function returns None if Telegram has delivered the command's update before.
"""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.audit import AdminCommand, once, record
from store.database.database import Database
from store.jobs.cancel import request_cancel
from store.jobs.close import close
from store.model import UNFINISHED, QueueLimits
from store.tables import jobs, users
from store.users.credits import Account, grant_credits, open_account
from store.users.limits import Adjustable, change_limit, current_limits


@dataclass(frozen=True)
class GrantOutcome:
    """The result of a grant; `amount` is the actual change, since no balance gets negative."""

    amount: int
    account: Account


async def grant(
    db: Database, command: AdminCommand, account_id: int, amount: int, limits: QueueLimits
) -> GrantOutcome | None:
    """Add credits that do not expire; a negative amount removes them."""
    async with once(db, command) as connection:
        if connection is None:
            return None
        limits = (await current_limits(connection, limits)).limits
        account = await open_account(connection, account_id, limits)
        changed = await grant_credits(connection, account, amount)
        await record(connection, command, "grant", account_id, amount=changed)
        return GrantOutcome(changed, await open_account(connection, account_id, limits))


async def set_quota(
    db: Database, command: AdminCommand, account_id: int, daily: int | None, limits: QueueLimits
) -> Account | None:
    """Set the free daily credits of a user or a group; None restores the default."""
    async with once(db, command) as connection:
        if connection is None:
            return None
        limits = (await current_limits(connection, limits)).limits
        before = await open_account(connection, account_id, limits)
        await connection.execute(update(users).where(users.c.id == account_id).values(quota=daily))
        await record(connection, command, "quota", account_id, before=before.daily, daily=daily)
        return await open_account(connection, account_id, limits)


async def set_default(
    db: Database,
    command: AdminCommand,
    name: Adjustable,
    daily: int | None,
    limits: QueueLimits,
) -> QueueLimits | None:
    """Set the free daily credits of all users or all groups; None restores the setting."""
    async with once(db, command) as connection:
        if connection is None:
            return None
        before = (await current_limits(connection, limits)).limits
        await change_limit(connection, name, daily)
        values = {"name": name, "before": getattr(before, name), "daily": daily}
        await record(connection, command, "quota", **values)
        return (await current_limits(connection, limits)).limits


async def ban(db: Database, command: AdminCommand, user_id: int, reason: str) -> int | None:
    """Block a user and cancel their jobs; return the number of cancelled jobs."""
    async with once(db, command) as connection:
        if connection is None:
            return None
        await open_account(connection, user_id, QueueLimits())  # the user may be unknown
        values = {"blocked": True, "block_reason": reason or None, "turned_away": False}
        await connection.execute(update(users).where(users.c.id == user_id).values(values))
        unfinished = (
            select(jobs.c.id)
            .where(jobs.c.user_id == user_id, jobs.c.state.in_(UNFINISHED))
            .with_for_update()
        )
        job_ids = (await connection.execute(unfinished)).scalars().all()
        for job_id in job_ids:
            await _cancel_jobs(connection, job_id)
        await record(connection, command, "ban", user_id, reason=reason)
        return len(job_ids)


async def unban(db: Database, command: AdminCommand, user_id: int) -> bool | None:
    """Unblock a user; False if they were not blocked."""
    async with once(db, command) as connection:
        if connection is None:
            return None
        values = {"blocked": False, "block_reason": None, "turned_away": False}
        is_banned = (users.c.id == user_id, users.c.blocked)
        updated = await connection.execute(update(users).where(*is_banned).values(values))
        await record(connection, command, "unban", user_id)
        return updated.rowcount == 1


async def pause(db: Database, command: AdminCommand, reason: str) -> bool | None:
    """Refuse new requests from now on; accepted jobs are still painted."""
    async with once(db, command) as connection:
        if connection is None:
            return None
        await change_limit(connection, "pause", reason)
        await record(connection, command, "pause", reason=reason)
        return True


async def resume(db: Database, command: AdminCommand) -> bool | None:
    """Accept requests again; False if there was no pause."""
    async with once(db, command) as connection:
        if connection is None:
            return None
        paused = (await current_limits(connection, QueueLimits())).pause is not None
        await change_limit(connection, "pause", None)
        await record(connection, command, "resume")
        return paused


async def drop(
    db: Database, command: AdminCommand, job_id: int
) -> Literal["dropped", "stopping", "finished", "unknown"] | None:
    """Cancel any user's job: a queued one at once, a running one by asking its engine to stop."""
    async with once(db, command) as connection:
        if connection is None:
            return None
        query = select(jobs.c.state, jobs.c.user_id).where(jobs.c.id == job_id)
        job = (await connection.execute(query.with_for_update())).first()
        if job is None:
            return "unknown"
        if job.state not in UNFINISHED:
            return "finished"
        await _cancel_jobs(connection, job_id)
        await record(connection, command, "drop", job.user_id, job=job_id)
        return "dropped" if job.state == "queued" else "stopping"


async def _cancel_jobs(connection: AsyncConnection, job_id: int) -> None:
    this_job = jobs.c.id == job_id
    if_queued = this_job & (jobs.c.state == "queued")
    if not await close(connection, if_queued, "cancelled", tell="cancelled"):
        await request_cancel(connection, this_job)
