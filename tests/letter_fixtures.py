"""Broadcasts, and what becomes of their letters."""

from typing import Any

from aiogram.exceptions import TelegramNetworkError

from tests.bot_fixtures import ADMIN, ANNA, BORIS, GROUP, Room
from tests.store_fixtures import sql


async def known_chats(room: Room) -> None:
    """Everybody has been written to once: two people, a group, the administrator."""
    for user in (ANNA, BORIS, ADMIN):
        await room.say("/help", user=user)
    await room.say("/help", chat=GROUP)
    room.telegram.calls.clear()


async def asked(room: Room, text: str = "/broadcast Завтра бот отдыхает.", **more: Any) -> int:
    await room.say(text, user=ADMIN, **more)
    [(number,)] = await sql(room.db, "SELECT MAX(id) FROM broadcasts")
    return int(number)


async def states(room: Room) -> dict[int, str]:
    rows = await sql(room.db, "SELECT chat_id, state FROM letters")
    return {int(chat): state for chat, state in rows}


def no_answer(method: Any) -> Exception:
    return TelegramNetworkError(method, "Request timeout error")
