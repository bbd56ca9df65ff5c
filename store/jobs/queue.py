"""Looking at the queue: who is where, and how long it will take."""

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

RECENT = 20  # jobs from which speed and length are judged


@dataclass(frozen=True)
class Forecast:
    """`place` is 1 for a job that is being painted or is the next to be; `wait` in seconds until
    it starts, None where no engine lives or its pace is not known."""

    place: int
    wait: float | None


_JOB = select(jobs).where(jobs.c.id == bindparam("id"))
_SHUT_OUT = exists().where(chats.c.chat_id == jobs.c.chat_id, chats.c.gone)
_ACTIVE = (
    select(jobs)
    .where(jobs.c.state.in_(UNFINISHED), jobs.c.status_message_id.is_not(None), ~_SHUT_OUT)
    .order_by(jobs.c.rank, jobs.c.id)
)
_IN_ORDER = (
    select(jobs.c.id, jobs.c.state, jobs.c.request, jobs.c.step, jobs.c.steps)
    .where(jobs.c.state.in_(UNFINISHED))
    .order_by(jobs.c.state.desc(), jobs.c.rank, jobs.c.id)  # running first
)


async def find(db: Database, job_id: int) -> Job | None:
    """None where there is no job of this number."""
    async with db.read() as connection:
        row = (await connection.execute(_JOB, {"id": job_id})).mappings().first()
    return Job.from_row(row) if row else None


async def active(db: Database) -> list[Job]:
    """The unfinished jobs that have a status message in which progress can be shown."""
    async with db.read() as connection:
        rows = (await connection.execute(_ACTIVE)).mappings().all()
    return [Job.from_row(row) for row in rows]


async def forecasts(db: Database) -> dict[int, Forecast]:
    """Of every unfinished job; all at once, since many people wait for the same queue."""
    async with db.read() as connection:
        rows = (await connection.execute(_IN_ORDER)).all()
        workers = await _workers(connection)
        pace = await _pace(connection) if 0 < workers < len(rows) else None
    found, steps_ahead = {}, 0.0
    running = sum(row.state == "running" for row in rows)
    for ahead, row in enumerate(rows):
        place = 1 if row.state == "running" else 1 + ahead - running
        wait = None
        if row.state == "running" or ahead < workers:  # somebody is free
            wait = 0.0
        elif pace is not None and workers:
            wait = steps_ahead * pace[0] / workers
        found[row.id] = Forecast(place, wait)
        usual = pace[1] if pace else 0
        steps_ahead += max((row.steps or _asked_steps(row.request) or usual) - row.step, 0)
    return found


async def minutes_to_next(connection: AsyncConnection) -> int:
    """Whole minutes until the next job leaves the queue, at least one; 0 where nobody knows."""
    workers = await _workers(connection)
    painting = select(jobs.c.step, jobs.c.steps).where(jobs.c.state == "running")
    rows = (await connection.execute(painting)).all()
    pace = await _pace(connection)
    if workers == 0 or pace is None:
        return 0
    seconds_per_step, usual_steps = pace
    left = [max((row.steps or usual_steps) - row.step, 0) for row in rows]
    seconds = min(left) * seconds_per_step if len(left) >= workers else 0.0
    return max(math.ceil(seconds / 60), 1)


_LIVING = select(func.count()).select_from(engines).where(ALIVE)


async def _workers(connection: AsyncConnection) -> int:
    """How many engines live."""
    return int((await connection.execute(_LIVING)).scalar_one())


@lru_cache(maxsize=1000)
def _asked_steps(request: str) -> float | None:
    """None where the request leaves them open, or cannot be read: it will end by itself."""
    try:
        return DrawRequest.from_json(request).total_steps
    except RequestError:
        return None


_RECENT = (
    select(jobs.c.result)
    .where(jobs.c.state == "done")
    .order_by(jobs.c.finished_ms.desc())
    .limit(RECENT)
)


async def _pace(connection: AsyncConnection) -> tuple[float, float] | None:
    """(seconds per step, steps of a usual job).

    From recent pictures, else from recorded speeds, else from what is being painted right now.
    """
    results = [json.loads(text) for text in (await connection.execute(_RECENT)).scalars()]
    steps = sum(result["steps"] for result in results)
    if steps:
        return sum(result["seconds"] for result in results) / steps, steps / len(results)
    newest = select(speeds.c.seconds_per_step).order_by(speeds.c.updated_ms.desc()).limit(1)
    speed = (await connection.execute(newest)).scalar()
    planned = select(func.avg(jobs.c.steps)).where(jobs.c.steps > 0)
    usual = (await connection.execute(planned)).scalar()
    if not speed:
        speed = (await connection.execute(_PACE_NOW)).scalar()
    return (float(speed), float(usual)) if speed and usual else None


# Seconds per step of running jobs; not before a tenth is done, since beginning takes its time.
_PACE_NOW = select(
    func.sum(jobs.c.updated_ms - jobs.c.started_ms) / (1000.0 * func.sum(jobs.c.step))
).where(jobs.c.state == "running", jobs.c.step > 0, jobs.c.step * 10 >= jobs.c.steps)
