"""The line "is sending a photo…": only while a file is on its way, and renewed as it fades."""

import asyncio
from typing import Any

import pytest
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import EditMessageMedia, SendChatAction, SendDocument, SendPhoto

from bot.delivery.settings import DeliverySettings
from tests.fixtures.bot import GROUP, BotHarness
from tests.fixtures.delivery import shown

FRAME = "jobs/1/frames/0001.png"


@pytest.fixture
def delivery_settings() -> DeliverySettings:
    assert DeliverySettings().chat_action_interval_s < 5  # so long Telegram shows it
    return DeliverySettings(chat_action_delay_s=0.0, chat_action_interval_s=0.01)


def _slow_uploads(harness: BotHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file takes until its line has been shown three times."""
    quick = harness.telegram.make_request

    async def slow(bot: Any, method: Any, timeout: int | None = None) -> Any:
        answer = await quick(bot, method, timeout)
        if isinstance(method, EditMessageMedia | SendDocument | SendPhoto):
            before = len(_actions(harness))
            async with asyncio.timeout(30):
                while len(_actions(harness)) < before + 3:
                    await asyncio.sleep(0.01)
        return answer

    monkeypatch.setattr(harness.telegram, "make_request", slow)


def _actions(harness: BotHarness) -> list[str]:
    return [call.action for call in harness.telegram.of(SendChatAction)]


async def test_16_the_chat_sees_what_is_uploaded_and_nothing_before_and_after(
    harness: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic: Any = {"message_thread_id": 7, "is_topic_message": True}
    await harness.say("/draw кот, с анимацией", chat=GROUP, **topic)
    await harness.deliver()
    harness.files.write(FRAME, b"frame")
    job = await harness.painting(preview=FRAME)
    await harness.update_progress()
    assert len(harness.telegram.of(EditMessageMedia)) == 1  # a preview comes every few seconds
    await harness.finish(job)
    assert _actions(harness) == []
    _slow_uploads(harness, monkeypatch)
    await harness.deliver()
    seen = _actions(harness)
    assert list(dict.fromkeys(seen)) == ["upload_video", "upload_photo"]
    assert min(seen.count("upload_video"), seen.count("upload_photo")) >= 3
    assert {call.message_thread_id for call in harness.telegram.of(SendChatAction)} == {7}
    await asyncio.sleep(0.1)
    assert _actions(harness) == seen
    await harness.tap("do:png:1:0", chat=GROUP)
    assert _actions(harness)[-1] == "upload_document"


async def test_16_whether_it_can_be_said_does_not_matter(
    harness: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    _slow_uploads(harness, monkeypatch)
    await harness.say("кот")
    await harness.deliver()
    await harness.finish(await harness.painting())
    harness.telegram.fail(SendChatAction, lambda method: TelegramNetworkError(method, "away"))
    assert await harness.deliver() == ["animation", "picture"]
    assert len(shown(harness)) == 2
