"""The operator's board: what it shows of the store, and to whom."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from bot.board.server import Board
from bot.context import load_texts
from bot.settings import BotSettings
from store.messages.alerts import record_alert
from store.model import Notice
from tests.fixtures.bot import BotHarness, engine_is_here
from tests.fixtures.delivery import finished_job

TOKEN = "a-secret-token"


@asynccontextmanager
async def _board(harness: BotHarness) -> AsyncIterator[str]:
    settings = BotSettings(
        _env_file=None,
        token="42:not-to-be-shown",
    )
    board = Board(harness.db, harness.files, settings, load_texts(), TOKEN)
    stop, address = asyncio.Event(), asyncio.get_running_loop().create_future()
    task = asyncio.create_task(board.run(0, stop, address.set_result))
    try:
        yield await address
    finally:
        stop.set()
        await task


async def _read(url: str, path: str) -> Any:
    async with aiohttp.ClientSession() as session, session.get(url + path) as response:
        assert response.status == 200, await response.text()
        return await response.json()


async def test_the_board_shows_queue_engines_pictures_credits_and_alerts(
    harness: BotHarness,
) -> None:
    await engine_is_here(harness.db)
    done = await finished_job(harness)
    assert done.result
    await harness.say("/draw зимний лес")
    async with harness.db.write() as connection:
        notice = Notice("alert-failed", {"job": 1, "reason": Notice("error-internal").to_json()})
        await record_alert(connection, "failed:error-internal", notice)
    async with _board(harness) as url:
        told = await _read(url, "board.json?language=ru")
        assert told["waiting"] + told["running"] == 1
        assert told["queue"][0]["prompt"] == "зимний лес"
        assert told["engines"] and told["days"][-1]["done"] == 1
        assert told["accounts"][0]["used"] >= 1
        assert (told["alerts"][0]["owner"], told["alerts"][0]["count"]) == ("job", 1)
        assert "alert-failed" not in told["alerts"][0]["text"]
        assert "not-to-be-shown" not in str(told)
        assert [one["id"] for one in await _read(url, "pictures.json")] == [done.id]
        assert await _read(url, "pictures.json?words=пёс КОТ")
        assert await _read(url, "pictures.json?words=лошадь") == []
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{url}picture/{done.id}") as response:
                assert response.content_type == "image/png"
                assert await response.read() == harness.files.read(done.result.picture)
            async with session.get(f"{url}picture/999") as response:
                assert response.status == 404


@pytest.mark.parametrize("path", ["", "board.json", "pictures.json", "picture/1", "board.js"])
async def test_without_the_token_or_from_a_foreign_page_nothing_is_shown(
    harness: BotHarness, path: str
) -> None:
    async with _board(harness) as url, aiohttp.ClientSession() as session:
        parts = urlsplit(url)
        for token in ("", "x", TOKEN[:-1], TOKEN + "x"):
            async with session.get(f"{parts.scheme}://{parts.netloc}/{token}/{path}") as response:
                assert response.status == 404
        foreign = ({"Host": "evil.example"}, {"Origin": "https://evil.example"})
        for headers in foreign:
            async with session.get(url + path, headers=headers) as response:
                assert response.status == 403
        async with session.post(url + path) as response:
            assert response.status == 405


async def test_the_page_allows_no_foreign_script_and_reaches_no_file(harness: BotHarness) -> None:
    linked = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate"}  # from the chat page
    async with _board(harness) as url, aiohttp.ClientSession() as session:
        async with session.get(f"{url}board.json", headers=linked) as response:
            assert response.status == 403
        async with session.get(url, headers=linked) as response:
            assert response.content_type == "text/html"
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]
            assert response.headers["Referrer-Policy"] == "no-referrer"
        for name in ("%2e%2e%2fserver.py", "server.py", "picture/..%2f..%2fetc"):
            async with session.get(f"{url}{name}") as response:
                assert response.status == 404
