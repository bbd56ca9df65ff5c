"""Credits: free daily ones, and granted ones that do not expire, of users and groups.

The user who sends the request pays, with the day's free credits first. If they have too few, the
group in which they ask pays. Groups with the default number of credits pay, all together, at most
one further daily allowance of that user, so that creating groups gains nothing; a group whose
number an administrator has set pays for everybody in it. One account pays the whole price. A job
without a picture is refunded as it was charged; free credits of a past day are not refunded.

An account is a row of `users`: a user's, or a group's under its chat id.
"""

from dataclasses import dataclass

from sqlalchemy import Row, bindparam, case, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, insert_once, now_ms
from store.durations import DAY_MS, MINUTE_MS
from store.errors import Refused
from store.model import QueueLimits, Requester
from store.tables import jobs, ledger, users
from store.users.limits import current_limits


@dataclass(frozen=True)
class Account:
    """The balance of an account today; a day ends at midnight UTC."""

    id: int
    daily: int
    used: int
    granted: int
    now: int
    blocked: bool = False
    own_quota: bool = False  # an administrator has set `daily` for this account

    @property
    def free(self) -> int:
        """Return the free credits left today."""
        return max(self.daily - self.used, 0)

    @property
    def left(self) -> int:
        """Return the free and the granted credits left."""
        return self.free + self.granted

    @property
    def resets_in(self) -> int:
        """Return the milliseconds until the next day."""
        return DAY_MS - self.now % DAY_MS

    @property
    def day(self) -> int:
        """Return today as days since 1970 (UTC)."""
        return self.now // DAY_MS


_ACCOUNT = select(
    users.c.used,
    users.c.used_day,
    users.c.granted,
    users.c.quota,
    users.c.blocked,
    now_ms().label("now"),
).where(users.c.id == bindparam("id"))
_ACCOUNT_LOCKED = _ACCOUNT.with_for_update()


@dataclass(frozen=True)
class Balances:
    """The credits of a user and, if asked for in a group, of the group."""

    own: Account
    group: Account | None
    from_group: int = 0  # of the group's, what this user can still use today


async def balances(
    db: Database, user_id: int, chat_id: int | None = None, limits: QueueLimits | None = None
) -> Balances:
    """Return the balances without creating accounts."""
    async with db.read() as connection:
        limits = (await current_limits(connection, limits or QueueLimits())).limits
        own = await _read_account(connection, user_id, limits)
        group = None
        if chat_id is not None and chat_id < 0 and chat_id != user_id:
            group = await _read_account(connection, chat_id, limits)
        if group is None:
            return Balances(own, None)
        return Balances(own, group, await _usable(connection, own, group))


async def effective_limits(db: Database, limits: QueueLimits) -> QueueLimits:
    """Return the limits that hold now, from the settings and the administrators' changes."""
    async with db.read() as connection:
        return (await current_limits(connection, limits)).limits


async def open_account(
    connection: AsyncConnection, account_id: int, limits: QueueLimits
) -> Account:
    """Return the account, created if it is missing, and lock its row."""
    row = (await connection.execute(_ACCOUNT_LOCKED, {"id": account_id})).first()
    if row is None:
        await insert_once(connection, users, id=account_id, created_ms=now_ms())
        row = (await connection.execute(_ACCOUNT_LOCKED, {"id": account_id})).one()
    return _account(account_id, row, limits)


async def payer(
    connection: AsyncConnection, own: Account, requester: Requester, price: int, limits: QueueLimits
) -> Account:
    """Return the account that pays for a job, with its row locked.

    Raises Refused, with the time until the next free credits, if no account has enough.
    """
    if own.left >= price:
        return own
    daily, left = own.daily, own.left
    if requester.chat_id < 0 and requester.chat_id != own.id:
        group = await open_account(connection, requester.chat_id, limits)
        usable = await _usable(connection, own, group)
        if usable >= price:
            return group
        if group.own_quota:
            daily, left = max(daily, group.daily), max(left, usable)
    if daily < price:
        raise Refused("credits-never", price=price, daily=daily)
    minutes = -(-own.resets_in // MINUTE_MS)
    hours, minutes = divmod(minutes, 60)
    key = "no-credits" if left == 0 else "credits-short"
    raise Refused(key, price=price, left=left, hours=hours, minutes=minutes)


_SPEND = (
    update(users)
    .where(users.c.id == bindparam("account"))
    .values(
        used=bindparam("free"),
        used_day=bindparam("day"),
        granted=users.c.granted - bindparam("of_granted"),
    )
)


async def charge(connection: AsyncConnection, account: Account, price: int, job_id: int) -> None:
    """Charge a locked account that has enough; free credits are used first."""
    free = min(price, account.free)
    granted = price - free
    spent = {"account": account.id, "free": account.used + free, "day": account.day}
    await connection.execute(_SPEND, {**spent, "of_granted": granted})
    entry = {"user_id": account.id, "delta": -price, "granted": -granted, "reason": "charge"}
    await connection.execute(insert(ledger), {**entry, "job_id": job_id, "created_ms": account.now})


_OF_JOB = ledger.alias()
_CHARGED = select(
    ledger.c.user_id,
    ledger.c.created_ms,
    # What was refunded of it already does not count any more.
    *(
        select(func.sum(_OF_JOB.c[name]))
        .where(_OF_JOB.c.job_id == ledger.c.job_id)
        .scalar_subquery()
        .label(name)
        for name in ("delta", "granted")
    ),
).where(ledger.c.job_id == bindparam("job_id"), ledger.c.reason == "charge")
_SAME_DAY = users.c.used_day == bindparam("day")
_ADD_BACK = (
    update(users)
    .where(users.c.id == bindparam("account"))
    .values(
        used=case(
            (_SAME_DAY & (users.c.used >= bindparam("free")), users.c.used - bindparam("free")),
            (_SAME_DAY, 0),
            else_=users.c.used,
        ),
        granted=users.c.granted + bindparam("of_granted"),
    )
)
_REFUND = insert(ledger).values(reason="refund", created_ms=now_ms())


async def refund(connection: AsyncConnection, job_id: int, amount: int | None = None) -> None:
    """Refund a job's charge to its payer; free credits only on the day of the charge.

    amount: of credits, granted ones first; None refunds all.
    """
    paid = (await connection.execute(_CHARGED, {"job_id": job_id})).first()
    if paid is None or paid.delta == 0:
        return
    amount = -paid.delta if amount is None else min(amount, -paid.delta)
    of_granted = min(amount, -paid.granted)
    free = amount - of_granted
    charged = {"account": paid.user_id, "day": paid.created_ms // DAY_MS}
    await connection.execute(_ADD_BACK, {**charged, "free": free, "of_granted": of_granted})
    entry = {"user_id": paid.user_id, "delta": amount, "granted": of_granted}
    await connection.execute(_REFUND, {**entry, "job_id": job_id})


async def grant_credits(connection: AsyncConnection, account: Account, amount: int) -> int:
    """Grant credits, or remove granted ones down to zero; return the actual change."""
    delta = max(amount, -account.granted)
    await connection.execute(
        update(users).where(users.c.id == account.id).values(granted=account.granted + delta)
    )
    entry = {"user_id": account.id, "delta": delta, "granted": delta, "reason": "grant"}
    await connection.execute(insert(ledger).values(**entry, created_ms=now_ms()))
    return delta


async def move_account(connection: AsyncConnection, old: int, new: int) -> None:
    """Move the account of a group whose chat id has changed, with its ledger and jobs."""
    row = (await connection.execute(select(users).where(users.c.id == old))).mappings().first()
    if row is None:
        return
    existing = (await connection.execute(select(users.c.id).where(users.c.id == new))).first()
    if existing is None:
        await connection.execute(insert(users).values(dict(row) | {"id": new}))
    else:
        sums = {name: users.c[name] + row[name] for name in ("used", "granted")}
        inherited = {
            name: func.coalesce(users.c[name], row[name]) for name in ("used_day", "quota")
        }
        listed = {"allowed": True} if row["allowed"] else {}
        moved = update(users).where(users.c.id == new).values(sums | inherited | listed)
        await connection.execute(moved)
    for table in (jobs, ledger):
        await connection.execute(update(table).where(table.c.user_id == old).values(user_id=new))
    await connection.execute(users.delete().where(users.c.id == old))


async def _usable(connection: AsyncConnection, own: Account, group: Account) -> int:
    """Return how many credits of a group a user can still use today."""
    if group.own_quota:
        return group.left
    return max(min(group.left, own.daily - await _paid_by_groups(connection, own)), 0)


async def _paid_by_groups(connection: AsyncConnection, own: Account) -> int:
    """Return what groups with the default number have paid for this user today, less refunds."""
    since, group = own.day * DAY_MS, users.alias()
    paid = (
        select(func.coalesce(-func.sum(ledger.c.delta), 0))
        .join(jobs, jobs.c.id == ledger.c.job_id)
        .join(group, group.c.id == ledger.c.user_id)
        .where(jobs.c.user_id == own.id, group.c.id != own.id, group.c.quota.is_(None))
        .where(jobs.c.created_ms >= since)
    )
    return int((await connection.execute(paid)).scalar_one())


async def _read_account(
    connection: AsyncConnection, account_id: int, limits: QueueLimits
) -> Account:
    row = (await connection.execute(_ACCOUNT, {"id": account_id})).first()
    if row is None:
        now = int((await connection.execute(select(now_ms()))).scalar_one())
        return Account(account_id, _daily(account_id, None, limits), 0, 0, now)
    return _account(account_id, row, limits)


def _account(
    account_id: int, row: Row[int, int | None, int, int | None, bool, int], limits: QueueLimits
) -> Account:
    used = row.used if row.used_day == row.now // DAY_MS else 0
    daily = _daily(account_id, row.quota, limits)
    return Account(
        account_id, daily, used, row.granted, row.now, bool(row.blocked), row.quota is not None
    )


def _daily(account_id: int, quota: int | None, limits: QueueLimits) -> int:
    if quota is not None:
        return quota
    return limits.group_credits if account_id < 0 else limits.daily_credits
