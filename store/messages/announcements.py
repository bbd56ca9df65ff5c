"""Messages that belong to no job: alerts to administrators, and broadcasts."""

import json
from dataclasses import dataclass
from typing import Literal
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, now_ms
from store.model import Notice
from store.tables import broadcasts, chats, letters

AnnouncementOutcome = Literal["sent", "uncertain", "unreachable", "failed"]


@dataclass(frozen=True)
class Announcement:
    """One message in a postman's hands: a `notice` for an administrator, or the `text` of a
    broadcast, in HTML."""

    id: int
    chat_id: int
    broadcast_id: int | None
    notice: Notice | None
    text: str | None
    token: str
    tries: int


async def claim_due(db: Database, lease_s: float = 30.0) -> Announcement | None:
    """The next letter, now the caller's until the lease ends; alerts go before broadcasts.

    An alert that a dead postman held is sent again: better twice than never. A broadcast is not:
    nobody wants to read it twice (`doubt`).
    """
    now = now_ms()
    held = exists().where(chats.c.chat_id == letters.c.chat_id, chats.c.hold_until_ms > now)
    left_behind = and_(letters.c.state == "sending", letters.c.lease_until_ms <= now)
    under_way = exists().where(
        broadcasts.c.id == letters.c.broadcast_id, broadcasts.c.state == "running"
    )
    next_id = (
        select(letters.c.id)
        .where(
            or_(
                and_(letters.c.state == "pending", letters.c.due_ms <= now),
                and_(left_behind, letters.c.broadcast_id.is_(None)),
            ),
            ~held,
            or_(letters.c.broadcast_id.is_(None), under_way),
        )
        .order_by(letters.c.broadcast_id.is_not(None), letters.c.due_ms, letters.c.id)
        .limit(1)
    )
    async with db.read() as connection:
        if (await connection.execute(next_id)).first() is None:
            return None
    values = {
        "state": "sending",
        "token": uuid4().hex,
        "tries": letters.c.tries + 1,
        "lease_until_ms": now + int(lease_s * 1000),
    }
    locked = next_id.with_for_update(skip_locked=True, of=letters).scalar_subquery()
    async with db.write() as connection:
        taken = update(letters).where(letters.c.id == locked).values(values).returning(*letters.c)
        row = (await connection.execute(taken)).first()
        if row is None:
            return None
        text = select(broadcasts.c.text).where(broadcasts.c.id == row.broadcast_id)
        words = (await connection.execute(text)).scalar() if row.broadcast_id else None
    notice = Notice(**json.loads(row.notice)) if row.notice else None
    return Announcement(row.id, row.chat_id, row.broadcast_id, notice, words, row.token, row.tries)


async def finish(db: Database, announcement: Announcement, outcome: AnnouncementOutcome) -> None:
    """It has arrived, or never will."""
    async with db.write() as connection:
        values = {"state": outcome, "lease_until_ms": None}
        await connection.execute(update(letters).where(_mine(announcement)).values(values))


async def mark_uncertain(db: Database) -> None:
    """Broadcasts in the hands of dead postmen: nobody knows whether they have arrived."""
    left_behind = (
        letters.c.broadcast_id.is_not(None),
        letters.c.state == "sending",
        letters.c.lease_until_ms <= now_ms(),
    )
    async with db.read() as connection:
        if (await connection.execute(select(letters.c.id).where(*left_behind))).first() is None:
            return
    values = {"state": "uncertain", "lease_until_ms": None}
    async with db.write() as connection:
        await connection.execute(update(letters).where(*left_behind).values(values))


async def postpone(db: Database, announcement: Announcement, seconds: float) -> None:
    """Not now: due again later."""
    values = {
        "state": "pending",
        "due_ms": now_ms() + int(seconds * 1000),
        "lease_until_ms": None,
    }
    async with db.write() as connection:
        await connection.execute(update(letters).where(_mine(announcement)).values(values))


async def move_announcements(connection: AsyncConnection, old: int, new: int) -> None:
    """A group has a new number; what it has had there already does not come again.

    What is being sent just now stays in the hands that hold it.
    """
    twin = letters.alias("twin")
    again = exists().where(twin.c.broadcast_id == letters.c.broadcast_id, twin.c.chat_id == new)
    here = and_(letters.c.chat_id == old, letters.c.state.in_(("pending", "sending")))
    await connection.execute(update(letters).where(here, again).values(state="unreachable"))
    await connection.execute(update(letters).where(here, ~again).values(chat_id=new))


def _mine(announcement: Announcement) -> ColumnElement[bool]:
    return and_(
        letters.c.id == announcement.id,
        letters.c.token == announcement.token,
        letters.c.state == "sending",
    )
