"""Pictures that people send to the bot in a room, and the porter who fetches them."""

import asyncio
from typing import Any

import pytest

from bot.porter import Porter
from store import inputs
from tests.bot_fixtures import Room
from tests.image_fixtures import png
from tests.recorder_fixtures import ME
from tests.store_fixtures import sql


def photo(room: Room, name: str, data: bytes | Exception | None = None) -> dict[str, Any]:
    """The fields of a message with a photo; its id of a file is its name."""
    room.telegram.files[name] = data or png()
    sizes = [{"file_unique_id": "u", "width": side, "height": side} for side in (90, 800)]
    return {"photo": [{**sizes[0], "file_id": f"{name}-small"}, {**sizes[1], "file_id": name}]}


def document(
    room: Room, name: str, data: bytes | None = None, *, kind: str | None = "image/png", **more: Any
) -> dict[str, Any]:
    room.telegram.files[name] = data or png()
    file = {"file_id": name, "file_unique_id": "u", "file_name": name, "mime_type": kind}
    return {"document": {**file, **more}}


def other_message(*, author: dict[str, Any] | None = None, **content: Any) -> dict[str, Any]:
    """A message to reply to; by nobody in particular, or by the bot itself."""
    chat = {"id": 1, "type": "private"}
    message = {"message_id": 5, "date": 1, "chat": chat, **content}
    return {"reply_to_message": {**message, "from": author} if author else message}


def the_bots(**content: Any) -> dict[str, Any]:
    return other_message(author=ME, **content)


async def fetch(room: Room) -> int:
    """The porter's round: complete albums are settled, what is due is fetched; how many times."""
    porter = Porter(room.bot, room.desk, asyncio.Event())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.porter.QUIET_S", 0)
        await porter.settle()
    await room.desk.replies.settle()
    tries = 0
    while (errand := await inputs.due(room.db)) is not None:
        await porter.fetch(errand)
        tries += 1
    return tries


async def hurry(room: Room) -> None:
    """What was put off is due now."""
    await sql(room.db, "UPDATE inputs SET due_ms = 0")
