"""/forget: what is gone afterwards, and what stays."""

import asyncio
import json
from typing import Any

import pytest
from aiogram.methods import AnswerInlineQuery, EditMessageText, SendMessage

from bot.health import keep_healthy
from store import jobs
from store.gallery import erasure
from store.messages import outbox
from store.model import TelegramFile
from tests.fixtures.bot import ANNA, BORIS, BotHarness, buttons
from tests.fixtures.store import RESULT, claimed, credits, found, sql


async def _everything(harness: BotHarness) -> str:
    """All that the database holds, as one text."""
    tables = ("users", "jobs", "outbox", "ledger", "recipes", "updates", "chats", "erasures")
    rows = [await sql(harness.db, f"SELECT * FROM {table}") for table in tables]
    return json.dumps(rows, ensure_ascii=False, default=str)


async def test_forget_asks_once_and_can_be_refused(harness: BotHarness) -> None:
    await harness.say("/forget")
    assert harness.answers() == [harness.context.texts("ru", "forget-nothing")]
    await harness.say("секретный кот")
    await harness.say("/forget")
    question = harness.telegram.of(SendMessage)[-1]
    assert "о вашей картине:" in question.text
    yes, no = buttons(question).values()
    await harness.tap(yes, user=BORIS)  # somebody else's finger
    assert harness.toasts() == [harness.context.texts("en", "forget-not-you")]
    await harness.tap(no)
    assert harness.telegram.of(EditMessageText)[-1].text == harness.context.texts(
        "ru", "forget-kept"
    )
    assert (await harness.jobs())[0].prompt == "секретный кот"


async def test_forget_removes_words_inputs_and_pictures_and_keeps_the_ledger(
    harness: BotHarness,
) -> None:
    await harness.say("секретный кот")
    await harness.finish(await harness.painting())
    await harness.deliver()
    await harness.tap("do:vary:1:0")
    await harness.tap("do:share:1:0")
    varied = (await found(harness.db, 2)).request.init
    assert varied is not None
    assert "секретный" in await _everything(harness)
    booked = await sql(harness.db, "SELECT COUNT(*) FROM ledger")
    await harness.tap(f"forget:{ANNA}:1")
    assert "секретный" not in await _everything(harness)
    named = f"SELECT name, username FROM users WHERE id = {ANNA}"
    assert await sql(harness.db, named) == [(None, None)]
    assert "photo-" not in await _everything(harness)  # Telegram's ids of pictures
    assert not harness.files.exists("jobs/1/token/picture.png")
    assert not harness.files.exists(varied)
    # One charge was given back, nothing was taken out.
    assert await sql(harness.db, "SELECT COUNT(*) FROM ledger") == [(booked[0][0] + 1,)]
    assert await credits(harness.db, ANNA) == 49
    assert harness.telegram.of(EditMessageText)[-1].text == harness.context.texts(
        "ru", "forget-done"
    )


async def test_forget_cancels_what_waits_and_what_is_painted_at_once(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.say("пёс")
    await harness.deliver()
    running, token = await claimed(harness.db)
    await harness.tap(f"forget:{ANNA}:1")
    assert [job.state for job in await harness.jobs()] == ["cancelled", "cancelled"]
    assert await credits(harness.db, ANNA) == 50
    beat = await jobs.beat(harness.db, running.id, token, step=1, steps=9)
    assert not beat.alive  # the engine stops
    assert not await jobs.finish(harness.db, running.id, token, RESULT, [])
    assert await harness.deliver() == ["cancelled", "cancelled"]
    texts = [call.text for call in harness.telegram.of(EditMessageText)]
    assert texts.count(harness.context.texts("ru", "erased")) == 2


async def test_what_an_engine_still_wrote_is_swept_up_later(harness: BotHarness) -> None:
    await harness.say("кот")
    await claimed(harness.db)
    await harness.tap(f"forget:{ANNA}:1")
    harness.files.write("jobs/1/frames/0001.png", b"late")
    await erasure.sweep_erasures(harness.db, harness.files)
    assert harness.files.exists("jobs/1/frames/0001.png")  # the engine may still be at it
    await sql(harness.db, "UPDATE erasures SET due_ms = 0")
    await erasure.sweep_erasures(harness.db, harness.files)
    assert not harness.files.exists("jobs/1/frames/0001.png")
    assert await sql(harness.db, "SELECT * FROM erasures") == []


async def test_a_crash_between_forgetting_and_the_files_is_made_up_for(
    harness: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await harness.say("кот")
    await harness.finish(await harness.painting())
    await erasure.forget_user(harness.db, ANNA)  # and then the bot dies
    assert harness.files.exists("jobs/1/token/picture.png")
    stop, sweep = asyncio.Event(), erasure.sweep_erasures

    async def and_stop(*arguments: Any) -> int:
        stop.set()
        return await sweep(*arguments)

    monkeypatch.setattr(erasure, "sweep_erasures", and_stop)
    await keep_healthy(harness.db, harness.files, "here:1", lambda bots: None, stop)
    assert not harness.files.exists("jobs/1/token/picture.png")


async def test_afterwards_old_buttons_say_that_the_picture_is_gone(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.say("a dog", user=BORIS)
    await harness.finish(await harness.painting())
    await harness.deliver()
    await harness.tap(f"forget:{ANNA}:1")
    for data in ("do:again:1:0", "do:png:1:0", "do:share:1:0", "send:1"):
        await harness.tap(data)
        assert harness.toasts()[-1] == harness.context.texts("ru", "alert-erased")
    await harness.inquire()
    assert harness.telegram.of(AnswerInlineQuery)[-1].results == []
    await harness.say("/gallery")
    assert harness.answers()[-1] == harness.context.texts("ru", "gallery-empty")
    kept = await found(harness.db, 2)
    assert (kept.prompt, kept.state) == ("a dog", "queued")


async def test_a_result_that_is_still_owed_does_not_come(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.deliver()
    await harness.finish(await harness.painting())
    await harness.tap(f"forget:{ANNA}:1")
    assert await harness.deliver() == []


async def test_an_input_that_another_picture_needs_stays_until_that_one_goes(
    harness: BotHarness,
) -> None:
    await harness.say("кот")
    await harness.finish(await harness.painting())
    await harness.tap("do:vary:1:0")
    await harness.finish(await harness.painting())
    await harness.tap("do:again:2:0")
    key = (await found(harness.db, 3)).request.init
    assert key is not None
    await harness.tap("do:delete:2:1")
    assert harness.files.exists(key)
    await harness.finish(await harness.painting())
    await harness.tap("do:delete:3:0")
    assert not harness.files.exists(key)


async def test_the_id_of_a_picture_that_was_on_its_way_is_not_kept(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.deliver()
    await harness.finish(await harness.painting())
    delivery = await harness.next_due()
    assert delivery is not None
    await erasure.forget_user(harness.db, ANNA)
    await outbox.mark_delivered(harness.db, delivery, 5001, TelegramFile("animation", "f"))
    assert await sql(harness.db, "SELECT file_id FROM outbox WHERE file_id IS NOT NULL") == []


async def test_a_long_history_is_forgotten_in_portions(harness: BotHarness) -> None:
    for _ in range(5):
        await harness.say("кот")
    assert await erasure.forget_user(harness.db, ANNA, batch=2) == 5
    assert await erasure.count_user_data(harness.db, ANNA) == 0
    assert await credits(harness.db, ANNA) == 50


async def test_a_file_that_cannot_be_deleted_is_tried_again_and_holds_up_nothing(
    harness: BotHarness, caplog: pytest.LogCaptureFixture
) -> None:
    harness.files.write("inputs/good.png", b"x")
    for key in ("../bad", "inputs/good.png"):
        await sql(harness.db, "INSERT INTO erasures (key, due_ms) VALUES (:key, 0)", key=key)
    assert await erasure.sweep_erasures(harness.db, harness.files) == 1
    assert not harness.files.exists("inputs/good.png")
    assert await sql(harness.db, "SELECT key FROM erasures WHERE due_ms > 0") == [("../bad",)]
    assert "cannot delete ../bad" in caplog.text
    assert await erasure.sweep_erasures(harness.db, harness.files) == 0
