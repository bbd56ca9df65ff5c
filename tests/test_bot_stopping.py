"""Cancelling: by whom, at what stage, and what one is left with."""

from typing import Any

import pytest
from aiogram.methods import (
    AnswerCallbackQuery,
    EditMessageCaption,
    EditMessageMedia,
    EditMessageReplyMarkup,
    EditMessageText,
    SendDocument,
)

from store import jobs
from tests.bot_fixtures import (
    ADMIN,
    ANNA,
    BORIS,
    GROUP,
    Room,
    bad_request,
    buttons,
)
from tests.store_fixtures import claimed, credits, sql

FRAME = "jobs/1/frames/0005.png"


@pytest.fixture
def limits() -> dict[str, int]:
    return {"per_user_waiting": 3}


async def test_20_a_waiting_job_leaves_the_queue_and_its_credit_comes_back(room: Room) -> None:
    before = await credits(room.db, ANNA)
    await room.say("кот")
    await room.deliver()
    assert await credits(room.db, ANNA) == before - 1
    await room.tap("cancel:1")
    assert await credits(room.db, ANNA) == before
    assert await jobs.claim(room.db, "engine") is None
    await room.deliver()
    (edit,) = room.telegram.of(EditMessageText)
    assert edit.text == room.desk.texts("ru", "cancelled", prompt="кот")
    assert edit.reply_markup is None


async def test_20_cancel_takes_the_askers_own_newest_job(room: Room) -> None:
    await room.say("кот")
    await room.say("a dog", user=BORIS)
    update = await room.say("/cancel")
    await room.feed(update)  # again: nothing more happens
    assert [job.state for job in await room.jobs()] == ["cancelled", "queued"]
    await room.say("/cancel")
    assert room.answers() == [
        room.desk.texts("ru", "cancel-cancelled"),
        room.desk.texts("ru", "cancel-none"),
    ]


async def test_20_the_engine_of_a_running_job_hears_it_in_its_next_beat(room: Room) -> None:
    await room.say("кот")
    job, token = await claimed(room.db)
    await room.say("/cancel")
    assert room.answers() == [room.desk.texts("ru", "cancel-stopping")]
    assert (await jobs.beat(room.db, job.id, token, step=1, steps=9)).cancel


async def _stopped_midway(room: Room, *, chat: int | None = None) -> None:
    """Shown at step 5, and stopped when the engine has got a frame further."""
    await room.say("/draw кот", chat=chat)
    await room.deliver()
    room.files.write(FRAME, b"frame")
    job = await room.painting(preview=FRAME)
    await room.tap("cancel:1", chat=chat)
    assert job.token is not None
    await jobs.cancelled(room.db, job.id, job.token)
    await room.deliver()


async def test_20_a_picture_that_is_stopped_is_offered_as_far_as_it_came(room: Room) -> None:
    before = await credits(room.db, ANNA)
    await _stopped_midway(room)
    edit = room.telegram.of(EditMessageMedia)[-1]
    media: Any = edit.media
    assert (edit.message_id, media.type, media.media.data) == (5001, "photo", b"frame")
    assert media.caption == room.desk.texts(
        "ru", "cancelled-midway", prompt="кот", step=5, steps=10
    )
    offered = buttons(edit)
    assert list(offered.values()) == ["do:vary:1:0", "do:png:1:0", "do:again:1:0"]
    assert await credits(room.db, ANNA) == before
    await room.tap("do:png:1:0")
    document: Any = room.telegram.of(SendDocument)[-1].document
    assert document.data == b"frame"
    await room.tap("do:vary:1:0")
    init = (await room.jobs())[-1].request.init
    assert init is not None and room.files.read(init) == b"frame"
    following = buttons(room.telegram.of(EditMessageReplyMarkup)[-1])
    assert list(following.values()) == ["do:vary:1:1", "do:png:1:1", "do:again:1:1"]


async def test_20_what_is_offered_is_the_askers_and_goes_when_its_file_goes(room: Room) -> None:
    await _stopped_midway(room, chat=GROUP)
    await room.tap("do:png:1:0", user=BORIS, chat=GROUP)
    assert room.toasts()[-1] == room.desk.texts("en", "alert-not-yours")
    await room.tap("do:gif:1:0", chat=GROUP)  # of a stopped picture there is none
    assert room.toasts()[-1] == room.desk.texts("ru", "alert-stale")
    room.files.delete(FRAME)
    await room.tap("do:png:1:0", chat=GROUP)
    assert room.toasts()[-1] == room.desk.texts("ru", "alert-files-gone")
    assert room.telegram.of(SendDocument) == []


async def test_20_without_a_frame_the_status_message_says_it(room: Room) -> None:
    await room.say("кот")
    await room.deliver()
    await room.painting(preview=FRAME)  # never written, so never shown: still a text
    await sql(room.db, "UPDATE jobs SET state = 'queued'")
    room.courier._board.forget(1)  # as after a restart
    room.telegram.fail(
        EditMessageCaption, bad_request("there is no caption in the message to edit")
    )
    await room.say("/cancel")
    await room.deliver()
    assert len(room.telegram.of(EditMessageText)) == 1


async def test_19_the_cancel_button_obeys_asker_and_administrators_only(room: Room) -> None:
    for _ in range(3):
        await room.say("/draw a cat", user=BORIS, chat=GROUP)
    first, second, third = [f"cancel:{job.id}" for job in await room.jobs()]
    await room.tap(first, user=ANNA, chat=GROUP)
    assert [job.state for job in await room.jobs()] == ["queued"] * 3
    assert room.toasts() == [room.desk.texts("ru", "alert-not-yours")]
    assert room.telegram.of(AnswerCallbackQuery)[0].show_alert
    await room.say("/cancel", user=ANNA, chat=GROUP)
    assert [job.state for job in await room.jobs()] == ["queued"] * 3
    await room.tap(first, user=BORIS, chat=GROUP)
    await room.tap(second, user=ADMIN, chat=GROUP)
    room.telegram.administrators.add(ANNA)
    await room.tap(third, user=ANNA, chat=GROUP)
    assert [job.state for job in await room.jobs()] == ["cancelled"] * 3


async def test_21_a_finished_job_can_no_longer_be_cancelled(room: Room) -> None:
    await room.say("кот")
    await room.finish(await room.painting())
    await room.tap("cancel:1")
    assert room.toasts() == [room.desk.texts("ru", "alert-finished")]
    assert (await room.jobs())[0].state == "done"
