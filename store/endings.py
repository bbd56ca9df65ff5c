"""How a job ends without a picture: once, with the credit given back and the asker told."""

from sqlalchemy import ColumnElement, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database import now_ms
from store.records import UNFINISHED, Notice, State
from store.tables import jobs, ledger, outbox, users


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
        .returning(jobs.c.id, jobs.c.user_id, jobs.c.chat_id, jobs.c.price)
    )
    job = ended.one_or_none()
    if job is None:
        return False
    await book(connection, job.user_id, job.price, "refund", job_id=job.id)
    if tell:
        await post(connection, job.id, job.chat_id, tell)
    return True


async def book(
    connection: AsyncConnection,
    user_id: int,
    delta: int,
    reason: str,
    *,
    job_id: int | None = None,
    external_id: str | None = None,
) -> bool:
    """Changes somebody's credits and says why; False where there are not enough of them."""
    changed = await connection.execute(
        update(users)
        .where(users.c.id == user_id, users.c.credits + delta >= 0)
        .values(credits=users.c.credits + delta)
    )
    if changed.rowcount != 1:
        return False
    entry = {
        "user_id": user_id,
        "delta": delta,
        "reason": reason,
        "job_id": job_id,
        "external_id": external_id,
        "created_ms": now_ms(),
    }
    await connection.execute(insert(ledger).values(entry))
    return True


async def post(connection: AsyncConnection, job_id: int, chat_id: int, kind: str) -> None:
    """Puts a message into the outbox, to be delivered after this transaction."""
    row = {"job_id": job_id, "chat_id": chat_id, "kind": kind}
    await connection.execute(insert(outbox).values(**row, due_ms=now_ms(), created_ms=now_ms()))
