"""Store each update before it is confirmed to Telegram, and hand it out, in order within a chat."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from sqlalchemy import and_, bindparam, delete, func, or_, select, union_all, update
from sqlalchemy.dialects.postgresql import insert  # SQLite takes its ON CONFLICT, too
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, now_ms
from store.durations import DAY_MS
from store.messages.alerts import record_alert
from store.model import Notice
from store.tables import inbox

MAX_TRIES = 5  # an update whose handling ended the process so often is set aside
DONE_KEPT_MS = DAY_MS  # Telegram offers an update again for one day
SET_ASIDE_KEPT_MS = 7 * DAY_MS
REPEATED_CRASHES = "the bot crashed while handling it, several times"
OPEN = ("waiting", "claimed")

_COLUMNS = ("update_id", "chat_id", "user_id", "kind", "body")
_INSERT = (
    insert(inbox)
    .values({name: bindparam(name) for name in _COLUMNS})
    .values(received_ms=now_ms())
    .on_conflict_do_nothing()
)
_INT64 = range(-(1 << 63), 1 << 63)
_KIND = re.compile(r"[a-z_]{1,64}")


@dataclass(frozen=True)
class IncomingUpdate:
    """An update as Telegram sent it, with the ids by which it is ordered and erased."""

    update_id: int
    chat_id: int  # 0 where Telegram names none
    user_id: int | None
    kind: str
    body: str  # JSON in ASCII: lone surrogates and NUL are escaped, which any database takes
    moved_from: int | None = None  # the group that became the supergroup `chat_id`


@dataclass(frozen=True)
class ClaimedUpdate:
    """An update to be dealt with by whoever claimed it."""

    update_id: int
    kind: str
    body: str
    interrupted: bool = False  # an earlier handling of it did not come to its end


def read_update(raw: Mapping[str, Any]) -> IncomingUpdate:
    """Return what the inbox needs of an update, whatever its shape; ValueError without an id."""
    update_id = raw.get("update_id")
    if not _is_id(update_id):
        raise ValueError("an update without update_id")
    kind = next((key for key in raw if key != "update_id"), "")
    event = raw.get(kind)
    body = json.dumps(raw, ensure_ascii=True)
    safe_kind = kind if _KIND.fullmatch(kind) else "unknown"
    user_id = _id_in(event, "from") or _id_in(event, "user")
    chat_id = _id_in(event, "chat")
    if chat_id is None:
        inner = event.get("message") if isinstance(event, Mapping) else None
        chat_id = _id_in(inner, "chat") or user_id or 0
    moved_to = event.get("migrate_to_chat_id") if isinstance(event, Mapping) else None
    if _is_id(moved_to):
        return IncomingUpdate(update_id, moved_to, user_id, safe_kind, body, chat_id)
    return IncomingUpdate(update_id, chat_id, user_id, safe_kind, body)


async def receive(db: Database, updates: Sequence[IncomingUpdate]) -> int:
    """Store updates in one transaction; return how many are new. Stored ones are ignored.

    Open updates of a group that became a supergroup move to the new chat id, so they stay first.
    """
    ids = [incoming.update_id for incoming in updates]
    known = select(inbox.c.update_id).where(inbox.c.update_id.in_(ids))
    async with db.write() as connection:
        seen = set((await connection.execute(known)).scalars())
        new = {
            incoming.update_id: incoming for incoming in updates if incoming.update_id not in seen
        }
        for incoming in new.values():
            if incoming.moved_from is not None:
                of_old_chat = (inbox.c.chat_id == incoming.moved_from, inbox.c.state.in_(OPEN))
                moved = update(inbox).where(*of_old_chat).values(chat_id=incoming.chat_id)
                await connection.execute(moved)
            await connection.execute(_INSERT, {name: getattr(incoming, name) for name in _COLUMNS})
    return len(new)


async def claim(
    db: Database, limit: int, lease_s: float, *, interrupted: bool = True
) -> list[ClaimedUpdate]:
    """Claim the first open update of each chat, `limit` at most, oldest first.

    One that has been claimed MAX_TRIES times without being finished is set aside instead. Of those
    whose handling was interrupted, since the process ended, at most one is claimed, and none
    without `interrupted`: perhaps it is what ended the process, and would do so again, before
    those beside it are handled. So whoever has one in hand asks for no other.
    """
    columns = inbox.c
    # The indexes are read in order, without a join: a flood is as long as Telegram keeps updates.
    busy = select(columns.chat_id).where(columns.state == "claimed")
    waiting = (
        select(func.min(columns.update_id).label("first"))
        .where(columns.state == "waiting", columns.chat_id.not_in(busy))
        .group_by(columns.chat_id)
    )
    lost = (
        select(func.min(columns.update_id).label("first"))
        .where(columns.state == "claimed")
        .group_by(columns.chat_id)
        .having(func.max(columns.lease_until_ms) <= now_ms())
        .order_by(func.min(columns.update_id))
        .limit(1 if interrupted else 0)
        .subquery()
    )
    of_chats = union_all(waiting, select(lost.c.first)).order_by("first").limit(limit)
    free = or_(columns.state == "waiting", columns.lease_until_ms <= now_ms())
    async with db.read() as connection:
        ids = (await connection.execute(of_chats)).scalars().all()
    if not ids:
        return []
    async with db.write() as connection:
        rows = (
            await connection.execute(
                select(columns.update_id, columns.kind, columns.body, columns.tries)
                .where(columns.update_id.in_(ids), columns.state.in_(OPEN), free)
                .order_by(columns.update_id)
                .with_for_update(skip_locked=True)
            )
        ).all()
        claimed = [row for row in rows if row.tries < MAX_TRIES]
        for row in rows:
            if row.tries >= MAX_TRIES:
                await _set_aside(connection, row.update_id, REPEATED_CRASHES)
        lease = {
            "state": "claimed",
            "tries": columns.tries + 1,
            "lease_until_ms": now_ms() + int(lease_s * 1000),
        }
        ids = [row.update_id for row in claimed]
        await connection.execute(update(inbox).where(columns.update_id.in_(ids)).values(lease))
    return [ClaimedUpdate(row.update_id, row.kind, row.body, row.tries > 0) for row in claimed]


async def renew(db: Database, update_ids: Collection[int], lease_s: float) -> None:
    """Renew the leases of updates that are being handled."""
    claimed = and_(inbox.c.update_id.in_(update_ids), inbox.c.state == "claimed")
    until_ms = now_ms() + int(lease_s * 1000)
    async with db.write() as connection:
        await connection.execute(update(inbox).where(claimed).values(lease_until_ms=until_ms))


async def finish(db: Database, update_id: int) -> None:
    """Mark an update as handled, and delete its body."""
    done = {"state": "done", "body": "", "lease_until_ms": None, "done_ms": now_ms()}
    async with db.write() as connection:
        await connection.execute(update(inbox).where(inbox.c.update_id == update_id).values(done))


async def set_aside(db: Database, update_id: int, reason: str) -> None:
    """Set aside an update that cannot be handled, and alert the administrators."""
    async with db.write() as connection:
        await _set_aside(connection, update_id, reason)


async def forget(connection: AsyncConnection, user_id: int) -> None:
    """Delete the user's updates, except those being handled now: one of them is this request."""
    of_user = (inbox.c.user_id == user_id, inbox.c.state != "claimed")
    await connection.execute(delete(inbox).where(*of_user))


async def trim(db: Database) -> None:
    """Delete updates that were handled long enough ago."""
    old = or_(
        and_(inbox.c.state == "done", inbox.c.done_ms < now_ms() - DONE_KEPT_MS),
        and_(inbox.c.state == "set-aside", inbox.c.done_ms < now_ms() - SET_ASIDE_KEPT_MS),
    )
    async with db.write() as connection:
        await connection.execute(delete(inbox).where(old))


async def count(db: Database, state: str) -> int:
    """Return the number of updates in a state."""
    async with db.read() as connection:
        query = select(func.count()).select_from(inbox).where(inbox.c.state == state)
        return int((await connection.execute(query)).scalar_one())


async def _set_aside(connection: AsyncConnection, update_id: int, reason: str) -> None:
    this_update = (inbox.c.update_id == update_id, inbox.c.state.in_(OPEN))
    values = {
        "state": "set-aside",
        "reason": reason[:200],
        "lease_until_ms": None,
        "done_ms": now_ms(),
    }
    query = update(inbox).where(*this_update).values(values).returning(inbox.c.kind)
    kind = (await connection.execute(query)).scalar()
    if kind is not None:
        notice = Notice("alert-update", {"id": update_id, "kind": kind})
        await record_alert(connection, f"update:{kind}"[:64], notice)


def _id_in(parent: object, key: str) -> int | None:
    inner = parent.get(key) if isinstance(parent, Mapping) else None
    found = inner.get("id") if isinstance(inner, Mapping) else None
    return found if _is_id(found) else None


def _is_id(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value in _INT64
