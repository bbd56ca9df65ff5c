"""The bot behind a webhook, killed while messages arrive: each becomes one job."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sandbox import Sandbox
from sandbox.demo.processes import ManagedProcess, ProgramCommand, start_process
from tests.fixtures.store import opened, sql, url
from tests.fixtures.telegram.http import free_port

pytestmark = pytest.mark.chaos

BOT = ProgramCommand("bot", (sys.executable, "-m", "bot"))
PEOPLE, KILLS = 12, 3
TIMEOUT_S = 150.0


@asynccontextmanager
async def _bot(folder: Path, telegram: Sandbox, port: int) -> AsyncIterator[ManagedProcess]:
    settings = {
        "MAZOK_DATABASE": url(folder / "mazok.db"),
        "MAZOK_FILES": str(folder / "files"),
        "MAZOK_TOKEN": telegram.token,
        "MAZOK_BOT_API": telegram.url,
        "MAZOK_WEBHOOK": f"http://127.0.0.1:{port}/",
        "MAZOK_WEBHOOK_LISTEN": f"127.0.0.1:{port}",
        "MAZOK_LEASE_SECONDS": "4",
    }
    process = await start_process(BOT, {**os.environ, **settings}, folder / "bot.log")
    try:
        yield process
    finally:
        process.kill()
        await asyncio.wait_for(process.wait(), TIMEOUT_S)


async def test_7_every_message_to_a_webhook_is_one_job_whatever_is_killed(
    tmp_path: Path,
) -> None:
    port = free_port()
    async with Sandbox(limits=None) as telegram:
        people = [telegram.person(f"Person {number}") for number in range(PEOPLE)]
        chats = [telegram.private(person) for person in people]
        asked = list(zip(people, chats, strict=True))
        for kill in range(KILLS):
            async with _bot(tmp_path, telegram, port):
                for person, chat in asked[kill::KILLS]:
                    telegram.say(person, chat, "a red circle")
                await telegram.until(lambda: telegram.world.updates.pending < 3, TIMEOUT_S)
        async with _bot(tmp_path, telegram, port):
            await telegram.until(lambda: all(chat.from_bot for chat in chats), TIMEOUT_S)
            await telegram.until(lambda: telegram.world.updates.pending == 0, TIMEOUT_S)
        assert telegram.calls_of("getUpdates") == []
    async with opened(tmp_path) as db:
        assert await sql(db, "SELECT chat_id, count(*) FROM jobs GROUP BY chat_id") == [
            (chat.id, 1) for chat in chats
        ]
