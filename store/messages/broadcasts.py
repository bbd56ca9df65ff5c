"""Broadcasts: a message to every chat, drafted, confirmed, sent one by one, stoppable."""

from dataclasses import dataclass
from typing import Literal, Self

from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from store.audit import AdminCommand, already_processed, record
from store.database.database import Database, now_ms
from store.database.leased_queue import PENDING, UNSENT
from store.messages.announcements import ANNOUNCEMENTS_KEPT_MS
from store.tables import broadcasts, chats, letters, users


@dataclass(frozen=True)
class Broadcast:
    """A broadcast; its progress is shown in the message `message_id` of `chat_id`."""

    id: int
    language: str
    state: Literal["draft", "running", "stopped", "done"]
    chat_id: int | None
    message_id: int | None

    @classmethod
    def from_row(cls, row: Row[*tuple[object, ...]]) -> Self:
        """Make a broadcast from a row of the `broadcasts` table."""
        return cls(row.id, row.language, row.state, row.chat_id, row.message_id)


@dataclass(frozen=True)
class BroadcastTally:
    """The number of a broadcast's messages by state; `unsent` are still to be sent."""

    sent: int = 0
    unsent: int = 0
    uncertain: int = 0
    unreachable: int = 0
    failed: int = 0
    stopped: int = 0

    @property
    def total(self) -> int:
        """Return the number of all messages."""
        certain = self.sent + self.unsent + self.unreachable + self.failed + self.stopped
        return certain + self.uncertain


async def create_draft(
    db: Database, command: AdminCommand, text: str, language: str
) -> tuple[int, int] | None:
    """Store a draft; return (its id, the number of chats it would go to).

    None if the command has been carried out before.
    """
    async with db.write() as connection:
        if await already_processed(connection, command):
            return None
        row = {"admin_id": command.admin_id, "language": language, "text": text}
        inserted = await connection.execute(
            insert(broadcasts).values(**row, created_ms=now_ms()).returning(broadcasts.c.id)
        )
        number = int(inserted.scalar_one())
        count = select(func.count()).select_from(chats).where(_reachable())
        return number, int((await connection.execute(count)).scalar_one())


async def start(
    db: Database, command: AdminCommand, broadcast_id: int, chat_id: int, message_id: int
) -> bool:
    """Turn a draft into messages to all reachable chats; True once."""
    async with db.write() as connection:
        values = {"state": "running", "chat_id": chat_id, "message_id": message_id}
        if not await _set_state(connection, broadcast_id, "draft", **values):
            return False
        await _delete_old(connection)
        reachable = select(chats.c.chat_id, literal(broadcast_id), now_ms(), now_ms()).where(
            _reachable()
        )
        columns = ["chat_id", "broadcast_id", "due_ms", "created_ms"]
        await connection.execute(insert(letters).from_select(columns, reachable))
        await record(connection, command, "broadcast", number=broadcast_id)
        return True


async def discard(db: Database, broadcast_id: int) -> bool:
    """Discard a draft; False if it is none any more."""
    async with db.write() as connection:
        return await _set_state(connection, broadcast_id, "draft", state="stopped")


async def stop(db: Database, command: AdminCommand, broadcast_id: int) -> bool:
    """Stop a running broadcast; messages not sent yet stay unsent. False if it is not running."""
    async with db.write() as connection:
        if not await _set_state(connection, broadcast_id, "running", state="stopped"):
            return False
        unsent = and_(letters.c.broadcast_id == broadcast_id, letters.c.state == PENDING)
        await connection.execute(update(letters).where(unsent).values(state="stopped"))
        await record(connection, command, "broadcast-stop", number=broadcast_id)
        return True


async def due_for_progress(db: Database) -> list[tuple[Broadcast, BroadcastTally]]:
    """Return the broadcasts whose progress message does not show the end yet."""
    unfinished = and_(
        broadcasts.c.state.in_(("running", "stopped")), broadcasts.c.message_id.is_not(None)
    )
    async with db.read() as connection:
        rows = (await connection.execute(select(broadcasts).where(unfinished))).all()
        return [(Broadcast.from_row(row), await _tally(connection, row.id)) for row in rows]


async def close(db: Database, broadcast: Broadcast) -> None:
    """Record that the progress message shows how the broadcast ended."""
    state = "done" if broadcast.state == "running" else broadcast.state
    async with db.write() as connection:
        await _set_state(connection, broadcast.id, broadcast.state, state=state, message_id=None)


async def _set_state(
    connection: AsyncConnection, broadcast_id: int, old: str, **values: object
) -> bool:
    in_state = and_(broadcasts.c.id == broadcast_id, broadcasts.c.state == old)
    changed = await connection.execute(update(broadcasts).where(in_state).values(**values))
    return changed.rowcount == 1


async def _delete_old(connection: AsyncConnection) -> None:
    """Delete the messages of broadcasts that ended long ago, whose tally has been shown."""
    ended = select(broadcasts.c.id).where(broadcasts.c.state.in_(("stopped", "done")))
    old = and_(
        letters.c.broadcast_id.in_(ended), letters.c.created_ms < now_ms() - ANNOUNCEMENTS_KEPT_MS
    )
    await connection.execute(delete(letters).where(old))


async def _tally(connection: AsyncConnection, broadcast_id: int) -> BroadcastTally:
    query = (
        select(letters.c.state, func.count())
        .where(letters.c.broadcast_id == broadcast_id)
        .group_by(letters.c.state)
    )
    counts = {state: count for state, count in (await connection.execute(query)).all()}
    unsent = sum(counts.pop(state, 0) for state in UNSENT)
    return BroadcastTally(unsent=unsent, **counts)


def _reachable() -> ColumnElement[bool]:
    """Return the condition for chats that have not closed and whose user is not banned."""
    banned = exists().where(users.c.id == chats.c.chat_id, users.c.blocked)
    return and_(~chats.c.gone, ~banned)
