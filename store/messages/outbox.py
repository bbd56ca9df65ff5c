"""Messages about jobs, written in the transaction that causes them and delivered one by one."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    String,
    bindparam,
    case,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, now_ms
from store.database.leased_queue import MAX_CLAIMS, LeasedQueue, constant, is_unsent
from store.messages.alerts import record_alert
from store.messages.rate_limits import pause_chat
from store.model import Job, Notice, OutboxKind, TelegramFile
from store.tables import chats, jobs, outbox

INTERRUPTED = "its delivery was interrupted too often"
MAX_SINCE = 100  # messages of all chats before one without an acknowledgement, among which to look


@dataclass(frozen=True)
class Delivery:
    """One claimed message; the messages of a result follow each other in one chat.

    kind: "ack" sends a new message, whose id becomes the job's `status_message_id`; "animation"
    edits that message; "picture" is sent anew, or in groups edits the status message; "tidy"
    deletes the status message where neither has replaced it; "sorry" and "cancelled" edit it.
    Earlier versions sent a line ("slot"; `slot_message_id`), which the picture replaced.
    """

    id: int
    job: Job
    kind: OutboxKind
    token: str
    tries: int
    slot_message_id: int | None
    picture_message_id: int | None = None
    failures: int = 0  # sends in a row that failed
    unanswered: int = 0  # sends that may have arrived
    sent_behind: int | None = None  # the id behind which its picture may have arrived already
    interrupted: bool = False  # an earlier delivery of it did not come to its end
    exhausted: bool = False  # its delivery was interrupted too often: it is to be given up

    @property
    def job_id(self) -> int:
        """The id of the job that the message is about."""
        return self.job.id

    @property
    def chat_id(self) -> int:
        """The id of the chat that the message goes to."""
        return self.job.chat_id


def _queue(*which: ColumnElement[bool]) -> LeasedQueue:
    """Return the queue of the first undelivered message of each chat that may be written to."""
    earlier = outbox.alias("earlier")
    # One look into the index of unsent messages for each candidate. PostgreSQL would make a join
    # of EXISTS, and read all unsent messages for each where it does not know how many there are.
    first = (
        select(earlier.c.id)
        .where(
            earlier.c.chat_id == outbox.c.chat_id,
            is_unsent(earlier.c.state),
            # An acknowledgement need not wait for the final message of a cancelled job, nor
            # anything for a status message to go.
            or_(outbox.c.kind != "ack", earlier.c.kind != "cancelled"),
            or_(outbox.c.kind == "tidy", earlier.c.kind != "tidy"),
        )
        .order_by(earlier.c.id)
        .limit(1)
        .scalar_subquery()
    )
    paused = exists().where(chats.c.chat_id == outbox.c.chat_id, chats.c.hold_until_ms > now_ms())
    excluded = outbox.c.id.in_(bindparam("excluded", expanding=True))
    return LeasedQueue(
        outbox,
        eligible=(*which, ~excluded, outbox.c.id == first, ~paused),
        # Acknowledgements first: whoever has just sent a request is looking at the chat.
        urgent=outbox.c.kind == constant("ack"),
        claim_values={"courier": bindparam("by", type_=String())},
    )


_QUEUE = _queue()
_ACKS = _queue(outbox.c.kind == constant("ack"))


def _message_id(kind: OutboxKind) -> ColumnElement[int]:
    """Return the id of the job's message of a kind, as a column `KIND_message_id`."""
    other = outbox.alias(kind)
    of_job = select(other.c.message_id).where(other.c.job_id == jobs.c.id, other.c.kind == kind)
    return of_job.scalar_subquery().label(f"{kind}_message_id")


_JOB = select(jobs, _message_id("slot"), _message_id("picture")).where(
    jobs.c.id == bindparam("job_id")
)


async def claim_due(
    db: Database,
    courier: str,
    lease_s: float = 20.0,
    excluded: Collection[int] = (),
    *,
    only_acks: bool = False,
    interrupted: bool = True,
) -> Delivery | None:
    """Claim the next message to deliver; None if none is due.

    excluded: ids of messages that the caller is still delivering, whose lease may end meanwhile.
    only_acks: whether the claim is limited to acknowledgements. interrupted: whether the message
    may be one whose delivery was interrupted; not while the caller has such a one in hand.
    """
    queue = _ACKS if only_acks else _QUEUE
    filters: dict[str, Any] = {"excluded": list(excluded), "interrupted": interrupted}
    if not await queue.any_due(db, **filters):
        return None
    async with db.write() as connection:
        row = await queue.claim(connection, lease_s, by=courier, **filters)
        if row is not None and row.claims > MAX_CLAIMS + 1:  # not even its job can be read
            await _set_aside(connection, row)
            row = None
        if row is None:
            return None
        job = (await connection.execute(_JOB, {"job_id": row.job_id})).mappings().one()
    # After the commit: if a job cannot be parsed its message stays claimed, so that it is not the
    # first one again in the next call, before all others.
    values = dict(job)
    slot, picture = values.pop("slot_message_id"), values.pop("picture_message_id")
    return Delivery(
        row.id,
        Job.from_row(values),
        row.kind,
        row.token,
        row.tries,
        slot,
        picture,
        row.failures,
        row.unanswered,
        row.sent_behind,
        interrupted=row.claims > 1,
        exhausted=row.claims > MAX_CLAIMS,
    )


async def mark_delivered(
    db: Database,
    delivery: Delivery,
    message_id: int | None = None,
    file: TelegramFile | None = None,
) -> bool:
    """Record the Telegram message; False if another courier has claimed the row since."""
    values: dict[str, Any] = {"message_id": message_id}
    if file is not None:  # unless the job was erased meanwhile
        kept = select(~jobs.c.erased).where(jobs.c.id == delivery.job_id).scalar_subquery()
        values["file_id"] = case((kept, file.id), else_=None)
        values["file_kind"] = case((kept, file.kind), else_=None)
    async with db.write() as connection:
        if not await _QUEUE.finish(connection, delivery.id, delivery.token, "sent", **values):
            return False
        if delivery.kind == "ack" and message_id is not None:
            await connection.execute(
                update(jobs)
                .where(jobs.c.id == delivery.job_id)
                .values(status_message_id=message_id)
            )
    return True


async def postpone(
    db: Database,
    delivery: Delivery,
    seconds: float,
    chat_wide: bool = True,
    *,
    failures: int | None = None,
    unanswered: int | None = None,
) -> bool:
    """Make the message due again in `seconds`, without counting a try; False if it was stale.

    chat_wide: pause the whole chat for so long (Telegram's error 429). failures, unanswered: new
    counts of the row, which outlive this process.
    """
    counts = {
        "failures": delivery.failures if failures is None else failures,
        "unanswered": delivery.unanswered if unanswered is None else unanswered,
    }
    async with db.write() as connection:
        if chat_wide:
            await pause_chat(connection, delivery.chat_id, seconds)
        return await _QUEUE.postpone(
            connection, delivery.id, delivery.token, seconds, counts=False, **counts
        )


async def note_sending(db: Database, delivery: Delivery, newest: int) -> None:
    """Record before a picture is sent which message is the newest in its chat.

    newest: the id that the caller knows of. After a crash the picture is looked for behind it.
    """
    job, earlier = delivery.job, outbox.alias("earlier")
    acknowledged = select(earlier.c.id).where(earlier.c.job_id == job.id, earlier.c.kind == "ack")
    since = (
        outbox.c.chat_id == delivery.chat_id,
        outbox.c.state == "sent",
        outbox.c.id > func.coalesce(acknowledged.scalar_subquery(), delivery.id - MAX_SINCE),
    )
    async with db.write() as connection:
        query = select(func.max(outbox.c.message_id)).where(*since)
        recorded = (await connection.execute(query)).scalar() or 0
        behind = max(newest, recorded, job.status_message_id or 0, job.message_id or 0)
        await _set_sent_behind(connection, delivery, behind)


async def note_unsent(db: Database, delivery: Delivery) -> None:
    """Record that the picture has certainly not arrived."""
    async with db.write() as connection:
        await _set_sent_behind(connection, delivery, None)


async def _set_sent_behind(
    connection: AsyncConnection, delivery: Delivery, behind: int | None
) -> None:
    owned = outbox.c.id == delivery.id, outbox.c.token == delivery.token
    await connection.execute(update(outbox).where(*owned).values(sent_behind=behind))


async def set_undeliverable(connection: AsyncConnection, delivery: Delivery, reason: str) -> bool:
    """Give the message up, so that the chat's next one can go; False if it was stale."""
    values = {"last_error": reason[:1000]}
    return await _QUEUE.finish(connection, delivery.id, delivery.token, "undeliverable", **values)


async def _set_aside(connection: AsyncConnection, row: Row[*tuple[Any, ...]]) -> None:
    """Give up a message whose delivery has ended the process too often; alert administrators."""
    await _QUEUE.finish(connection, row.id, row.token, "undeliverable", last_error=INTERRUPTED)
    await report_undeliverable(connection, row.job_id, INTERRUPTED)


async def report_undeliverable(connection: AsyncConnection, job_id: int, reason: str) -> None:
    """Alert the administrators of a message that was given up."""
    notice = Notice("alert-undeliverable", {"job": job_id, "fault": reason[:200]})
    await record_alert(connection, "undeliverable", notice)


async def status_replaced(db: Database, job_id: int, message_id: int) -> None:
    """Record that this is now the job's status message, since the old one is gone or unknown."""
    async with db.write() as connection:
        await connection.execute(
            update(jobs).where(jobs.c.id == job_id).values(status_message_id=message_id)
        )


async def slot_replaced(db: Database, job_id: int, message_id: int) -> None:
    """Record that the picture goes into this message, since the placeholder is gone or unknown."""
    slot = outbox.c.job_id == job_id, outbox.c.kind == "slot"
    async with db.write() as connection:
        await connection.execute(update(outbox).where(*slot).values(message_id=message_id))


async def enqueue_message(
    connection: AsyncConnection, job_id: int, chat_id: int, kind: OutboxKind
) -> None:
    """Add a message to the outbox; nothing is added for a chat that has shut the bot out."""
    await connection.execute(_ENQUEUE, {"job_id": job_id, "chat_id": chat_id, "kind": kind})


_CLOSED_CHAT = exists().where(chats.c.chat_id == bindparam("chat_id"), chats.c.gone)
_ENQUEUE = insert(outbox).from_select(
    ["job_id", "chat_id", "kind", "due_ms", "created_ms"],
    select(
        bindparam("job_id", type_=BigInteger()),
        bindparam("chat_id", type_=BigInteger()),
        bindparam("kind", type_=String()),
        now_ms(),
        now_ms(),
    ).where(~_CLOSED_CHAT),
)
