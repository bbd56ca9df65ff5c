"""What administrators look at: the queue, a person, and the last days in figures."""

from dataclasses import dataclass, replace

from sqlalchemy import BigInteger, case, func, literal_column, select

from store.database.database import Database, now_ms
from store.durations import DAY_MS
from store.model import UNFINISHED, Job, QueueLimits
from store.tables import jobs, users
from store.users.credits import Account, standing
from store.users.users import Profile

DAYS = 14


@dataclass(frozen=True)
class WaitingJob:
    """A job in the queue; `age` in seconds since it was asked for."""

    job: Job
    face: Profile
    age: float


@dataclass(frozen=True)
class QueueReport:
    """The first jobs in the order of painting, those being painted first; and how many in all."""

    first: tuple[WaitingJob, ...]
    running: int
    waiting: int


@dataclass(frozen=True)
class UserReport:
    """All that an administrator may know of somebody; times in milliseconds of the database."""

    face: Profile
    account: Account
    quota: int | None
    blocked: bool
    block_reason: str | None
    since_ms: int
    jobs: dict[str, int]  # by state


@dataclass(frozen=True)
class DayReport:
    """Jobs by the day they were asked for, UTC; mean times in seconds, of those that have them."""

    day: int  # since 1970
    done: int = 0
    failed: int = 0
    cancelled: int = 0
    unfinished: int = 0
    people: int = 0
    waiting: float | None = None
    painting: float | None = None

    @property
    def asked(self) -> int:
        """All pictures that were asked for on this day."""
        return self.done + self.failed + self.cancelled + self.unfinished


async def queue_report(db: Database, limit: int = 20) -> QueueReport:
    """What is painted and what waits, its first `limit` jobs one by one."""
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
        face = Profile(job.user_id, name or "", username)
        first.append(WaitingJob(job, face, (now - job.created_ms) / 1000))
    return QueueReport(tuple(first), by_state.get("running", 0), by_state.get("queued", 0))


async def user_report(db: Database, user_id: int, limits: QueueLimits) -> UserReport | None:
    """None for somebody who has never been here."""
    counts = (
        select(jobs.c.state, func.count()).where(jobs.c.user_id == user_id).group_by(jobs.c.state)
    )
    async with db.read() as connection:
        row = (await connection.execute(select(users).where(users.c.id == user_id))).first()
        if row is None:
            return None
        by_state = {state: n for state, n in (await connection.execute(counts)).all()}
    account = (await standing(db, user_id, limits=limits)).own
    face = Profile(user_id, row.name or "", row.username, row.language or row.speaks)
    blocked = bool(row.blocked)
    return UserReport(face, account, row.quota, blocked, row.block_reason, row.created_ms, by_state)


async def daily_report(db: Database, count: int = DAYS) -> list[DayReport]:
    """The last days with today, oldest first; days without a job are there too."""
    # Written out, since PostgreSQL would not see two bound values as the same day.
    day = jobs.c.created_ms - jobs.c.created_ms % literal_column(str(DAY_MS), BigInteger)
    painted = case((jobs.c.state == "done", jobs.c.finished_ms - jobs.c.started_ms))
    by_state = select(day, jobs.c.state, func.count()).group_by(day, jobs.c.state)
    by_day = select(
        day,
        func.count(jobs.c.user_id.distinct()),
        func.avg(jobs.c.started_ms - jobs.c.created_ms),
        func.avg(painted),
    ).group_by(day)
    async with db.read() as connection:
        now = int((await connection.execute(select(now_ms()))).scalar_one())
        first = now // DAY_MS - count + 1
        recent = jobs.c.created_ms >= first * DAY_MS
        states = (await connection.execute(by_state.where(recent))).all()
        rows = (await connection.execute(by_day.where(recent))).all()
    found = {number: DayReport(number) for number in range(first, first + count)}
    for at, people, waiting, painting in rows:
        number = int(at) // DAY_MS
        found[number] = DayReport(
            number, people=people, waiting=_seconds(waiting), painting=_seconds(painting)
        )
    for at, state, jobs_in_it in states:
        here = found[int(at) // DAY_MS]
        name = "unfinished" if state in UNFINISHED else state
        found[here.day] = replace(here, **{name: getattr(here, name) + jobs_in_it})
    return list(found.values())


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else float(milliseconds) / 1000
