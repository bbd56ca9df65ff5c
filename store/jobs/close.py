"""Close a job without a picture: once, with a refund and a message to the user."""

from dataclasses import asdict

from sqlalchemy import (
    ColumnElement,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import now_ms
from store.messages import alerts
from store.messages.outbox import enqueue_message
from store.model import UNFINISHED, Notice, OutboxKind, SafetyVerdict, State
from store.tables import erasures, inputs, jobs
from store.users import credits

REFUSED = Notice("picture-refused")

_DELETE_INPUTS = delete(inputs).where(inputs.c.job_id == bindparam("of_job"))


async def close(
    connection: AsyncConnection,
    which: ColumnElement[bool],
    state: State,
    *,
    error: Notice | None = None,
    tell: OutboxKind | None,
    alert: bool = True,
) -> bool:
    """Close an unfinished job; False, and no change, unless `which` selects one.

    tell: the kind of the outbox message to the user, or None.
    alert: whether the administrators are told of a failure.
    """
    values = {
        "state": state,
        "error": error.to_json() if error else None,
        "awaiting": False,
        "lease_until_ms": None,
        "finished_ms": now_ms(),
        "updated_ms": now_ms(),
    }
    closed = await connection.execute(
        update(jobs)
        .where(which, jobs.c.state.in_(UNFINISHED))
        .values(values)
        .returning(jobs.c.id, jobs.c.chat_id)
    )
    job = closed.one_or_none()
    if job is None:
        return False
    await connection.execute(_DELETE_INPUTS, {"of_job": job.id})
    await credits.refund(connection, job.id)
    if state == "failed" and error is not None and alert:
        await alerts.engine_failure(connection, job.id, error)
    if tell:
        await enqueue_message(connection, job.id, job.chat_id, tell)
    return True


async def refuse_finished(
    connection: AsyncConnection, which: ColumnElement[bool], verdict: SafetyVerdict
) -> bool:
    """Close a finished job whose chat refuses unsafe pictures: delete its files and refund it.

    False, and no change, if the chat's safety mode is another.
    """
    refusing = select(jobs.c.id).where(which, jobs.c.safety == "hard").with_for_update()
    job_id = (await connection.execute(refusing)).scalar()
    if job_id is None:
        return False
    this_job = jobs.c.id == job_id
    await close(connection, this_job, "failed", error=REFUSED, tell="sorry", alert=False)
    values = {**asdict(verdict), "preview": None}
    await connection.execute(update(jobs).where(this_job).values(values))
    await connection.execute(insert(erasures).values(key=f"jobs/{job_id}", due_ms=now_ms()))
    return True
