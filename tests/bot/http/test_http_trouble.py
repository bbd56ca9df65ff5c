"""Trouble of every day, with the whole bot against Telegram's stand-in over HTTP."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from sandbox.state.chats import SandboxChat, SandboxMessage
from sandbox.state.world import WorldEvent
from store import jobs
from tests.fixtures.telegram.http import HttpHarness

pytestmark = pytest.mark.thorough


async def test_7_when_the_acknowledgement_arrives_the_job_is_on_the_disk(
    http_harness: HttpHarness, tmp_path: Path
) -> None:
    """Another process would see it: no transaction is open that a crash could take back."""
    telegram, seen = http_harness.telegram, list[tuple[object, ...]]()

    def look(event: WorldEvent) -> None:
        if event.kind == "message" and event.message.sender.is_bot:
            with sqlite3.connect(tmp_path / "mazok.db") as disk:
                seen.extend(disk.execute("SELECT prompt, state, worker FROM jobs"))

    telegram.world.observers.append(look)
    anna = telegram.person("Anna")
    telegram.say(anna, anna, "a sunflower")
    await telegram.until(lambda: seen, 10)
    assert seen == [("a sunflower", "queued", None)]  # 6: and no engine has touched it


async def test_30_a_deleted_request_still_gets_its_result(http_harness: HttpHarness) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Anna")
    chat = telegram.private(anna)
    request = telegram.say(anna, chat, "a sunflower")
    await telegram.until(lambda: chat.from_bot, 10)
    telegram.delete(request)
    telegram.delete(chat.from_bot[0])  # the status message as well
    await http_harness.finish(await http_harness.claim())
    await telegram.until(lambda: [one.kind for one in chat.from_bot] == ["animation", "photo"], 15)
    assert [one.reply_to for one in chat.from_bot] == [None, None]


async def test_42_a_chat_that_blocks_the_bot_in_mid_painting_is_left_alone(
    http_harness: HttpHarness,
) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Anna")
    chat = telegram.private(anna)
    telegram.say(anna, chat, "a sunflower")
    telegram.say(anna, chat, "a pumpkin")
    job = await http_harness.claim()
    await http_harness.report_frame(job, 3)
    await telegram.until(lambda: chat.from_bot and chat.from_bot[0].kind == "photo", 15)
    telegram.block(anna)
    assert job.token is not None
    async with asyncio.timeout(10):
        while not (
            beat := await jobs.beat(http_harness.db, job.id, job.token, step=4, steps=9)
        ).cancel:
            await asyncio.sleep(0.05)
    assert beat.alive
    assert await jobs.claim(http_harness.db, "engine") is None  # what waited is cancelled too
    await jobs.cancelled(http_harness.db, job.id, job.token)
    calls = len(telegram.calls_of("sendMessage", "editMessageText", "editMessageMedia"))
    telegram.unblock(anna)
    telegram.say(anna, chat, "/help")
    await telegram.until(lambda: "How to paint" in chat.from_bot[-1].text, 10)
    assert len(telegram.calls_of("sendMessage", "editMessageText", "editMessageMedia")) == calls + 1


async def test_50_with_privacy_on_commands_and_replies_are_enough(
    http_harness: HttpHarness,
) -> None:
    telegram = http_harness.telegram
    assert telegram.world.privacy
    anna, boris = telegram.person("Anna"), telegram.person("Boris")
    club = telegram.group("Art club", [anna, boris])
    poem = telegram.say(boris, club, "a sunflower")
    telegram.say(anna, club, "what a nice line")
    telegram.say(anna, club, "/draw@another_bot a cat")
    telegram.say(anna, club, "/draw", reply_to=poem)
    picture = await _painted(http_harness, club)
    (job,) = [await jobs.find(http_harness.db, 1)]
    assert job is not None and (job.prompt, job.user_id) == ("a sunflower", anna.id)
    telegram.tap(picture.button("more"), by=anna)
    await telegram.until(lambda: len(picture.buttons) > 3, 10)
    telegram.tap(picture.button("edit"), by=anna)
    await telegram.until(lambda: len(club.from_bot) == 2, 10)
    telegram.say(anna, club, "a pumpkin", reply_to=club.from_bot[-1])
    assert (await http_harness.claim()).prompt == "a pumpkin"
    seen = [one["message"]["text"] for one in telegram.world.updates.history if "message" in one]
    assert seen == ["/draw", "a pumpkin"]  # Telegram has shown the bot no more than that


async def test_50_a_refusal_in_a_group_reaches_the_asker_alone(http_harness: HttpHarness) -> None:
    telegram = http_harness.telegram
    anna, boris = telegram.person("Anna", language="ru"), telegram.person("Boris")
    club = telegram.group("Art club", [anna, boris])
    telegram.say(anna, club, "/draw " + "ы" * 600)
    await telegram.until(lambda: club.ephemeral_for(anna), 10)
    assert "600" in club.ephemeral_for(anna)[0].text
    assert (club.ephemeral_for(boris), club.from_bot) == ([], [])


async def test_31_a_picture_of_a_shape_that_no_photo_may_have_comes_as_a_file(
    http_harness: HttpHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Anna")
    chat = telegram.private(anna)
    monkeypatch.setattr(
        "tests.fixtures.telegram.http.SIZE", (210, 10)
    )  # more than twenty times as wide
    telegram.say(anna, chat, "a sunflower")
    await http_harness.finish(await http_harness.claim())
    await telegram.until(lambda: len(chat.from_bot) == 2 and chat.from_bot[1].media, 15)
    picture = chat.from_bot[1]
    assert picture.kind == "document"
    assert picture.media is not None and picture.media.data.startswith(b"\x89PNG")
    assert picture.button("again") and "seed" in picture.text


async def test_43_a_group_that_moves_while_it_is_painted_for_is_followed(
    http_harness: HttpHarness,
) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Anna")
    club = telegram.group("Art club", [anna])
    telegram.say(anna, club, "/draw a sunflower")
    await telegram.until(lambda: club.from_bot, 10)
    job = await http_harness.claim()
    moved = telegram.migrate(club, by=anna)
    await http_harness.report_frame(job, 3)
    await telegram.until(lambda: moved.from_bot, 10)
    await http_harness.finish(job)
    await telegram.until(lambda: "do:again" in str(moved.from_bot[-1].buttons), 15)
    assert [one.kind for one in moved.from_bot] == ["photo"]
    assert len(club.from_bot) == 1


async def _painted(http_harness: HttpHarness, chat: SandboxChat) -> SandboxMessage:
    """The message with the picture of the next job."""
    await http_harness.finish(await http_harness.claim())
    await http_harness.telegram.until(
        lambda: [one for one in chat.from_bot if one.kind == "photo"], 15
    )
    return chat.from_bot[-1]
