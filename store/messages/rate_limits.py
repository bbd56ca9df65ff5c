"""Telegram's limits by chat, kept in the database so that they hold over all couriers together."""

import json

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, insert_once, now_ms
from store.database.leased_queue import UNSENT
from store.durations import MINUTE_MS
from store.tables import chats, letters

SPACING_MS = 1_000  # about one call a second to a chat
GROUP_CALLS_PER_MINUTE = 20  # in a minute, sends and edits counted together


async def acquire(db: Database, chat_id: int, is_group: bool) -> float:
    """0.0: go on, the call is counted; else the seconds after which to ask again."""
    async with db.write() as connection:
        chat = await _locked(connection, chat_id)
        now = chat.now
        # A clock that was set back must not silence a chat: times to come are forgotten.
        calls = [at for at in json.loads(chat.calls) if now - MINUTE_MS < at <= now]
        free_at = [now, chat.hold_until_ms]
        if calls:
            free_at.append(calls[-1] + SPACING_MS)
        if is_group and len(calls) >= GROUP_CALLS_PER_MINUTE:
            free_at.append(calls[-GROUP_CALLS_PER_MINUTE] + MINUTE_MS)
        wait = max(free_at) - now
        if wait == 0:
            kept = json.dumps([*calls, now][-GROUP_CALLS_PER_MINUTE:])
            await connection.execute(
                update(chats).where(chats.c.chat_id == chat_id).values(calls=kept)
            )
    return float(wait / 1000)


async def pause(db: Database, chat_id: int, seconds: float) -> None:
    """Nothing more to this chat for so long, from any courier (Telegram's `retry_after`)."""
    async with db.write() as connection:
        await pause_chat(connection, chat_id, seconds)


async def pause_chat(connection: AsyncConnection, chat_id: int, seconds: float) -> None:
    """The same in the caller's transaction; a longer wait that is there already stays."""
    chat = await _locked(connection, chat_id)
    until = max(chat.hold_until_ms, chat.now + int(seconds * 1000))
    await connection.execute(
        update(chats).where(chats.c.chat_id == chat_id).values(hold_until_ms=until)
    )


async def close_chat(connection: AsyncConnection, chat_id: int) -> None:
    """No message reaches this chat until somebody writes from it again."""
    await _locked(connection, chat_id)
    await connection.execute(update(chats).where(chats.c.chat_id == chat_id).values(gone=True))
    await connection.execute(
        update(letters)
        .where(letters.c.chat_id == chat_id, letters.c.state.in_(UNSENT))
        .values(state="unreachable", lease_until_ms=None)
    )


_CHAT = (
    select(chats.c.hold_until_ms, chats.c.calls, now_ms().label("now"))
    .where(chats.c.chat_id == bindparam("chat_id"))
    .with_for_update()
)


async def _locked(connection: AsyncConnection, chat_id: int) -> Row[tuple[int, str, int]]:
    """(hold_until_ms, calls, now) of a chat whose row is ours until the transaction ends."""
    chat = (await connection.execute(_CHAT, {"chat_id": chat_id})).first()
    if chat is None:
        await insert_once(connection, chats, chat_id=chat_id)
        chat = (await connection.execute(_CHAT, {"chat_id": chat_id})).one()
    return chat
