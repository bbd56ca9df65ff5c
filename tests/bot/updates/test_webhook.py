"""A webhook stores updates before it accepts them, and Telegram delivers the rest again."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from aiogram import Bot

from bot.app import make_bot
from bot.settings import BotSettings, ListenAddress, SettingsError, load
from bot.updates.webhook import SECRET_HEADER, Webhook, WebhookSettings, secret_of
from sandbox import Sandbox
from store.database.database import Database
from store.messages import inbox
from tests.fixtures.store import sql
from tests.fixtures.telegram.http import free_port

SECONDS = 10.0


class Harness:
    def __init__(self, telegram: Sandbox, bot: Bot, db: Database, settings: WebhookSettings):
        self.telegram, self.bot, self.db, self.settings = telegram, bot, db, settings
        self.arrived = asyncio.Event()

    @asynccontextmanager
    async def serving(self, settings: WebhookSettings | None = None) -> AsyncIterator[Webhook]:
        hook = Webhook(self.bot, self.db, ["message"], self.arrived, settings or self.settings)
        stop = asyncio.Event()
        running = asyncio.create_task(hook.run(stop))
        try:
            yield hook
        finally:
            stop.set()
            await asyncio.wait_for(running, SECONDS)

    def say(self, text: str) -> None:
        anna = self.telegram.person("Anna")
        self.telegram.say(anna, self.telegram.private(anna), text)

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(SECONDS):
            while not condition():
                await asyncio.sleep(0.01)

    async def delivered(self) -> None:
        await self.until(lambda: self.telegram.world.updates.pending == 0)

    async def stored(self) -> list[int]:
        rows = await sql(self.db, "SELECT update_id FROM inbox ORDER BY update_id")
        return [row[0] for row in rows]

    async def post(self, body: str, secret: str | None = None) -> int:
        headers = {} if secret is None else {SECRET_HEADER: secret}
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.settings.url, data=body, headers=headers) as answer,
        ):
            return answer.status


@pytest.fixture
async def harness(db: Database) -> AsyncIterator[Harness]:
    async with Sandbox(limits=None) as telegram:
        values: dict[str, Any] = {"token": telegram.token, "bot_api": telegram.url}
        bot, port = make_bot(BotSettings(**values)), free_port()
        settings = WebhookSettings(
            f"http://127.0.0.1:{port}/hook/1",
            ListenAddress("127.0.0.1", port),
            failure_pauses_s=(0.0,),
            look_s=0.05,
            first_look_s=0.01,
        )
        yield Harness(telegram, bot, db, settings)
        await bot.session.close()


async def test_updates_are_stored_in_order_and_those_that_waited_come_first(
    harness: Harness,
) -> None:
    harness.telegram.world.updates.allowed = ["message"]
    harness.say("before the start")
    async with harness.serving() as hook:
        await harness.until(hook.answered.is_set)
        assert await inbox.count(harness.db, "waiting") == 1
        harness.say("after it")
        await harness.delivered()
        assert harness.arrived.is_set()
        [first, second] = await harness.stored()
        assert first < second
    (call,) = harness.telegram.calls_of("setWebhook")
    assert call.arguments["secret_token"] == secret_of(harness.telegram.token)


async def test_nobody_else_can_put_updates_in(harness: Harness) -> None:
    async with harness.serving() as hook:
        await harness.until(hook.answered.is_set)
        body = '{"update_id": 1, "message": {}}'
        assert await harness.post(body) == 401
        assert await harness.post(body, "x" * 64) == 401
        assert await harness.stored() == []
        assert await harness.post(body, secret_of(harness.telegram.token)) == 200
        assert await harness.stored() == [1]


@pytest.mark.parametrize("body", ["", "{", "[]", "7", '{"message": {}}', "[" * 5000])
async def test_what_is_no_update_does_not_come_for_ever(harness: Harness, body: str) -> None:
    async with harness.serving() as hook:
        await harness.until(hook.answered.is_set)
        assert await harness.post(body, secret_of(harness.telegram.token)) == 200
        assert await harness.stored() == []


async def test_while_the_store_is_away_telegram_keeps_the_update(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries = []
    receive = inbox.receive

    async def away_twice(db: Database, updates: Any) -> int:
        tries.append(updates)
        if len(tries) < 3:
            raise OSError(28, "No space left on device")
        return await receive(db, updates)

    monkeypatch.setattr(inbox, "receive", away_twice)
    async with harness.serving() as hook:
        await harness.until(hook.answered.is_set)
        harness.say("кот")
        await harness.delivered()
    assert len(tries) == 3 and len(await harness.stored()) == 1
    assert caplog.text.count("updates have to wait: [Errno 28]") == 1


async def test_an_update_that_comes_twice_is_stored_once(harness: Harness) -> None:
    async with harness.serving() as hook:
        await harness.until(hook.answered.is_set)
        harness.say("кот")
        await harness.delivered()
        harness.telegram.world.updates.redeliver()
        await harness.until(lambda: harness.telegram.world.updates.next_for_webhook() is None)
        assert len(await harness.stored()) == 1


async def test_a_webhook_that_another_program_has_set_is_replaced(
    harness: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    async with harness.serving() as hook:
        await harness.until(hook.answered.is_set)
        await harness.bot.set_webhook("https://other.example/secret-path")
        harness.say("кот")
        await harness.delivered()
    assert "other.example" in caplog.text and "secret-path" not in caplog.text


async def test_what_telegram_says_of_failed_deliveries_is_told_once(
    harness: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = replace(harness.settings, listen=ListenAddress("127.0.0.1", free_port()))
    async with harness.serving(elsewhere):
        harness.say("кот")
        await harness.until(lambda: "Telegram cannot deliver updates" in caplog.text)
        await asyncio.sleep(0.1)
    assert caplog.text.count("Telegram cannot deliver updates: Connection refused") == 1


async def test_an_address_that_telegram_refuses_is_one_sentence(harness: Harness) -> None:
    async with harness.serving(replace(harness.settings, url="http://example.org/")) as hook:
        await harness.until(hook.refused.is_set)
    assert "MAZOK_WEBHOOK: " in hook.refusal and "HTTPS" in hook.refusal


async def test_an_address_that_is_taken_is_one_sentence(harness: Harness) -> None:
    with socket.socket() as taken:
        taken.bind(tuple(harness.settings.listen))
        taken.listen()
        async with harness.serving() as hook:
            await harness.until(hook.refused.is_set)
    assert "MAZOK_WEBHOOK_LISTEN" in hook.refusal and "in use" in hook.refusal


async def test_telegram_may_be_away_at_the_start(
    harness: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    harness.telegram.fault("getWebhookInfo", "drop-before", times=2)
    async with harness.serving() as hook:
        await harness.until(hook.answered.is_set)
    assert caplog.text.count("cannot be told of the webhook") == 1


def test_the_secret_is_one_that_telegram_takes_and_does_not_show_the_token() -> None:
    token = "42:" + "A" * 35
    assert secret_of(token) != secret_of(token + "A")
    assert len(secret_of(token)) == 64 and "AAAA" not in secret_of(token)


@pytest.mark.parametrize(
    ("listen", "meant"),
    [("0.0.0.0:80", ("0.0.0.0", 80)), ("[::1]:8443", ("::1", 8443)), ("8443", None), ("a:b", None)],
)
def test_where_to_listen(
    listen: str, meant: tuple[str, int] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAZOK_WEBHOOK_LISTEN", listen)
    if meant is not None:
        assert load().webhook_listen == meant
        return
    with pytest.raises(SettingsError, match=r"MAZOK_WEBHOOK_LISTEN is wrong: .* 127\.0\.0\.1:8443"):
        load()
