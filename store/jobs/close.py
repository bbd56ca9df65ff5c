"""How a job ends without a picture: once, with the credit given back and the asker told."""

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
from store.model import UNFINISHED, Notice, SafetyVerdict, State
from store.tables import erasures, inputs, jobs
from store.users import credits

REFUSED = Notice("picture-refused")

_NO_INPUTS = delete(inputs).where(inputs.c.job_id == bindparam("of_job"))


async def close(
    connection: AsyncConnection,
    which: ColumnElement[bool],
    state: State,
    *,
    error: Notice | None = None,
    tell: str | None,
    alert: bool = True,
) -> bool:
    """False, and nothing changed, unless `which` is one unfinished job.

    tell: the kind of outbox row that tells the asker, if anybody is there to be told.
    alert: whether administrators hear of it too, where it failed.
    """
    values = {
        "state": state,
        "error": error.to_json() if error else None,
        "awaiting": False,
        "lease_until_ms": None,
        "finished_ms": now_ms(),
        "updated_ms": now_ms(),
    }
    ended = await connection.execute(
        update(jobs)
        .where(which, jobs.c.state.in_(UNFINISHED))
        .values(values)
        .returning(jobs.c.id, jobs.c.chat_id)
    )
    job = ended.one_or_none()
    if job is None:
        return False
    await connection.execute(_NO_INPUTS, {"of_job": job.id})
    await credits.refund(connection, job.id)
    if state == "failed" and error is not None and alert:
        await alerts.engine_failure(connection, job.id, error)
    if tell:
        await enqueue_message(connection, job.id, job.chat_id, tell)
    return True


async def refuse_finished(
    connection: AsyncConnection, which: ColumnElement[bool], verdict: SafetyVerdict
) -> bool:
    """The picture is painted, but nobody gets to see it: its files go, the credit comes back.

    False, and nothing changed, unless the job is of a chat that wants it so.
    """
    strict = select(jobs.c.id).where(which, jobs.c.safety == "hard").with_for_update()
    job_id = (await connection.execute(strict)).scalar()
    if job_id is None:
        return False
    here = jobs.c.id == job_id
    await close(connection, here, "failed", error=REFUSED, tell="sorry", alert=False)
    values = {**asdict(verdict), "preview": None}
    await connection.execute(update(jobs).where(here).values(values))
    await connection.execute(insert(erasures).values(key=f"jobs/{job_id}", due_ms=now_ms()))
    return True
