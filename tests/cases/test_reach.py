"""Ways to Telegram that lead nowhere, and how the bot goes on all the same."""

import asyncio
import socket
from typing import Any

import pytest
from aiogram.client.telegram import TelegramAPIServer

from bot.session import open_session
from bot.updates import polling
from sandbox import Sandbox
from store.database.database import Database
from store.messages import inbox
from tests.fixtures.telegram.aiogram import bot_of

NOWHERE = "100::1"  # the prefix that discards all packets (RFC 6666)


async def test_a_request_that_nobody_answers_is_followed_by_the_next(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A router that forgets the connection says so to neither end."""
    monkeypatch.setattr(polling, "LONG_POLL_S", 0)
    monkeypatch.setattr(polling, "ANSWER_GRACE_S", 1)
    async with Sandbox(limits=None) as telegram:
        bot, arrived, stop = bot_of(telegram), asyncio.Event(), asyncio.Event()
        pauses = polling.PollingSettings(failure_pauses_s=(0.01,))
        running = polling.Polling(bot, db, ["message"], arrived, pauses)
        telegram.fault("getUpdates", "hang", times=1)
        task = asyncio.create_task(running.run(stop))
        anna = telegram.person("Anna")
        telegram.say(anna, anna, "a cat")
        await asyncio.wait_for(arrived.wait(), 10)
        stop.set()
        await task
        await bot.session.close()
    assert await inbox.count(db, "waiting") == 1


async def test_a_host_with_ipv6_alone() -> None:
    try:
        telegram = await Sandbox(limits=None, host="::1").__aenter__()
    except OSError:
        pytest.skip("this machine has no IPv6")
    bot = bot_of(telegram)
    try:
        assert (await bot.get_me()).username == "mazok_bot"
    finally:
        await bot.session.close()
        await telegram.__aexit__(None, None, None)


async def test_an_ipv6_that_leads_nowhere_does_not_hold_the_bot_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()
    resolve, connect = loop.getaddrinfo, loop.sock_connect

    async def both(host: Any, port: Any, **options: Any) -> Any:
        if host != "telegram.test":
            return await resolve(host, port, **options)
        kind = (socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
        return [
            (socket.AF_INET6, *kind, (NOWHERE, int(port), 0, 0)),
            (socket.AF_INET, *kind, ("127.0.0.1", int(port))),
        ]

    async def swallow(sock: socket.socket, address: Any) -> None:
        if address[0] == NOWHERE:
            await asyncio.sleep(3600)
        await connect(sock, address)

    monkeypatch.setattr(loop, "getaddrinfo", both)
    monkeypatch.setattr(loop, "sock_connect", swallow)
    async with Sandbox(limits=None, names=["telegram.test"]) as telegram:
        session = open_session(
            TelegramAPIServer.from_base(f"http://telegram.test:{telegram.port}"), None
        )
        bot = bot_of(telegram)
        bot.session = session
        try:
            async with asyncio.timeout(10):
                assert (await bot.get_me()).username == "mazok_bot"
        finally:
            await session.close()
