"""Messages that are owed to people: written with the facts they tell, delivered one by one."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    and_,
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
from store.messages.rate_limits import acquire, pause_all, pause_chat
from store.model import Job, TelegramFile
from store.tables import chats, jobs, outbox

__all__ = [
    "Delivery",
    "acquire",
    "claim_due",
    "has_undelivered",
    "mark_delivered",
    "mark_undeliverable",
    "pause_all",
    "postpone",
    "status_replaced",
]

UNDELIVERED = ("pending", "sending")


@dataclass(frozen=True)
class Delivery:
    """One message in a courier's hands; a result's three follow each other in one chat.

    ack: a new message, whose id becomes the job's `status_message_id`. animation: that message
    edited. slot: a new line. picture: that line (`slot_message_id`) edited. tidy: the status
    message removed, where no animation takes its place. sorry, cancelled: the status message
    edited.
    """

    id: int
    job: Job
    kind: str
    token: str
    tries: int
    slot_message_id: int | None

    @property
    def job_id(self) -> int:
        """The job that it is about."""
        return self.job.id

    @property
    def chat_id(self) -> int:
        """The chat that it goes to."""
        return self.job.chat_id


_READY = or_(
    and_(outbox.c.state == "pending", outbox.c.due_ms <= now_ms()),
    and_(outbox.c.state == "sending", outbox.c.lease_until_ms <= now_ms()),
)


def _next() -> Select[int]:
    """Of the messages that are due, the first one of a chat that may be written to."""
    earlier = outbox.alias("earlier")
    waits = exists().where(
        earlier.c.chat_id == outbox.c.chat_id,
        earlier.c.id < outbox.c.id,
        earlier.c.state.in_(UNDELIVERED),
        # Whoever asks anew is not kept waiting by the last word on what was taken back.
        or_(outbox.c.kind != "ack", earlier.c.kind != "cancelled"),
    )
    held = exists().where(chats.c.chat_id == outbox.c.chat_id, chats.c.hold_until_ms > now_ms())
    others = outbox.c.id.not_in(bindparam("besides", expanding=True))
    wanted = outbox.c.kind == func.coalesce(bindparam("only", type_=String()), outbox.c.kind)
    first = select(outbox.c.id).where(_READY, wanted, others, ~waits, ~held)
    # Whoever has just asked for something is looking at the chat.
    return first.order_by(outbox.c.kind != "ack", outbox.c.due_ms, outbox.c.id).limit(1)


_NEXT = _next()
_LEASE = (
    update(outbox)
    .where(outbox.c.id == bindparam("next"), _READY)
    .values(
        state="sending",
        token=bindparam("taker"),
        courier=bindparam("by"),
        tries=outbox.c.tries + 1,
        lease_until_ms=now_ms() + bindparam("lease_ms"),
    )
    .returning(*outbox.c)
)
_SLOT = outbox.alias("slot")
_JOB = select(
    jobs,
    select(_SLOT.c.message_id)
    .where(_SLOT.c.job_id == jobs.c.id, _SLOT.c.kind == "slot")
    .scalar_subquery()
    .label("slot_message_id"),
).where(jobs.c.id == bindparam("job_id"))


async def claim_due(
    db: Database,
    courier: str,
    lease_s: float = 20.0,
    besides: Collection[int] = (),
    only: str | None = None,
) -> Delivery | None:
    """The next message to deliver, now the caller's until the lease ends.

    besides: those that the caller is still at, whose lease may end under way. only: of this kind.
    Of a chat the first undelivered message is handed out, acknowledgements before any other's.
    """
    wanted = {"besides": list(besides), "only": only}
    lease = {"taker": uuid4().hex, "by": courier, "lease_ms": int(lease_s * 1000)}
    row = None
    while row is None:  # another courier may be faster
        async with db.read() as connection:  # an idle one looks often and should lock nothing
            number = (await connection.execute(_NEXT, wanted)).scalar()
        if number is None:
            return None
        async with db.write() as connection:
            row = (await connection.execute(_LEASE, {**lease, "next": number})).first()
            if row is not None:
                job = await connection.execute(_JOB, {"job_id": row.job_id})
                found = job.mappings().one()
    # Not inside: a row that cannot be read must not keep the others from being delivered.
    values = dict(found)
    slot_message_id = values.pop("slot_message_id")
    return Delivery(row.id, Job.from_row(values), row.kind, row.token, row.tries, slot_message_id)


async def mark_delivered(
    db: Database,
    delivery: Delivery,
    message_id: int | None = None,
    file: TelegramFile | None = None,
) -> bool:
    """Telegram has it, as this message. False where another courier took it over meanwhile."""
    async with db.write() as connection:
        values: dict[str, Any] = {"state": "sent", "message_id": message_id, "lease_until_ms": None}
        if file is not None:  # unless it was erased on the way
            kept = select(~jobs.c.erased).where(jobs.c.id == delivery.job_id).scalar_subquery()
            values["file_id"] = case((kept, file.id), else_=None)
            values["file_kind"] = case((kept, file.kind), else_=None)
        sent = await connection.execute(update(outbox).where(_mine(delivery)).values(values))
        if sent.rowcount != 1:
            return False
        if delivery.kind == "ack" and message_id is not None:
            await connection.execute(
                update(jobs)
                .where(jobs.c.id == delivery.job_id)
                .values(status_message_id=message_id)
            )
    return True


async def postpone(
    db: Database, delivery: Delivery, seconds: float, chat_wide: bool = True
) -> bool:
    """Not now (Telegram's 429): due again later, and it does not count as a try."""
    values: dict[str, Any] = {
        "state": "pending",
        "due_ms": now_ms() + int(seconds * 1000),
        "tries": case((outbox.c.tries > 0, outbox.c.tries - 1), else_=0),
        "lease_until_ms": None,
    }
    async with db.write() as connection:
        if chat_wide:
            await pause_chat(connection, delivery.chat_id, seconds)
        postponed = await connection.execute(update(outbox).where(_mine(delivery)).values(values))
        return postponed.rowcount == 1


async def mark_undeliverable(db: Database, delivery: Delivery, reason: str) -> bool:
    """It can never arrive: given up, so that the chat's next message may go."""
    values = {"state": "undeliverable", "last_error": reason[:1000], "lease_until_ms": None}
    async with db.write() as connection:
        given_up = await connection.execute(update(outbox).where(_mine(delivery)).values(values))
        return given_up.rowcount == 1


_HAS_UNDELIVERED = select(
    exists().where(outbox.c.chat_id == bindparam("chat_id"), outbox.c.state.in_(UNDELIVERED))
)


async def has_undelivered(db: Database, chat_id: int) -> bool:
    """Whether a message waits for this chat, which previews must not get in the way of."""
    async with db.read() as connection:
        return bool((await connection.execute(_HAS_UNDELIVERED, {"chat_id": chat_id})).scalar_one())


async def status_replaced(db: Database, job_id: int, message_id: int) -> None:
    """Somebody deleted the status message; from now on it is this one."""
    async with db.write() as connection:
        await connection.execute(
            update(jobs).where(jobs.c.id == job_id).values(status_message_id=message_id)
        )


def _mine(delivery: Delivery) -> ColumnElement[bool]:
    return and_(
        outbox.c.id == delivery.id,
        outbox.c.token == delivery.token,
        outbox.c.state == "sending",
    )


async def enqueue_message(
    connection: AsyncConnection, job_id: int, chat_id: int, kind: str
) -> None:
    """Puts a message into the outbox, to be delivered after this transaction.

    Where the bot is shut out there is nobody to be told.
    """
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
