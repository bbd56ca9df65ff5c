"""What is promised for when something fails, with the whole bot and Telegram's stand-in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from engine.settings import EngineSettings
from sandbox import Sandbox
from sandbox.state.chats import SandboxMessage, SandboxUser
from sandbox.state.permissions import DENIABLE
from store.messages import inbox
from tests.fixtures.engine import QUICK, EngineHarness, TinyPipeline
from tests.fixtures.store import credits, sql
from tests.fixtures.telegram.http import FAST_CHATS, HttpHarness, open_http_harness

pytestmark = pytest.mark.thorough

OUT_OF_THE_QUEUE = replace(QUICK, fault_pauses=(60.0,))


@pytest.fixture
async def olga(telegram: Sandbox) -> SandboxUser:
    """Add the administrator, who has opened a chat with the bot."""
    owner = telegram.person("Olga", language="en")
    telegram.private(owner)
    return owner


@pytest.fixture
async def whole(telegram: Sandbox, olga: SandboxUser, tmp_path: Path) -> AsyncIterator[HttpHarness]:
    admins = frozenset({olga.id})
    async with open_http_harness(tmp_path, telegram, admins, FAST_CHATS) as harness:
        yield harness


@asynccontextmanager
async def _engine(
    whole: HttpHarness, tiny: TinyPipeline, *, stays_away: bool = False
) -> AsyncIterator[None]:
    """Run an engine in the bot's store, with tiny pictures."""
    settings = EngineSettings(_env_file=None, vqgan="pocket", clip="pocket", ruclip="pocket")
    harness = EngineHarness(whole.db, whole.files, Path(), settings)
    async with harness.engine(tiny, OUT_OF_THE_QUEUE if stays_away else QUICK):
        yield


async def _told(whole: HttpHarness, person: SandboxUser, *words: str) -> SandboxMessage:
    """Wait for a message in a private chat that has all these words, and return it."""
    chat = whole.telegram.chat(person)

    def found() -> list[SandboxMessage]:
        return [one for one in chat.from_bot if all(word in one.text for word in words)]

    try:
        return (await whole.telegram.until(found, 20))[-1]
    except TimeoutError:
        raise AssertionError([one.text for one in chat.from_bot]) from None


async def test_56_a_group_that_mutes_the_bot_costs_the_asker_nothing(
    whole: HttpHarness,
) -> None:
    telegram = whole.telegram
    anna, boris = (telegram.person(name, language="ru") for name in ("Аня", "Боря"))
    telegram.private(anna)
    club = telegram.group("Club", [anna, boris])
    telegram.say(boris, club, "/draw пёс")
    await telegram.until(lambda: club.from_bot, 15)
    before = await credits(whole.db, anna.id)
    telegram.deny(club, *DENIABLE)
    telegram.say(anna, club, "/draw кот")
    await _told(whole, anna, "«кот»", "нельзя отправлять сообщения")
    assert await credits(whole.db, anna.id) == before
    states = await sql(whole.db, "SELECT state FROM jobs ORDER BY id")
    assert states == [("queued",), ("failed",)]  # Boris' picture goes on
    telegram.deny(club)
    await whole.finish(await whole.claim())
    await telegram.until(lambda: "photo" in [one.kind for one in club.from_bot], 20)


async def test_57_61_a_sick_engine_costs_nothing_and_is_told_once(
    whole: HttpHarness, olga: SandboxUser
) -> None:
    telegram = whole.telegram
    anna = telegram.person("Аня", language="ru")
    before = await credits(whole.db, anna.id)

    def fails(number: int) -> None:
        raise RuntimeError("CUDA error: unspecified launch failure")

    telegram.say(anna, anna, "рыжий кот")
    telegram.say(anna, anna, "пёс")
    chat = telegram.chat(anna)
    async with _engine(whole, TinyPipeline(before=fails), stays_away=True):
        await _told(whole, olga, "cannot paint and has left the queue")
        async with _engine(whole, TinyPipeline(steps=2)):
            await telegram.until(
                lambda: [one.kind for one in chat.from_bot].count("photo") == 2, 30
            )
    jobs = await sql(whole.db, "SELECT state, attempt FROM jobs")
    assert jobs == [("done", 1), ("done", 1)]
    assert await credits(whole.db, anna.id) == before - 2
    told = [one.text for one in telegram.chat(olga).from_bot]
    assert len(told) == 1 and "nobody has paid" in told[0]


async def test_58_what_telegram_takes_in_no_form_is_refunded_and_told(
    whole: HttpHarness, olga: SandboxUser
) -> None:
    telegram = whole.telegram
    anna = telegram.person("Аня", language="ru")
    before = await credits(whole.db, anna.id)
    telegram.say(anna, anna, "кот, без анимации")
    job = await whole.claim()
    for method in ("editMessageMedia", "sendPhoto", "sendDocument"):
        telegram.fault(method, 400, 9, description="Bad Request: file is too big")
    await whole.finish(job)
    await _told(whole, anna, "«кот»", "Telegram её не принимает")
    await _told(whole, olga, "could not be delivered")
    assert await credits(whole.db, anna.id) == before


async def test_59_a_picture_comes_though_no_film_can_be_made(
    whole: HttpHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object, **named: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("engine.images.animation_files.write_mp4", full)
    monkeypatch.setattr("engine.images.animation_files.write_gif", full)
    telegram = whole.telegram
    anna = telegram.person("Аня", language="ru")
    telegram.say(anna, anna, "рыжий кот")
    async with _engine(whole, TinyPipeline(steps=2)):
        picture = await _told(whole, anna, "зерно", "No space left on device")
    assert picture.kind == "photo"
    assert "animation" not in [one.kind for one in telegram.chat(anna).from_bot]


@pytest.mark.parametrize("command", ["/queue", "/user @boris", "/stats"])
async def test_60_a_report_in_a_group_is_seen_by_the_administrator_alone(
    whole: HttpHarness, olga: SandboxUser, command: str
) -> None:
    telegram = whole.telegram
    boris = telegram.person("Boris", username="boris")
    club = telegram.group("Club", [olga, boris])
    telegram.say(boris, boris, "a secret wish")
    await telegram.until(lambda: telegram.chat(boris).from_bot, 15)
    telegram.say(olga, club, command)
    await telegram.until(lambda: telegram.chat(olga).from_bot, 20)
    assert club.from_bot == []


async def test_63_an_update_that_cannot_be_read_stops_nobody_and_is_told(
    whole: HttpHarness, olga: SandboxUser
) -> None:
    telegram = whole.telegram
    anna = telegram.person("Anna", language="en")
    telegram.push({"message": {"message_id": "x", "chat": {"id": anna.id}, "text": "my secret"}})
    telegram.say(anna, anna, "a cat")
    await _told(whole, anna, "“a cat”")
    told = await _told(whole, olga, "set aside")
    assert "my secret" not in told.text
    async with asyncio.timeout(10):
        while await inbox.count(whole.db, "set-aside") != 1:
            await asyncio.sleep(0.05)


async def test_87_two_peoples_pictures_are_painted_at_once_and_each_has_its_own_end(
    whole: HttpHarness,
) -> None:
    telegram = whole.telegram
    anna, boris = (telegram.person(name, language="ru") for name in ("Аня", "Боря"))
    telegram.say(anna, anna, "рыжий кот")
    telegram.say(boris, boris, "пёс")
    for person in (anna, boris):
        await telegram.until(lambda: telegram.chat(person).from_bot, 15)  # noqa: B023
    tiny = TinyPipeline(seconds=0.2, room=2)
    async with _engine(whole, tiny):
        await telegram.until(lambda: tiny.most_at_once == 2, 30)
        telegram.tap(telegram.chat(anna).from_bot[0].button("cancel"), by=anna)
        await _told(whole, boris, "зерно")
        await _told(whole, anna, "«рыжий кот»", "Баллы вернулись")
    states = await sql(whole.db, "SELECT state FROM jobs ORDER BY state")
    assert states == [("cancelled",), ("done",)]
