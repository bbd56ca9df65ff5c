"""Close a job whose picture does not arrive: once, with a refund and a message to the user."""

import math
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

from store.database.database import Database, now_ms
from store.database.leased_queue import UNSENT
from store.messages import alerts
from store.messages.outbox import (
    Delivery,
    enqueue_message,
    report_undeliverable,
    set_undeliverable,
)
from store.model import UNFINISHED, Notice, OutboxKind, SafetyVerdict, State
from store.tables import erasures, inputs, jobs, outbox
from store.users import credits

REFUSED = Notice("picture-refused")
NO_RIGHT = "undelivered-right"  # key of a notice: the chat does not let the bot write
# Without one of these there is no picture in the chat.
NEEDED = ("slot", "picture")

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


async def refund_rest(connection: AsyncConnection, job_id: int, price: int, share: float) -> None:
    """Lower the price of a job to the share of its steps that were made."""
    rest = price - max(1, math.ceil(price * share))
    if rest > 0:
        await credits.refund(connection, job_id, rest)
        lowered = update(jobs).where(jobs.c.id == job_id).values(price=price - rest)
        await connection.execute(lowered)


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


async def give_up(db: Database, delivery: Delivery, reason: str, told: Notice) -> bool:
    """Mark a message as undeliverable; False, and no change, if its claim is stale.

    If it was needed for the picture, the job fails with a refund, its other messages are dropped,
    and the user is told. reason: for the row; told: for the user. The administrators are alerted,
    unless it is the chat that does not let the bot write.
    """
    this_job = jobs.c.id == delivery.job_id
    async with db.write() as connection:
        if not await set_undeliverable(connection, delivery, reason):
            return False
        # Who cannot be told of a missing right cannot be told that either.
        if told.key != NO_RIGHT and (delivery.kind != "sorry" or delivery.exhausted):
            await report_undeliverable(connection, delivery.job_id, reason)
        muted = delivery.kind == "ack" and told.key == NO_RIGHT
        if delivery.kind not in NEEDED and not muted:
            return True
        others = (outbox.c.job_id == delivery.job_id, outbox.c.state.in_(UNSENT))
        dropped = {"state": "undeliverable", "last_error": reason[:1000], "lease_until_ms": None}
        await connection.execute(update(outbox).where(*others).values(dropped))
        if await close(connection, this_job, "failed", error=told, tell="sorry", alert=False):
            return True
        values = {"state": "failed", "error": told.to_json(), "updated_ms": now_ms()}
        failed = update(jobs).where(this_job, jobs.c.state == "done").values(values)
        if (await connection.execute(failed)).rowcount == 1:
            await credits.refund(connection, delivery.job_id)
            await enqueue_message(connection, delivery.job_id, delivery.chat_id, "sorry")
    return True
