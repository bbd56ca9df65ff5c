"""Looking at the queue: who is where, and how long it will take."""

import json
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database import Database, now_ms
from store.records import UNFINISHED, Job
from store.tables import engines, jobs, speeds

RECENT = 20  # jobs from which speed and length are judged
ENGINE_ALIVE_MS = 15_000


async def find(db: Database, job_id: int) -> Job | None:
    async with db.read() as connection:
        row = (await connection.execute(select(jobs).where(jobs.c.id == job_id))).mappings().first()
    return Job.from_row(row) if row else None


async def active(db: Database) -> list[Job]:
    """The unfinished jobs that have a status message in which progress can be shown."""
    query = (
        select(jobs)
        .where(jobs.c.state.in_(UNFINISHED), jobs.c.status_message_id.is_not(None))
        .order_by(jobs.c.rank, jobs.c.id)
    )
    async with db.read() as connection:
        rows = (await connection.execute(query)).mappings().all()
    return [Job.from_row(row) for row in rows]


async def place(db: Database, job_id: int) -> int:
    """1 for a job that is being painted or is the next to be; 0 for one that has ended."""
    async with db.read() as connection:
        return await place_of(connection, job_id)


async def place_of(connection: AsyncConnection, job_id: int) -> int:
    job = (
        await connection.execute(select(jobs.c.state, jobs.c.rank).where(jobs.c.id == job_id))
    ).first()
    if job is None or job.state not in UNFINISHED:
        return 0
    if job.state == "running":
        return 1
    ahead = select(func.count()).where(jobs.c.state == "queued", _before(job.rank, job_id))
    return 1 + int((await connection.execute(ahead)).scalar_one())


async def estimate(db: Database, job_id: int) -> float | None:
    """Seconds until a queued job starts; None where no engine lives or none has painted yet."""
    async with db.read() as connection:
        job = (
            await connection.execute(select(jobs.c.state, jobs.c.rank).where(jobs.c.id == job_id))
        ).first()
        if job is None or job.state not in UNFINISHED:
            return None
        if job.state == "running":
            return 0.0
        since = now_ms() - ENGINE_ALIVE_MS
        living = select(func.count()).select_from(engines).where(engines.c.beat_ms >= since)
        workers = int((await connection.execute(living)).scalar_one())
        pace = await _pace(connection)
        if workers == 0 or pace is None:
            return None
        seconds_per_step, usual_steps = pace
        query = select(jobs.c.request, jobs.c.step, jobs.c.steps).where(
            or_(
                jobs.c.state == "running",
                and_(jobs.c.state == "queued", _before(job.rank, job_id)),
            )
        )
        ahead = (await connection.execute(query)).all()
    if len(ahead) < workers:
        return 0.0  # somebody is free
    left = sum(
        max((row.steps or json.loads(row.request).get("steps") or usual_steps) - row.step, 0)
        for row in ahead
    )
    return float(left * seconds_per_step / workers)


def _before(rank: int, job_id: int) -> Any:
    return or_(jobs.c.rank < rank, and_(jobs.c.rank == rank, jobs.c.id < job_id))


async def _pace(connection: AsyncConnection) -> tuple[float, float] | None:
    """(seconds per step, steps of a usual job) from recent pictures, else from recorded speeds."""
    query = (
        select(jobs.c.result)
        .where(jobs.c.state == "done")
        .order_by(jobs.c.finished_ms.desc())
        .limit(RECENT)
    )
    results = [json.loads(text) for text in (await connection.execute(query)).scalars()]
    steps = sum(result["steps"] for result in results)
    if steps:
        return sum(result["seconds"] for result in results) / steps, steps / len(results)
    newest = select(speeds.c.seconds_per_step).order_by(speeds.c.updated_ms.desc()).limit(1)
    speed = (await connection.execute(newest)).scalar()
    planned = select(func.avg(jobs.c.steps)).where(jobs.c.steps > 0)
    usual = (await connection.execute(planned)).scalar()
    return (float(speed), float(usual)) if speed and usual else None
