"""/forget: what is gone afterwards, and what stays."""

import asyncio
import json
from typing import Any

import pytest
from aiogram.methods import AnswerInlineQuery, EditMessageText, SendMessage

from bot.health import upkeep
from store import forgetting, jobs, outbox
from store.gallery import TelegramFile
from tests.bot_fixtures import ANNA, BORIS, Room, buttons
from tests.store_fixtures import RESULT, claimed, credits, found, sql


async def _everything(room: Room) -> str:
    """All that the database holds, as one text."""
    tables = ("users", "jobs", "outbox", "ledger", "recipes", "updates", "chats", "erasures")
    rows = [await sql(room.db, f"SELECT * FROM {table}") for table in tables]
    return json.dumps(rows, ensure_ascii=False, default=str)


async def test_forget_asks_once_and_can_be_refused(room: Room) -> None:
    await room.say("/forget")
    assert room.answers() == [room.desk.texts("ru", "forget-nothing")]
    await room.say("секретный кот")
    await room.say("/forget")
    question = room.telegram.of(SendMessage)[-1]
    assert "о вашей картине:" in question.text
    yes, no = buttons(question).values()
    await room.tap(yes, user=BORIS)  # somebody else's finger
    assert room.toasts() == [room.desk.texts("en", "forget-not-you")]
    await room.tap(no)
    assert room.telegram.of(EditMessageText)[-1].text == room.desk.texts("ru", "forget-kept")
    assert (await room.jobs())[0].prompt == "секретный кот"


async def test_forget_removes_words_inputs_and_pictures_and_keeps_the_ledger(room: Room) -> None:
    await room.say("секретный кот")
    await room.finish(await room.painting())
    await room.deliver()
    await room.tap("do:vary:1:0")
    await room.tap("do:share:1:0")
    varied = (await found(room.db, 2)).request.init
    assert varied is not None
    assert "секретный" in await _everything(room)
    booked = await sql(room.db, "SELECT COUNT(*) FROM ledger")
    await room.tap(f"forget:{ANNA}:1")
    assert "секретный" not in await _everything(room)
    named = f"SELECT name, username FROM users WHERE id = {ANNA}"
    assert await sql(room.db, named) == [(None, None)]
    assert "photo-" not in await _everything(room)  # Telegram's ids of pictures
    assert not room.files.exists("jobs/1/token/picture.png")
    assert not room.files.exists(varied)
    # One charge was given back, nothing was taken out.
    assert await sql(room.db, "SELECT COUNT(*) FROM ledger") == [(booked[0][0] + 1,)]
    assert await credits(room.db, ANNA) == 49
    assert room.telegram.of(EditMessageText)[-1].text == room.desk.texts("ru", "forget-done")


async def test_forget_cancels_what_waits_and_what_is_painted_at_once(room: Room) -> None:
    await room.say("кот")
    await room.say("пёс")
    await room.deliver()
    running, token = await claimed(room.db)
    await room.tap(f"forget:{ANNA}:1")
    assert [job.state for job in await room.jobs()] == ["cancelled", "cancelled"]
    assert await credits(room.db, ANNA) == 50
    beat = await jobs.beat(room.db, running.id, token, step=1, steps=9)
    assert not beat.alive  # the engine stops
    assert not await jobs.finish(room.db, running.id, token, RESULT, [])
    assert await room.deliver() == ["cancelled", "cancelled"]
    texts = [call.text for call in room.telegram.of(EditMessageText)]
    assert texts.count(room.desk.texts("ru", "erased")) == 2


async def test_what_an_engine_still_wrote_is_swept_up_later(room: Room) -> None:
    await room.say("кот")
    await claimed(room.db)
    await room.tap(f"forget:{ANNA}:1")
    room.files.write("jobs/1/frames/0001.png", b"late")
    await forgetting.sweep(room.db, room.files)
    assert room.files.exists("jobs/1/frames/0001.png")  # the engine may still be at it
    await sql(room.db, "UPDATE erasures SET due_ms = 0")
    await forgetting.sweep(room.db, room.files)
    assert not room.files.exists("jobs/1/frames/0001.png")
    assert await sql(room.db, "SELECT * FROM erasures") == []


async def test_a_crash_between_forgetting_and_the_files_is_made_up_for(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    await room.say("кот")
    await room.finish(await room.painting())
    await forgetting.forget(room.db, ANNA)  # and then the bot dies
    assert room.files.exists("jobs/1/token/picture.png")
    stop, sweep = asyncio.Event(), forgetting.sweep

    async def and_stop(*arguments: Any) -> int:
        stop.set()
        return await sweep(*arguments)

    monkeypatch.setattr(forgetting, "sweep", and_stop)
    await upkeep(room.db, room.files, stop)
    assert not room.files.exists("jobs/1/token/picture.png")


async def test_afterwards_old_buttons_say_that_the_picture_is_gone(room: Room) -> None:
    await room.say("кот")
    await room.say("a dog", user=BORIS)
    await room.finish(await room.painting())
    await room.deliver()
    await room.tap(f"forget:{ANNA}:1")
    for data in ("do:again:1:0", "do:png:1:0", "do:share:1:0", "send:1"):
        await room.tap(data)
        assert room.toasts()[-1] == room.desk.texts("ru", "alert-erased")
    await room.inquire()
    assert room.telegram.of(AnswerInlineQuery)[-1].results == []
    await room.say("/gallery")
    assert room.answers()[-1] == room.desk.texts("ru", "gallery-empty")
    kept = await found(room.db, 2)
    assert (kept.prompt, kept.state) == ("a dog", "queued")


async def test_a_result_that_is_still_owed_does_not_come(room: Room) -> None:
    await room.say("кот")
    await room.deliver()
    await room.finish(await room.painting())
    await room.tap(f"forget:{ANNA}:1")
    assert await room.deliver() == []


async def test_an_input_that_another_picture_needs_stays_until_that_one_goes(room: Room) -> None:
    await room.say("кот")
    await room.finish(await room.painting())
    await room.tap("do:vary:1:0")
    await room.finish(await room.painting())
    await room.tap("do:again:2:0")
    key = (await found(room.db, 3)).request.init
    assert key is not None
    await room.tap("do:delete:2:1")
    assert room.files.exists(key)
    await room.finish(await room.painting())
    await room.tap("do:delete:3:0")
    assert not room.files.exists(key)


async def test_the_id_of_a_picture_that_was_on_its_way_is_not_kept(room: Room) -> None:
    await room.say("кот")
    await room.deliver()
    await room.finish(await room.painting())
    delivery = await room.next_due()
    assert delivery is not None
    await forgetting.forget(room.db, ANNA)
    await outbox.delivered(room.db, delivery, 5001, TelegramFile("animation", "f"))
    assert await sql(room.db, "SELECT file_id FROM outbox WHERE file_id IS NOT NULL") == []


async def test_a_long_history_is_forgotten_in_portions(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "AT_ONCE", 2)
    for _ in range(5):
        await room.say("кот")
    assert await forgetting.forget(room.db, ANNA) == 5
    assert await forgetting.count(room.db, ANNA) == 0
    assert await credits(room.db, ANNA) == 50


async def test_a_file_that_cannot_be_deleted_is_tried_again_and_holds_up_nothing(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    room.files.write("inputs/good.png", b"x")
    for key in ("../bad", "inputs/good.png"):
        await sql(room.db, "INSERT INTO erasures (key, due_ms) VALUES (:key, 0)", key=key)
    assert await forgetting.sweep(room.db, room.files) == 1
    assert not room.files.exists("inputs/good.png")
    assert await sql(room.db, "SELECT key FROM erasures WHERE due_ms > 0") == [("../bad",)]
    assert "cannot delete ../bad" in caplog.text
    assert await forgetting.sweep(room.db, room.files) == 0
