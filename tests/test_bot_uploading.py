"""The line "is sending a photo…": only while a file is on its way, and renewed as it fades."""

import asyncio
from typing import Any

import pytest
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import EditMessageMedia, SendChatAction, SendDocument

from bot import uploading
from tests.bot_fixtures import GROUP, Room

FRAME = "jobs/1/frames/0001.png"


@pytest.fixture
def room(room: Room, monkeypatch: pytest.MonkeyPatch) -> Room:
    assert uploading.AGAIN_S < 5  # so long Telegram shows it
    monkeypatch.setattr(uploading, "FIRST_S", 0.0)
    monkeypatch.setattr(uploading, "AGAIN_S", 0.01)
    return room


def _slow_uploads(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file takes until its line has been shown three times."""
    quick = room.telegram.make_request

    async def slow(bot: Any, method: Any, timeout: int | None = None) -> Any:
        answer = await quick(bot, method, timeout)
        if isinstance(method, EditMessageMedia | SendDocument):
            before = len(_actions(room))
            async with asyncio.timeout(30):
                while len(_actions(room)) < before + 3:
                    await asyncio.sleep(0.01)
        return answer

    monkeypatch.setattr(room.telegram, "make_request", slow)


def _actions(room: Room) -> list[str]:
    return [call.action for call in room.telegram.of(SendChatAction)]


async def test_16_the_chat_sees_what_is_uploaded_and_nothing_before_and_after(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic: Any = {"message_thread_id": 7, "is_topic_message": True}
    await room.say("/draw кот", chat=GROUP, **topic)
    await room.deliver()
    room.files.write(FRAME, b"frame")
    job = await room.painting(preview=FRAME)
    await room.show()
    assert len(room.telegram.of(EditMessageMedia)) == 1  # a preview comes every few seconds
    await room.finish(job)
    assert _actions(room) == []
    _slow_uploads(room, monkeypatch)
    await room.deliver()
    seen = _actions(room)
    assert list(dict.fromkeys(seen)) == ["upload_video", "upload_photo"]
    assert min(seen.count("upload_video"), seen.count("upload_photo")) >= 3
    assert {call.message_thread_id for call in room.telegram.of(SendChatAction)} == {7}
    await asyncio.sleep(0.1)
    assert _actions(room) == seen
    await room.tap("do:png:1:0", chat=GROUP)
    assert _actions(room)[-1] == "upload_document"


async def test_16_whether_it_can_be_said_does_not_matter(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    _slow_uploads(room, monkeypatch)
    await room.say("кот")
    await room.deliver()
    await room.finish(await room.painting())
    room.telegram.fail(SendChatAction, lambda method: TelegramNetworkError(method, "away"))
    assert await room.deliver() == ["animation", "slot", "picture"]
    assert len(room.telegram.of(EditMessageMedia)) == 2
