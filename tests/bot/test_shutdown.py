"""How the bot ends when it is told to, and what it says when another one takes its updates."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import RuntimeSettings
from bot.delivery.settings import DeliverySettings
from bot.updates.polling import CONFLICT
from sandbox import Sandbox
from store.messages.rate_limits import ChatRateLimits
from tests.fixtures.store import opened, sql
from tests.fixtures.telegram.http import open_http_harness
from tests.fixtures.telegram.sandbox import refused_polls

pytestmark = pytest.mark.thorough


# No call ends by itself before the shutdown cancels it.
DELIVERY = DeliverySettings(
    text_timeout_s=3600,
    upload_timeout_s=3600,
    reply_timeout_s=3600,
    reply_drain_s=0.2,
    courier_shutdown_s=0.2,
    chat_limits=ChatRateLimits(spacing_ms=20),
)
RUNTIME = RuntimeSettings(DELIVERY, shutdown_s=2.0)


async def test_47_a_send_that_hangs_holds_up_no_end_and_is_sent_by_the_next_bot(
    tmp_path: Path,
) -> None:
    async with Sandbox(limits=None) as telegram:
        anna = telegram.person("Anna")
        chat = telegram.private(anna)
        telegram.fault("sendMessage", "hang", times=2)
        async with open_http_harness(tmp_path, telegram, runtime=RUNTIME):
            telegram.say(anna, chat, "a sunflower")
            telegram.say(anna, chat, "/help")
            await telegram.until(lambda: len(telegram.calls_of("sendMessage")) == 2, 10)
        assert chat.from_bot == []
        async with open_http_harness(tmp_path, telegram, runtime=RUNTIME):
            await telegram.until(lambda: chat.from_bot, 10)  # long before a lease runs out
        assert "a sunflower" in chat.from_bot[0].text
    async with opened(tmp_path) as db:
        assert await sql(db, "SELECT kind, state FROM outbox") == [("ack", "sent")]


async def test_47_a_result_on_its_way_is_finished_and_a_preview_is_dropped(
    tmp_path: Path,
) -> None:
    patient = RuntimeSettings(replace(DELIVERY, courier_shutdown_s=20.0), shutdown_s=2.0)
    async with Sandbox(limits=None) as telegram:
        anna, boris = telegram.person("Anna"), telegram.person("Boris")
        chats = [telegram.private(person) for person in (anna, boris)]
        async with open_http_harness(tmp_path, telegram, runtime=patient) as http_harness:
            for person, chat in zip((anna, boris), chats, strict=True):
                telegram.say(person, chat, "a sunflower")
            await telegram.until(lambda: all(chat.from_bot for chat in chats), 10)
            claimed = [await http_harness.claim() for _ in chats]
            first, second = sorted(claimed, key=lambda job: job.chat_id != anna.id)
            telegram.fault("editMessageMedia", "hang", chat=boris)
            await http_harness.report_frame(second, 3)
            await telegram.until(lambda: telegram.calls_of("editMessageMedia"), 10)
            await http_harness.finish(first)
            await telegram.until(lambda: chats[0].from_bot[0].kind == "animation", 10)
        assert chats[1].from_bot[0].kind == "text"
        assert [one.kind for one in chats[0].from_bot][:1] == ["animation"]
        async with open_http_harness(tmp_path, telegram, runtime=RUNTIME):
            await telegram.until(lambda: chats[0].from_bot[-1].kind == "photo", 15)
        assert [one.kind for one in chats[0].from_bot] == ["animation", "photo"]


async def test_48_two_bots_on_one_token_are_told_so_in_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (one, other) = (tmp_path / "one", tmp_path / "other")
    for folder in (one, other):
        folder.mkdir()
    caplog.set_level("INFO")
    async with Sandbox(limits=None) as telegram, open_http_harness(one, telegram, runtime=RUNTIME):
        async with open_http_harness(other, telegram, runtime=RUNTIME):
            await telegram.until(lambda: refused_polls(telegram) >= 3, 30)
        anna = telegram.person("Anna")
        telegram.say(anna, anna, "/help")  # the one that is left goes on
        await telegram.until(lambda: telegram.private(anna).from_bot, 30)
    said = [record.getMessage() for record in caplog.records]
    assert 1 <= said.count(CONFLICT) <= 2  # each of them, once
    assert "updates arrive again" in said
    assert not any(record.exc_info for record in caplog.records)
