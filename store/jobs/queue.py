"""Read the queue: positions and forecasts of the waiting time."""

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    bindparam,
    exists,
    func,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database
from store.errors import RequestError
from store.jobs.engines import ALIVE, engine_seconds
from store.model import Job
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


LISTED = 100  # of the waiting jobs, those that are read one by one every second

_JOB = select(jobs).where(jobs.c.id == bindparam("id"))
_CHAT_CLOSED = exists().where(chats.c.chat_id == jobs.c.chat_id, chats.c.gone)


def _in_order(*columns: ColumnElement[Any], state: str) -> Select[Any]:
    query = select(*columns).where(jobs.c.state == state).order_by(jobs.c.rank, jobs.c.id)
    return query.limit(LISTED) if state == "queued" else query


def _listed(state: str) -> Select[Any]:
    """Return the query for the listed jobs of a state whose progress can be shown."""
    ids = _in_order(jobs.c.id, state=state).subquery()
    shown = jobs.c.status_message_id.is_not(None), ~_CHAT_CLOSED
    query = select(jobs).join(ids, ids.c.id == jobs.c.id).where(*shown)
    return query.order_by(jobs.c.rank, jobs.c.id)


_ACTIVE = [_listed(state) for state in ("running", "queued")]
_PLACES = [
    _in_order(jobs.c.id, jobs.c.state, jobs.c.request, jobs.c.step, jobs.c.steps, state=state)
    for state in ("running", "queued")
]


def _waiting(*which: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).where(jobs.c.state == "queued", *which).scalar_subquery()


# Each is one range of the index, which "or" would not be.
_AHEAD = select(
    _waiting(jobs.c.rank < bindparam("rank"))
    + _waiting(jobs.c.rank == bindparam("rank"), jobs.c.id < bindparam("id"))
)


async def find(db: Database, job_id: int) -> Job | None:
    """Return a job by its id, or None."""
    async with db.read() as connection:
        row = (await connection.execute(_JOB, {"id": job_id})).mappings().first()
    return Job.from_row(row) if row else None


async def active(db: Database) -> list[Job]:
    """Return the jobs with a status message in which progress can be shown.

    Of those that wait the first LISTED, however long the queue is.
    """
    found: list[Job] = []
    async with db.read() as connection:
        for query in _ACTIVE:
            rows = (await connection.execute(query)).mappings().all()
            found += [Job.from_row(row) for row in rows]
    return found


async def forecasts(db: Database) -> dict[int, Forecast]:
    """Return the forecast of every running job and of the first LISTED that wait, by id."""
    async with db.read() as connection:
        rows = [row for query in _PLACES for row in (await connection.execute(query)).all()]
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


async def distant_forecast(db: Database, job: Job) -> Forecast:
    """Return the forecast of a job that waits behind the listed ones, by their usual steps."""
    async with db.read() as connection:
        ahead = await connection.execute(_AHEAD, {"rank": job.rank, "id": job.id})
        place = 1 + int(ahead.scalar_one())
        workers = await _workers(connection)
        speed = await _speed(connection)
    if not workers or speed is None:
        return Forecast(place, None)
    seconds_per_step, usual_steps = speed
    return Forecast(place, place * usual_steps * seconds_per_step / workers)


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
    at_once = len(left) / workers  # of which an engine makes one step at a time
    seconds = min(left) * seconds_per_step * at_once if at_once >= 1 else 0.0
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
    """Return (seconds of an engine per step, usual steps of a job), or None if unknown.

    From recent jobs, else from recorded speeds, else from the running jobs.
    """
    results = [json.loads(text) for text in (await connection.execute(_RECENT)).scalars()]
    steps = sum(result["steps"] for result in results)
    if steps:
        return sum(map(engine_seconds, results)) / steps, steps / len(results)
    newest = select(speeds.c.seconds_per_step).order_by(speeds.c.updated_ms.desc()).limit(1)
    recorded = (await connection.execute(newest)).scalar()
    usual = (await connection.execute(_USUAL_STEPS)).scalar()
    if not recorded:
        recorded = (await connection.execute(_CURRENT_SPEED)).scalar()
    return (float(recorded), float(usual)) if recorded and usual else None


_steps = union_all(
    *(
        select(_in_order(jobs.c.steps, jobs.c.rank, jobs.c.id, state=state).subquery().c.steps)
        for state in ("running", "queued")
    )
).subquery()
_USUAL_STEPS = select(func.avg(_steps.c.steps)).where(_steps.c.steps > 0)

# Seconds per step of running jobs; only after a tenth of them, since the start is slow.
_CURRENT_SPEED = select(
    func.sum(jobs.c.updated_ms - jobs.c.started_ms)
    * func.count(jobs.c.worker.distinct())
    / (1000.0 * func.sum(jobs.c.step) * func.count())
).where(jobs.c.state == "running", jobs.c.step > 0, jobs.c.step * 10 >= jobs.c.steps)
