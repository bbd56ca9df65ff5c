"""Read the queue: positions and forecasts of the waiting time."""

import json
import math
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database
from store.errors import RequestError
from store.jobs.engines import ALIVE
from store.model import UNFINISHED, Job
from store.request.request import DrawRequest
from store.tables import chats, engines, jobs, speeds

RECENT_JOBS = 20  # finished jobs from which the speed and the usual steps are computed


@dataclass(frozen=True)
class Forecast:
    """A job's place in the queue and its waiting time.

    `place` is 1 for a running job and for the next one. `wait` is in seconds until the job starts,
    None if no engine is alive or the speed is unknown.
    """

    place: int
    wait: float | None


_JOB = select(jobs).where(jobs.c.id == bindparam("id"))
_CHAT_CLOSED = exists().where(chats.c.chat_id == jobs.c.chat_id, chats.c.gone)
_ACTIVE = (
    select(jobs)
    .where(jobs.c.state.in_(UNFINISHED), jobs.c.status_message_id.is_not(None), ~_CHAT_CLOSED)
    .order_by(jobs.c.rank, jobs.c.id)
)
_IN_ORDER = (
    select(jobs.c.id, jobs.c.state, jobs.c.request, jobs.c.step, jobs.c.steps)
    .where(jobs.c.state.in_(UNFINISHED))
    .order_by(jobs.c.state.desc(), jobs.c.rank, jobs.c.id)  # running first
)


async def find(db: Database, job_id: int) -> Job | None:
    """Return a job by its id, or None."""
    async with db.read() as connection:
        row = (await connection.execute(_JOB, {"id": job_id})).mappings().first()
    return Job.from_row(row) if row else None


async def active(db: Database) -> list[Job]:
    """Return the unfinished jobs with a status message in which progress can be shown."""
    async with db.read() as connection:
        rows = (await connection.execute(_ACTIVE)).mappings().all()
    return [Job.from_row(row) for row in rows]


async def forecasts(db: Database) -> dict[int, Forecast]:
    """Return the forecast of every unfinished job, by id."""
    async with db.read() as connection:
        rows = (await connection.execute(_IN_ORDER)).all()
        workers = await _workers(connection)
        speed = await _speed(connection) if 0 < workers < len(rows) else None
    by_job, steps_ahead = {}, 0.0
    running = sum(row.state == "running" for row in rows)
    for ahead, row in enumerate(rows):
        place = 1 if row.state == "running" else 1 + ahead - running
        wait = None
        if row.state == "running" or ahead < workers:  # an engine is free
            wait = 0.0
        elif speed is not None and workers:
            wait = steps_ahead * speed[0] / workers
        by_job[row.id] = Forecast(place, wait)
        usual = speed[1] if speed else 0
        steps_ahead += max((row.steps or _asked_steps(row.request) or usual) - row.step, 0)
    return by_job


async def minutes_to_next(connection: AsyncConnection) -> int:
    """Return the whole minutes, at least 1, until the next job starts; 0 if unknown."""
    workers = await _workers(connection)
    running = select(jobs.c.step, jobs.c.steps).where(jobs.c.state == "running")
    rows = (await connection.execute(running)).all()
    speed = await _speed(connection)
    if workers == 0 or speed is None:
        return 0
    seconds_per_step, usual_steps = speed
    left = [max((row.steps or usual_steps) - row.step, 0) for row in rows]
    seconds = min(left) * seconds_per_step if len(left) >= workers else 0.0
    return max(math.ceil(seconds / 60), 1)


_COUNT_ALIVE = select(func.count()).select_from(engines).where(ALIVE)


async def _workers(connection: AsyncConnection) -> int:
    """Return the number of alive engines."""
    return int((await connection.execute(_COUNT_ALIVE)).scalar_one())


@lru_cache(maxsize=1000)
def _asked_steps(request: str) -> float | None:
    """Return the steps that the request asks for; None if it leaves them open or is invalid."""
    try:
        return DrawRequest.from_json(request).total_steps
    except RequestError:
        return None


_RECENT = (
    select(jobs.c.result)
    .where(jobs.c.state == "done")
    .order_by(jobs.c.finished_ms.desc())
    .limit(RECENT_JOBS)
)


async def _speed(connection: AsyncConnection) -> tuple[float, float] | None:
    """Return (seconds per step, usual steps of a job), or None if unknown.

    From recent jobs, else from recorded speeds, else from the running jobs.
    """
    results = [json.loads(text) for text in (await connection.execute(_RECENT)).scalars()]
    steps = sum(result["steps"] for result in results)
    if steps:
        return sum(result["seconds"] for result in results) / steps, steps / len(results)
    newest = select(speeds.c.seconds_per_step).order_by(speeds.c.updated_ms.desc()).limit(1)
    recorded = (await connection.execute(newest)).scalar()
    planned = select(func.avg(jobs.c.steps)).where(jobs.c.steps > 0)
    usual = (await connection.execute(planned)).scalar()
    if not recorded:
        recorded = (await connection.execute(_CURRENT_SPEED)).scalar()
    return (float(recorded), float(usual)) if recorded and usual else None


# Seconds per step of running jobs; only after a tenth of them, since the start is slow.
_CURRENT_SPEED = select(
    func.sum(jobs.c.updated_ms - jobs.c.started_ms) / (1000.0 * func.sum(jobs.c.step))
).where(jobs.c.state == "running", jobs.c.step > 0, jobs.c.step * 10 >= jobs.c.steps)
