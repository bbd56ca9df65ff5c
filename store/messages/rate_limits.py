"""Telegram's rate limits per chat, stored so that they hold for all processes together."""

import json
from dataclasses import dataclass

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, insert_once, now_ms
from store.database.leased_queue import UNSENT
from store.durations import MINUTE_MS
from store.tables import chats, letters


@dataclass(frozen=True)
class ChatRateLimits:
    """How often Telegram accepts calls to one chat; sends and edits count alike."""

    spacing_ms: int = 1_000
    group_calls_per_minute: int = 20


DEFAULT_LIMITS = ChatRateLimits()
PREVIEW_POLL_MS = 200  # how soon to ask again while a preview is shown


async def acquire(
    db: Database,
    chat_id: int,
    is_group: bool,
    limits: ChatRateLimits = DEFAULT_LIMITS,
    *,
    can_wait: bool = False,
) -> float:
    """Count a call to a chat and return 0.0, or return the seconds to wait before asking again.

    can_wait: nobody misses what the call does; of a group's calls it leaves half to others.
    """
    async with db.write() as connection:
        return await acquire_here(connection, chat_id, is_group, limits, can_wait=can_wait)


async def acquire_here(
    connection: AsyncConnection,
    chat_id: int,
    is_group: bool,
    limits: ChatRateLimits,
    *,
    can_wait: bool = False,
) -> float:
    """Do the same on the caller's connection, and lock the chat's row."""
    chat = await _locked(connection, chat_id)
    now = chat.now
    # If the clock was set back, calls in the future must not block the chat.
    calls = [at for at in json.loads(chat.calls) if now - MINUTE_MS < at <= now]
    free_at = [now, chat.hold_until_ms]
    if chat.preview_until_ms > now:  # it usually ends long before
        free_at.append(now + PREVIEW_POLL_MS)
    if calls:
        free_at.append(calls[-1] + limits.spacing_ms)
    most = limits.group_calls_per_minute
    allowed = max(most // 2, 1) if can_wait else most
    if is_group and len(calls) >= allowed:
        free_at.append(calls[-allowed] + MINUTE_MS)
    wait = max(free_at) - now
    if wait == 0:
        kept = json.dumps([*calls, now][-most:])
        await connection.execute(update(chats).where(chats.c.chat_id == chat_id).values(calls=kept))
    return float(wait / 1000)


async def pause(db: Database, chat_id: int, seconds: float) -> None:
    """Pause all calls to a chat for so long (Telegram's `retry_after`)."""
    async with db.write() as connection:
        await pause_chat(connection, chat_id, seconds)


async def pause_chat(connection: AsyncConnection, chat_id: int, seconds: float) -> None:
    """Pause a chat on the caller's connection; a longer pause stays."""
    chat = await _locked(connection, chat_id)
    until = max(chat.hold_until_ms, chat.now + int(seconds * 1000))
    await connection.execute(
        update(chats).where(chats.c.chat_id == chat_id).values(hold_until_ms=until)
    )


async def close_chat(connection: AsyncConnection, chat_id: int) -> None:
    """Give up a chat's announcements until a user writes from it again."""
    await _locked(connection, chat_id)
    await connection.execute(update(chats).where(chats.c.chat_id == chat_id).values(gone=True))
    await connection.execute(
        update(letters)
        .where(letters.c.chat_id == chat_id, letters.c.state.in_(UNSENT))
        .values(state="unreachable", lease_until_ms=None)
    )


_CHAT = (
    select(chats.c.hold_until_ms, chats.c.preview_until_ms, chats.c.calls, now_ms().label("now"))
    .where(chats.c.chat_id == bindparam("chat_id"))
    .with_for_update()
)


async def _locked(connection: AsyncConnection, chat_id: int) -> Row[tuple[int, int, str, int]]:
    """Return (hold_until_ms, preview_until_ms, calls, now) of a chat and lock its row."""
    chat = (await connection.execute(_CHAT, {"chat_id": chat_id})).first()
    if chat is None:
        await insert_once(connection, chats, chat_id=chat_id)
        chat = (await connection.execute(_CHAT, {"chat_id": chat_id})).one()
    return chat
