"""A message to every chat: drafted, confirmed, sent letter by letter, stopped if need be."""

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
    """`chat_id` and `message_id` are where its progress is shown."""

    id: int
    language: str
    state: Literal["draft", "running", "stopped", "done"]
    chat_id: int | None
    message_id: int | None

    @classmethod
    def from_row(cls, row: Row[*tuple[object, ...]]) -> Self:
        """A row of the table of broadcasts."""
        return cls(row.id, row.language, row.state, row.chat_id, row.message_id)


@dataclass(frozen=True)
class BroadcastTally:
    """How many chats have it, have not yet, perhaps have it, and never will."""

    sent: int = 0
    owed: int = 0
    uncertain: int = 0
    unreachable: int = 0
    failed: int = 0
    stopped: int = 0

    @property
    def total(self) -> int:
        """All chats that it is meant for."""
        certain = self.sent + self.owed + self.unreachable + self.failed + self.stopped
        return certain + self.uncertain


async def create_draft(
    db: Database, order: AdminCommand, text: str, language: str
) -> tuple[int, int] | None:
    """(its number, how many chats it would go to); None for an order that came before."""
    async with db.write() as connection:
        if await already_processed(connection, order):
            return None
        row = {"admin_id": order.admin_id, "language": language, "text": text}
        made = await connection.execute(
            insert(broadcasts).values(**row, created_ms=now_ms()).returning(broadcasts.c.id)
        )
        number = int(made.scalar_one())
        count = select(func.count()).select_from(chats).where(_reachable())
        return number, int((await connection.execute(count)).scalar_one())


async def start(
    db: Database, order: AdminCommand, broadcast_id: int, chat_id: int, message_id: int
) -> bool:
    """True once: a draft becomes letters to all chats that can be reached and are not banned."""
    async with db.write() as connection:
        values = {"state": "running", "chat_id": chat_id, "message_id": message_id}
        if not await _set_state(connection, broadcast_id, "draft", **values):
            return False
        await _forget_old(connection)
        addressees = select(chats.c.chat_id, literal(broadcast_id), now_ms(), now_ms()).where(
            _reachable()
        )
        columns = ["chat_id", "broadcast_id", "due_ms", "created_ms"]
        await connection.execute(insert(letters).from_select(columns, addressees))
        await record(connection, order, "broadcast", number=broadcast_id)
        return True


async def discard(db: Database, broadcast_id: int) -> bool:
    """A draft that is not wanted after all."""
    async with db.write() as connection:
        return await _set_state(connection, broadcast_id, "draft", state="stopped")


async def stop(db: Database, order: AdminCommand, broadcast_id: int) -> bool:
    """What has not been sent yet stays unsent; False if it does not run."""
    async with db.write() as connection:
        if not await _set_state(connection, broadcast_id, "running", state="stopped"):
            return False
        unsent = and_(letters.c.broadcast_id == broadcast_id, letters.c.state == PENDING)
        await connection.execute(update(letters).where(unsent).values(state="stopped"))
        await record(connection, order, "broadcast-stop", number=broadcast_id)
        return True


async def due_for_progress(db: Database) -> list[tuple[Broadcast, BroadcastTally]]:
    """Those whose message does not say yet how they ended, with how far they are."""
    unsaid = and_(
        broadcasts.c.state.in_(("running", "stopped")), broadcasts.c.message_id.is_not(None)
    )
    async with db.read() as connection:
        rows = (await connection.execute(select(broadcasts).where(unsaid))).all()
        return [(Broadcast.from_row(row), await _tally(connection, row.id)) for row in rows]


async def close(db: Database, broadcast: Broadcast) -> None:
    """Its message has said how it ended."""
    state = "done" if broadcast.state == "running" else broadcast.state
    async with db.write() as connection:
        await _set_state(connection, broadcast.id, broadcast.state, state=state, message_id=None)


async def _set_state(
    connection: AsyncConnection, broadcast_id: int, old: str, **values: object
) -> bool:
    here = and_(broadcasts.c.id == broadcast_id, broadcasts.c.state == old)
    turned = await connection.execute(update(broadcasts).where(here).values(**values))
    return turned.rowcount == 1


async def _forget_old(connection: AsyncConnection) -> None:
    """The letters of broadcasts that ended long ago: how many they were has been told."""
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
    owed = sum(counts.pop(state, 0) for state in UNSENT)
    return BroadcastTally(owed=owed, **counts)


def _reachable() -> ColumnElement[bool]:
    """Every chat that the bot has ever written to, unless it was shut out or banned it."""
    banned = exists().where(users.c.id == chats.c.chat_id, users.c.blocked)
    return and_(~chats.c.gone, ~banned)
