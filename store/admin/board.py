"""What the operator's board shows beside the reports: pictures of everybody, alerts, accounts."""

import json
from dataclasses import dataclass

from sqlalchemy import func, select

from store.admin.metrics import OWNERS
from store.database.database import Database, now_ms
from store.durations import DAY_MS
from store.model import Job, Notice, QueueLimits
from store.tables import alerts, jobs, users
from store.users.credits import Account, balances
from store.users.users import Profile

SEARCHED = 500  # of the newest pictures, those in which words are looked for


@dataclass(frozen=True)
class PaintedPicture:
    """A finished picture, whose files are still there, and who asked for it."""

    job: Job
    profile: Profile
    age: float  # seconds since it was finished


@dataclass(frozen=True)
class RecentAlert:
    """A problem that administrators are told of; `owner` is who is at fault."""

    kind: str
    owner: str
    notice: Notice
    count: int
    age: float  # seconds


async def recent_pictures(db: Database, words: str, limit: int) -> list[PaintedPicture]:
    """Return the newest pictures of all users; with words, those whose prompts have them all."""
    wanted = words.casefold().split()
    query = (
        select(jobs, now_ms().label("now"), users.c.name, users.c.username)
        .join(users, users.c.id == jobs.c.user_id)
        .where(jobs.c.state == "done", ~jobs.c.erased)
        .order_by(jobs.c.finished_ms.desc())
        .limit(SEARCHED if wanted else limit)
    )
    async with db.read() as connection:
        rows = (await connection.execute(query)).mappings().all()
    found = []
    for row in rows:
        values = dict(row)
        now, name, username = (values.pop(key) for key in ("now", "name", "username"))
        job = Job.from_row(values)
        if all(word in job.prompt.casefold() for word in wanted):
            age = (now - (job.finished_ms or now)) / 1000
            found.append(PaintedPicture(job, Profile(job.user_id, name or "", username), age))
    return found[:limit]


async def recent_alerts(db: Database, limit: int) -> list[RecentAlert]:
    """Return the newest alerts, newest first."""
    query = select(alerts, now_ms().label("now")).order_by(alerts.c.id.desc()).limit(limit)
    async with db.read() as connection:
        rows = (await connection.execute(query)).mappings().all()
    return [
        RecentAlert(
            row["kind"],
            OWNERS.get(row["kind"].partition(":")[0], "bot"),
            Notice(**json.loads(row["notice"])),
            row["count"],
            (row["now"] - row["created_ms"]) / 1000,
        )
        for row in rows
    ]


async def active_accounts(
    db: Database, limits: QueueLimits, limit: int
) -> list[tuple[Profile, Account]]:
    """Return who asked for most pictures in the last day, with their credits."""
    query = (
        select(users.c.id, users.c.name, users.c.username)
        .join(jobs, jobs.c.user_id == users.c.id)
        .where(jobs.c.created_ms > now_ms() - DAY_MS)
        .group_by(users.c.id, users.c.name, users.c.username)
        .order_by(func.count().desc())
        .limit(limit)
    )
    async with db.read() as connection:
        rows = (await connection.execute(query)).all()
    found = []
    for row in rows:
        own = (await balances(db, row.id, limits=limits)).own
        found.append((Profile(row.id, row.name or "", row.username), own))
    return found
