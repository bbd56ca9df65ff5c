"""Messages that belong to no job: alerts to administrators, and broadcasts."""

import json
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, now_ms
from store.database.leased_queue import CLAIMED, MAX_CLAIMS, PENDING, UNSENT, LeasedQueue
from store.durations import DAY_MS
from store.model import Notice
from store.tables import broadcasts, chats, letters

ANNOUNCEMENTS_KEPT_MS = 30 * DAY_MS

AnnouncementOutcome = Literal["sent", "uncertain", "unreachable", "failed"]


@dataclass(frozen=True)
class Announcement:
    """One claimed message: a `notice` for an administrator, or the HTML `text` of a broadcast."""

    id: int
    chat_id: int
    broadcast_id: int | None
    notice: Notice | None
    text: str | None
    token: str
    tries: int


def _queue() -> LeasedQueue:
    """Return the queue of alerts and of the messages of running broadcasts, alerts first.

    An alert whose sender's lease expired is claimed and sent again: better twice than never. A
    broadcast message is not, since it may have arrived (`mark_uncertain`).
    """
    paused = exists().where(chats.c.chat_id == letters.c.chat_id, chats.c.hold_until_ms > now_ms())
    is_alert = letters.c.broadcast_id.is_(None)
    running = exists().where(
        broadcasts.c.id == letters.c.broadcast_id, broadcasts.c.state == "running"
    )
    return LeasedQueue(
        letters,
        eligible=(~paused, or_(is_alert, and_(running, letters.c.state == PENDING))),
        urgent=is_alert,
    )


_QUEUE = _queue()


async def claim_due(db: Database, lease_s: float = 30.0) -> Announcement | None:
    """Claim the next announcement for `lease_s` seconds; None if none is due."""
    if not await _QUEUE.any_due(db):
        return None
    async with db.write() as connection:
        row = await _QUEUE.claim(connection, lease_s)
        if row is not None and row.claims > MAX_CLAIMS:
            await _QUEUE.finish(connection, row.id, row.token, "failed")
            row = None
        if row is None:
            return None
        query = select(broadcasts.c.text).where(broadcasts.c.id == row.broadcast_id)
        text = (await connection.execute(query)).scalar() if row.broadcast_id else None
    notice = Notice(**json.loads(row.notice)) if row.notice else None
    return Announcement(row.id, row.chat_id, row.broadcast_id, notice, text, row.token, row.tries)


async def finish(db: Database, announcement: Announcement, outcome: AnnouncementOutcome) -> None:
    """Record what became of a claimed announcement; nothing changes if its token is stale."""
    async with db.write() as connection:
        await _QUEUE.finish(connection, announcement.id, announcement.token, outcome)


async def postpone(db: Database, announcement: Announcement, seconds: float) -> None:
    """Make a claimed announcement due again in `seconds`; the try stays counted."""
    async with db.write() as connection:
        await _QUEUE.postpone(connection, announcement.id, announcement.token, seconds)


async def mark_uncertain(db: Database) -> None:
    """Mark broadcast messages whose sender's lease expired as `uncertain`.

    They may have arrived, so they are never resent.
    """
    abandoned = (
        letters.c.broadcast_id.is_not(None),
        letters.c.state == CLAIMED,
        letters.c.lease_until_ms <= now_ms(),
    )
    async with db.read() as connection:
        if (await connection.execute(select(letters.c.id).where(*abandoned))).first() is None:
            return
    values = {"state": "uncertain", "lease_until_ms": None}
    async with db.write() as connection:
        await connection.execute(update(letters).where(*abandoned).values(values))


async def move_announcements(connection: AsyncConnection, old: int, new: int) -> None:
    """Readdress the unsent announcements of a group whose chat id has changed.

    A broadcast that the new id has received already is not sent there again. A message that is
    being sent stays claimed by its sender.
    """
    other = letters.alias("other")
    repeated = exists().where(
        other.c.broadcast_id == letters.c.broadcast_id, other.c.chat_id == new
    )
    unsent = and_(letters.c.chat_id == old, letters.c.state.in_(UNSENT))
    await connection.execute(update(letters).where(unsent, repeated).values(state="unreachable"))
    await connection.execute(update(letters).where(unsent, ~repeated).values(chat_id=new))
