"""How a job ends without a picture: once, with the credit given back and the asker told."""

from sqlalchemy import ColumnElement, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store import alerts, credits
from store.database import now_ms
from store.records import UNFINISHED, Notice, State
from store.tables import jobs, outbox


async def end(
    connection: AsyncConnection,
    which: ColumnElement[bool],
    state: State,
    *,
    error: Notice | None = None,
    tell: str | None,
) -> bool:
    """False, and nothing changed, unless `which` is one unfinished job.

    tell: the kind of outbox row that tells the asker, if anybody is there to be told.
    """
    values = {
        "state": state,
        "error": error.to_json() if error else None,
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
    await credits.refund(connection, job.id)
    if state == "failed" and error is not None:
        await alerts.failure(connection, job.id, error)
    if tell:
        await post(connection, job.id, job.chat_id, tell)
    return True


async def post(connection: AsyncConnection, job_id: int, chat_id: int, kind: str) -> None:
    """Puts a message into the outbox, to be delivered after this transaction."""
    row = {"job_id": job_id, "chat_id": chat_id, "kind": kind}
    await connection.execute(insert(outbox).values(**row, due_ms=now_ms(), created_ms=now_ms()))
