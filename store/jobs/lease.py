"""What engines do with a job; only the holder of the current claim's token may write."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select, update

from store.database.database import Database, now_ms
from store.jobs.close import close, refund_rest, refuse_finished
from store.jobs.engines import EngineState, alive_engines
from store.jobs.requirements import first_like, has_rows, servable_by
from store.messages import alerts
from store.messages.outbox import enqueue_message
from store.messages.results import result_messages
from store.model import (
    MAX_ATTEMPTS,
    MAX_ENGINE_FAULTS,
    NO_VERDICT,
    Heartbeat,
    Job,
    Notice,
    Result,
    SafetyVerdict,
    State,
    notices_json,
)
from store.request.request import DrawRequest
from store.tables import jobs

LOST = Notice("job-lost")
GRACE_S = 10.0  # after an outage
UNLEASED: dict[str, Any] = {"token": None, "lease_until_ms": None, "worker": None}


async def claim(
    db: Database,
    worker: str,
    lease_s: float = 30.0,
    capabilities: EngineState | None = None,
    *,
    like: Callable[[DrawRequest], bool] | None = None,
    among: int = 1,
) -> Job | None:
    """Claim the next job of the queue for `lease_s` seconds; None if there is none.

    capabilities: what the caller can paint; all else is left to other engines, None takes any job.
    like: says which jobs the caller wants, of so many of the next ones that it can paint.
    """
    next_id = (
        select(jobs.c.id)
        .where(jobs.c.state == "queued", ~jobs.c.awaiting, jobs.c.not_before_ms <= now_ms())
        .order_by(jobs.c.rank, jobs.c.id)
        .limit(1)
    )
    if not await has_rows(db, next_id):  # polling an empty queue locks nothing
        return None
    if capabilities is not None:
        next_id = next_id.where(servable_by(capabilities, await alive_engines(db)))
        if not await has_rows(db, next_id):
            return None
    if like is not None:
        if (found := await first_like(db, next_id, like, among)) is None:
            return None
        next_id = next_id.where(jobs.c.id == found)
    values = {
        "state": "running",
        "token": uuid4().hex,
        "worker": worker,
        "attempt": jobs.c.attempt + 1,
        "lease_until_ms": _lease(lease_s),
        "started_ms": func.coalesce(jobs.c.started_ms, now_ms()),
        "updated_ms": now_ms(),
    }
    claim_statement = (
        update(jobs)
        .where(jobs.c.id == next_id.with_for_update(skip_locked=True).scalar_subquery())
        .where(jobs.c.state == "queued")
        .values(values)
        .returning(*jobs.c)
    )
    async with db.write() as connection:
        row = (await connection.execute(claim_statement)).mappings().first()
    return Job.from_row(row) if row else None


async def beat(
    db: Database,
    job_id: int,
    token: str,
    *,
    step: int,
    steps: int,
    drawn: int | None = None,
    loss: float | None = None,
    preview: str | None = None,
    saved: tuple[int, str] | None = None,
    lease_s: float = 30.0,
) -> Heartbeat:
    """Renew the lease, record progress and read the cancel flag, in one statement.

    drawn: per cent of a draft. saved: a step, negative while drafts are drawn, and the key of the
        latent after it; a newer one resets the count of attempts.
    """
    values: dict[str, Any] = {
        "step": step,
        "steps": steps,
        "drawn": drawn,
        "lease_until_ms": _lease(lease_s),
        "updated_ms": now_ms(),
    }
    if loss is not None:
        values["loss"] = loss
    if preview is not None:
        values["preview"] = preview
    if saved is not None:
        saved_step, latent = saved
        newer = or_(jobs.c.saved_step.is_(None), jobs.c.saved_step < saved_step)
        for count in (jobs.c.attempt, jobs.c.engine_faults):
            values[count.name] = case((newer, 0), else_=count)
        values["latent"] = case((newer, literal(latent)), else_=jobs.c.latent)
        values["saved_step"] = case((newer, saved_step), else_=jobs.c.saved_step)
    statement = update(jobs).where(_owned(job_id, token)).values(values)
    statement = statement.returning(jobs.c.cancel, jobs.c.keep)
    async with db.write() as connection:
        row = (await connection.execute(statement)).first()
    if row is None:
        return Heartbeat(alive=False, cancel=False)
    return Heartbeat(alive=True, cancel=bool(row.cancel), keep=bool(row.keep))


async def finish(
    db: Database,
    job_id: int,
    token: str,
    result: Result,
    notices: Sequence[Notice],
    *,
    verdict: SafetyVerdict = NO_VERDICT,
    planned: int = 0,
    stopped: bool = False,
) -> bool:
    """Record a finished job whose files are safely written, and enqueue its messages.

    planned: steps; of a picture that was finished before, those that were not made are refunded.
    stopped: it was finished before as it no longer gained, not because a person liked it.
    An unsafe picture for a chat that refuses those is refused instead. False, and no change, if the
    token is stale.
    """
    values = {
        "state": "done",
        "result": result.to_json(),
        "notices": notices_json(notices),
        "step": result.steps,
        "steps": result.steps,
        "loss": result.loss,
        **asdict(verdict),
        "lease_until_ms": None,
        "finished_ms": now_ms(),
        "updated_ms": now_ms(),
    }
    statement = update(jobs).where(_owned(job_id, token)).values(values)
    told = (jobs.c.chat_id, jobs.c.animation, jobs.c.keep, jobs.c.price)
    statement = statement.returning(*told, jobs.c.created_ms, jobs.c.finished_ms)
    async with db.write() as connection:
        if verdict.unsafe and await refuse_finished(connection, _owned(job_id, token), verdict):
            return True
        job = (await connection.execute(statement)).first()
        if job is None:
            return False
        if (job.keep or stopped) and result.steps < planned:
            await refund_rest(connection, job_id, job.price, result.steps / planned)
        film, waited_ms = job.animation and bool(result.animation), job.finished_ms - job.created_ms
        for kind in result_messages(job.chat_id, film=film, waited_ms=waited_ms):
            await enqueue_message(connection, job_id, job.chat_id, kind)
    return True


async def fail(
    db: Database, job_id: int, token: str, error: Notice, *, retry: bool
) -> State | None:
    """Record a failed attempt and return the state that follows; None if the token is stale.

    The job is queued again after a back-off, failed if it may not be retried or had its attempts,
    or cancelled if that was requested.
    """
    query = select(jobs.c.attempt, jobs.c.cancel).where(_owned(job_id, token)).with_for_update()
    async with db.write() as connection:
        job = (await connection.execute(query)).first()
        if job is None:
            return None
        this_job = jobs.c.id == job_id
        if job.cancel:
            await close(connection, this_job, "cancelled", tell="cancelled")
            return "cancelled"
        if not retry or job.attempt >= MAX_ATTEMPTS:
            await close(connection, this_job, "failed", error=error, tell="sorry")
            return "failed"
        later = now_ms() + 1000 * 2**job.attempt
        values = {"state": "queued", "not_before_ms": later, "error": error.to_json(), **UNLEASED}
        await connection.execute(update(jobs).where(this_job).values(updated_ms=now_ms(), **values))
        return "queued"


async def hand_back(db: Database, job_id: int, token: str, error: Notice) -> State | None:
    """Give back a job whose attempt ended by a fault of the engine, which costs the job nothing.

    Return the state that follows: a job that has met MAX_ENGINE_FAULTS of them without progress is
    at fault itself, and fails. None if the token is stale.
    """
    owned = _owned(job_id, token)
    query = select(jobs.c.engine_faults, jobs.c.cancel).where(owned).with_for_update()
    async with db.write() as connection:
        job = (await connection.execute(query)).first()
        if job is None:
            return None
        if job.cancel:
            await close(connection, owned, "cancelled", tell="cancelled")
            return "cancelled"
        if job.engine_faults + 1 >= MAX_ENGINE_FAULTS:
            await close(connection, owned, "failed", error=error, tell="sorry")
            return "failed"
        faults = jobs.c.engine_faults + 1
        values = {"engine_faults": faults, **_unattempted()}
        await connection.execute(update(jobs).where(owned).values(values))
        return "queued"


async def release(db: Database, job_id: int, token: str) -> bool:
    """Give a job back at a clean shutdown: it keeps its place and the attempt does not count.

    False if the token is stale.
    """
    owned = _owned(job_id, token)
    async with db.write() as connection:
        if await close(connection, and_(owned, jobs.c.cancel), "cancelled", tell="cancelled"):
            return True
        released = update(jobs).where(owned).values(_unattempted())
        return (await connection.execute(released)).rowcount == 1


async def cancelled(db: Database, job_id: int, token: str) -> bool:
    """Close a job whose engine has stopped on request; False if the token is stale."""
    async with db.write() as connection:
        return await close(connection, _owned(job_id, token), "cancelled", tell="cancelled")


async def reap(db: Database) -> list[tuple[int, State]]:
    """Take back the jobs whose leases have expired; return each with the state that follows.

    Any process may call it. After an outage of the database, engines get a moment to renew their
    leases, which ran out in it.
    """
    if db.availability.back_s < GRACE_S:
        return []
    expired = (
        select(jobs.c.id, jobs.c.attempt, jobs.c.cancel, jobs.c.worker)
        .where(jobs.c.state == "running", jobs.c.lease_until_ms <= now_ms())
        .order_by(jobs.c.id)
    )
    async with db.read() as connection:
        if (await connection.execute(expired.limit(1))).first() is None:
            return []
    reaped: list[tuple[int, State]] = []
    async with db.write() as connection:
        locked = expired.with_for_update(skip_locked=True)
        for job in (await connection.execute(locked)).all():
            this_job = jobs.c.id == job.id
            lost = Notice("alert-engine-lost", {"worker": job.worker or "?", "job": job.id})
            await alerts.record_alert(connection, "engine-lost", lost)
            state: State = "queued"
            if job.cancel:
                state = "cancelled"
                await close(connection, this_job, state, tell="cancelled")
            elif job.attempt >= MAX_ATTEMPTS:
                state = "failed"
                await close(connection, this_job, state, error=LOST, tell="sorry")
            else:
                values = {"state": state, "updated_ms": now_ms(), **UNLEASED}
                await connection.execute(update(jobs).where(this_job).values(values))
            reaped.append((job.id, state))
    return reaped


def _unattempted() -> dict[str, Any]:
    """Return the values of a job that is queued again as if it had not been claimed."""
    attempt = case((jobs.c.attempt > 0, jobs.c.attempt - 1), else_=0)
    return {"state": "queued", "attempt": attempt, "updated_ms": now_ms(), **UNLEASED}


def _owned(job_id: int, token: str) -> ColumnElement[bool]:
    """Return the condition that the job is running under this token."""
    return and_(jobs.c.id == job_id, jobs.c.token == token, jobs.c.state == "running")


def _lease(seconds: float) -> ColumnElement[int]:
    return now_ms() + int(seconds * 1000)
