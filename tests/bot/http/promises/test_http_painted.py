"""What is promised of real pictures: a real engine with the packaged models, and the bot."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from torch import Tensor

from engine.images.inputs import from_store
from engine.settings import EngineSettings
from engine.worker.worker import serve
from sandbox.state.chats import SandboxChat, SandboxMessage
from tests.fixtures.engine import QUICK
from tests.fixtures.store import sql
from tests.fixtures.telegram.http import HttpHarness

pytestmark = pytest.mark.thorough

SIZE = "128x128, быстро"


@asynccontextmanager
async def _engine(http_harness: HttpHarness) -> AsyncIterator[None]:
    stop = asyncio.Event()
    settings = EngineSettings(_env_file=None)
    running = asyncio.create_task(
        serve(http_harness.db, http_harness.files, settings, stop, intervals=QUICK)
    )
    try:
        yield
    finally:
        stop.set()
        await running


async def _picture(http_harness: HttpHarness, chat: SandboxChat, words: str) -> SandboxMessage:
    """Ask for a picture and return the message with it."""

    def pictures() -> list[SandboxMessage]:
        return [one for one in chat.from_bot if one.kind == "photo" and "do:" in str(one.buttons)]

    before = len(pictures())
    http_harness.telegram.say(chat.id, chat, f"{words}, {SIZE}")
    await http_harness.telegram.until(lambda: len(pictures()) > before, 120)
    return pictures()[-1]


async def _answer(http_harness: HttpHarness, chat: SandboxChat, words: str, to: Any = None) -> str:
    """Say something and return the text of the bot's next message."""
    before = len(chat.from_bot)
    http_harness.telegram.say(chat.id, chat, words, reply_to=to)
    await http_harness.telegram.until(lambda: len(chat.from_bot) > before, 60)
    return chat.from_bot[-1].text


async def _offered(http_harness: HttpHarness, chat: SandboxChat, words: str) -> list[str]:
    """Return the texts of the pictures that are offered in another chat."""
    query = http_harness.telegram.inline_query(chat.id, words)
    await http_harness.telegram.until(lambda: query.answer, 60)
    assert query.answer is not None
    return [one.content.text for one in query.answer.results]


def _across(picture: Tensor) -> float:
    """Return the mean jump across the left and right edge, as a multiple of that inside."""
    inside = (picture[:, :, 1:] - picture[:, :, :-1]).abs().mean()
    return float((picture[:, :, 0] - picture[:, :, -1]).abs().mean() / inside)


async def test_79_80_81_what_was_painted_is_named_found_and_has_no_seam(
    http_harness: HttpHarness,
) -> None:
    chat = http_harness.telegram.private(http_harness.telegram.person("Аня", language="ru"))
    async with _engine(http_harness):
        await _picture(http_harness, chat, "подсолнух")
        owl = await _picture(http_harness, chat, "сова на синем фоне")
        await _picture(http_harness, chat, "клубника, обои")
        assert "сова" in (await _answer(http_harness, chat, "/words", to=owl)).splitlines()[1]
        for words, found in (("птица", "сова"), ("flower", "подсолнух"), ("owl", "сова")):
            assert found in await _answer(http_harness, chat, f"/gallery {words}")
            assert found in (await _offered(http_harness, chat, words))[0]
    [(result,)] = await sql(http_harness.db, "SELECT result FROM jobs WHERE id = 3")
    picture = from_store(http_harness.files.read)(json.loads(result)["picture"])[0]
    assert max(_across(picture), _across(picture.transpose(1, 2))) <= 1.2


async def test_88_the_next_picture_is_painted_while_the_film_of_another_is_made(
    http_harness: HttpHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    telegram, opened = http_harness.telegram, threading.Event()

    def held(frames: object, seconds: float) -> tuple[dict[str, bytes], None]:
        opened.wait(60)
        return {}, None

    monkeypatch.setattr("engine.worker.job_painter.animations", held)
    chats = [telegram.private(telegram.person(name, language="ru")) for name in ("Аня", "Боря")]
    for chat, words in zip(chats, ("подсолнух", "сова"), strict=True):
        telegram.say(chat.id, chat, f"{words}, {SIZE}")

    async def states() -> list[tuple[str, bool]]:
        rows = await sql(http_harness.db, "SELECT state, step = steps FROM jobs ORDER BY id")
        return [(state, bool(painted)) for state, painted in rows]

    try:
        async with _engine(http_harness), asyncio.timeout(120):
            while await states() != [("running", True), ("running", True)]:
                await asyncio.sleep(0.05)
            assert not [one for chat in chats for one in chat.from_bot if "do:" in str(one.buttons)]
            opened.set()
            for chat in chats:
                await telegram.until(lambda: "do:" in str(chat.from_bot[-1].buttons), 60)  # noqa: B023
    finally:
        opened.set()
    assert [state for state, _ in await states()] == ["done", "done"]
