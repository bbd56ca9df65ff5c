"""Reports for administrators: the queue, a user, and the last days in figures."""

from dataclasses import dataclass

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, now_ms
from store.durations import DAY_MS
from store.model import UNFINISHED, Job, QueueLimits
from store.tables import jobs, users
from store.users.credits import Account, balances
from store.users.users import Profile

DAYS = 14


@dataclass(frozen=True)
class WaitingJob:
    """An unfinished job, its user, and the seconds since it was requested."""

    job: Job
    profile: Profile
    age: float


@dataclass(frozen=True)
class QueueReport:
    """The first unfinished jobs, running ones first, and the number of each kind."""

    first: tuple[WaitingJob, ...]
    running: int
    waiting: int


@dataclass(frozen=True)
class UserReport:
    """What an administrator may see of a user; times in milliseconds."""

    profile: Profile
    account: Account
    quota: int | None
    blocked: bool
    block_reason: str | None
    since_ms: int
    jobs: dict[str, int]  # by state


@dataclass(frozen=True)
class DayReport:
    """The jobs requested on a day (UTC); mean times in seconds, over the jobs that have them."""

    day: int  # since 1970
    done: int = 0
    failed: int = 0
    cancelled: int = 0
    unfinished: int = 0
    active_users: int = 0
    waiting: float | None = None
    painting: float | None = None

    @property
    def requested(self) -> int:
        """Return the number of pictures requested on this day."""
        return self.done + self.failed + self.cancelled + self.unfinished


async def queue_report(db: Database, limit: int = 20) -> QueueReport:
    """Return the state of the queue with its first `limit` jobs."""
    counts = select(jobs.c.state, func.count()).group_by(jobs.c.state)
    query = (
        select(jobs, now_ms().label("now"), users.c.name, users.c.username)
        .join(users, users.c.id == jobs.c.user_id)
        .where(jobs.c.state.in_(UNFINISHED))
        .order_by(jobs.c.state.desc(), jobs.c.rank, jobs.c.id)  # "running" before "queued"
        .limit(limit)
    )
    async with db.read() as connection:
        rows = (await connection.execute(query)).mappings().all()
        unfinished = counts.where(jobs.c.state.in_(UNFINISHED))
        by_state = {state: n for state, n in (await connection.execute(unfinished)).all()}
    first = []
    for row in rows:
        values = dict(row)
        now, name, username = (values.pop(key) for key in ("now", "name", "username"))
        job = Job.from_row(values)
        profile = Profile(job.user_id, name or "", username)
        first.append(WaitingJob(job, profile, (now - job.created_ms) / 1000))
    return QueueReport(tuple(first), by_state.get("running", 0), by_state.get("queued", 0))


async def user_report(db: Database, user_id: int, limits: QueueLimits) -> UserReport | None:
    """Return the report about a user, or None for an unknown one."""
    counts = (
        select(jobs.c.state, func.count()).where(jobs.c.user_id == user_id).group_by(jobs.c.state)
    )
    async with db.read() as connection:
        row = (await connection.execute(select(users).where(users.c.id == user_id))).first()
        if row is None:
            return None
        by_state = {state: n for state, n in (await connection.execute(counts)).all()}
    account = (await balances(db, user_id, limits=limits)).own
    profile = Profile(user_id, row.name or "", row.username, row.language or row.speaks)
    blocked = bool(row.blocked)
    return UserReport(
        profile, account, row.quota, blocked, row.block_reason, row.created_ms, by_state
    )


_OF_DAY = jobs.c.created_ms.between(bindparam("since"), bindparam("until"))
_STATES = select(jobs.c.state, func.count()).where(_OF_DAY).group_by(jobs.c.state)
_PAINTED = case((jobs.c.state == "done", jobs.c.finished_ms - jobs.c.started_ms))
_TIMES = select(
    func.count(jobs.c.user_id.distinct()).label("users"),
    func.avg(jobs.c.started_ms - jobs.c.created_ms).label("waiting"),
    func.avg(_PAINTED).label("painting"),
).where(_OF_DAY)


async def daily_report(db: Database, count: int = DAYS) -> list[DayReport]:
    """Return the last `count` days up to today, oldest first, including days without jobs.

    Each day is a query of its own, since writers wait for a long one.
    """
    async with db.read() as connection:
        today = int((await connection.execute(select(now_ms()))).scalar_one()) // DAY_MS
        return [await _day_report(connection, day) for day in range(today - count + 1, today + 1)]


async def _day_report(connection: AsyncConnection, day: int) -> DayReport:
    period = {"since": day * DAY_MS, "until": (day + 1) * DAY_MS - 1}
    times = (await connection.execute(_TIMES, period)).one()
    counts = dict.fromkeys(("done", "failed", "cancelled", "unfinished"), 0)
    for state, number in (await connection.execute(_STATES, period)).all():
        counts["unfinished" if state in UNFINISHED else state] += number
    return DayReport(
        day,
        **counts,
        active_users=times.users,
        waiting=_seconds(times.waiting),
        painting=_seconds(times.painting),
    )


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else float(milliseconds) / 1000
