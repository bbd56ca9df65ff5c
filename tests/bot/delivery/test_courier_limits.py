"""The courier has a few uploads under way at most, so that an acknowledgement never waits."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from aiogram import Bot
from aiogram.methods import EditMessageMedia, SendMessage

from bot.delivery.courier import Courier
from bot.delivery.settings import DeliverySettings
from tests.fixtures.bot import ANNA, BotHarness
from tests.fixtures.store import sql

RESULTS = 3  # uploads at once
CHATS = range(1001, 1001 + RESULTS + 2)


class SlowUploads:
    """Let uploads hang until they are released; count those under way."""

    def __init__(self, harness: BotHarness) -> None:
        self.under_way = 0
        self.released = asyncio.Event()
        self._make_request = harness.telegram.make_request

    async def __call__(self, bot: Bot, method: Any, timeout: int | None = None) -> Any:
        if isinstance(method, EditMessageMedia):
            self.under_way += 1
            await self.released.wait()
        return await self._make_request(bot, method, timeout)


async def _until(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def test_of_deliveries_that_were_interrupted_one_is_under_way_at_a_time(
    harness: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has ended a process would do so again, before those beside it have arrived."""
    for user in CHATS[:3]:
        await harness.say("/draw a cat", user=user)
    while await harness.next_due() is not None:
        pass  # claimed by a courier that ends at once
    await sql(harness.db, "UPDATE outbox SET lease_until_ms = 0")
    most = under_way = 0

    async def sending(*arguments: Any, **names: Any) -> Any:
        nonlocal most, under_way
        under_way += 1
        most = max(most, under_way)
        try:
            await asyncio.sleep(0.05)
            return await make_request(*arguments, **names)
        finally:
            under_way -= 1

    make_request = harness.telegram.make_request
    monkeypatch.setattr(harness.telegram, "make_request", sending)
    context = replace(harness.delivery_context, settings=DeliverySettings(courier_poll_s=0.01))
    stop = asyncio.Event()
    running = asyncio.create_task(Courier("test", context, harness.context.nudge).run(stop))
    await _until(lambda: len(harness.telegram.of(SendMessage)) == 3)
    stop.set()
    await running
    assert most == 1


async def test_uploads_are_bounded_and_an_acknowledgement_passes_them(
    harness: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    for user in CHATS:
        await harness.say("/draw a cat", user=user)
    await harness.deliver()
    for _ in CHATS:
        await harness.finish(await harness.painting())
    await harness.free_chats()
    uploads = SlowUploads(harness)
    monkeypatch.setattr(harness.telegram, "make_request", uploads)
    settings = DeliverySettings(
        concurrent_sends=RESULTS + 1, concurrent_results=RESULTS, courier_poll_s=0.01
    )
    context = replace(harness.delivery_context, settings=settings)
    stop = asyncio.Event()
    running = asyncio.create_task(Courier("test", context, harness.context.nudge).run(stop))
    await _until(lambda: uploads.under_way == RESULTS)
    await asyncio.sleep(0.2)  # time enough for one more, if nothing kept it back
    assert uploads.under_way == RESULTS
    before = len(harness.telegram.of(SendMessage))
    await harness.say("кот", user=ANNA)
    await _until(lambda: len(harness.telegram.of(SendMessage)) == before + 1)
    assert harness.telegram.of(SendMessage)[-1].chat_id == ANNA
    uploads.released.set()
    await _until(lambda: uploads.under_way > RESULTS)  # the next ones follow
    stop.set()
    await running
