"""How a job ends without a picture: once, with the credit given back and the asker told."""

from dataclasses import asdict

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    String,
    bindparam,
    delete,
    exists,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from store import alerts, credits
from store.database import now_ms
from store.records import UNFINISHED, Notice, State, Verdict
from store.tables import chats, erasures, inputs, jobs, outbox

REFUSED = Notice("picture-refused")

_NO_INPUTS = delete(inputs).where(inputs.c.job_id == bindparam("of_job"))


async def end(
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
        await alerts.failure(connection, job.id, error)
    if tell:
        await post(connection, job.id, job.chat_id, tell)
    return True


async def post(connection: AsyncConnection, job_id: int, chat_id: int, kind: str) -> None:
    """Puts a message into the outbox, to be delivered after this transaction.

    Where the bot is shut out there is nobody to be told.
    """
    await connection.execute(_POST, {"job_id": job_id, "chat_id": chat_id, "kind": kind})


_SHUT_OUT = exists().where(chats.c.chat_id == bindparam("chat_id"), chats.c.gone)
_POST = insert(outbox).from_select(
    ["job_id", "chat_id", "kind", "due_ms", "created_ms"],
    select(
        bindparam("job_id", type_=BigInteger()),
        bindparam("chat_id", type_=BigInteger()),
        bindparam("kind", type_=String()),
        now_ms(),
        now_ms(),
    ).where(~_SHUT_OUT),
)


async def refuse(connection: AsyncConnection, which: ColumnElement[bool], verdict: Verdict) -> bool:
    """The picture is painted, but nobody gets to see it: its files go, the credit comes back.

    False, and nothing changed, unless the job is of a chat that wants it so.
    """
    strict = select(jobs.c.id).where(which, jobs.c.safety == "hard").with_for_update()
    job_id = (await connection.execute(strict)).scalar()
    if job_id is None:
        return False
    here = jobs.c.id == job_id
    await end(connection, here, "failed", error=REFUSED, tell="sorry", alert=False)
    values = {**asdict(verdict), "preview": None}
    await connection.execute(update(jobs).where(here).values(values))
    await connection.execute(insert(erasures).values(key=f"jobs/{job_id}", due_ms=now_ms()))
    return True
