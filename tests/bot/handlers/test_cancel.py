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
from tests.fixtures.bot import ADMIN, ANNA, BORIS, GROUP, BotHarness, bad_request, buttons
from tests.fixtures.store import claimed, credits, sql

FRAME = "jobs/1/frames/0005.png"


@pytest.fixture
def limits() -> dict[str, int]:
    return {"per_user_waiting": 3}


async def test_20_a_waiting_job_leaves_the_queue_and_its_credit_comes_back(
    harness: BotHarness,
) -> None:
    before = await credits(harness.db, ANNA)
    await harness.say("кот")
    await harness.deliver()
    assert await credits(harness.db, ANNA) == before - 1
    await harness.tap("cancel:1")
    assert await credits(harness.db, ANNA) == before
    assert await jobs.claim(harness.db, "engine") is None
    await harness.deliver()
    (edit,) = harness.telegram.of(EditMessageText)
    assert edit.text == harness.context.texts("ru", "cancelled", prompt="кот")
    assert edit.reply_markup is None


async def test_20_cancel_takes_the_askers_own_newest_job(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.say("a dog", user=BORIS)
    update = await harness.say("/cancel")
    await harness.feed(update)  # again: nothing more happens
    assert [job.state for job in await harness.jobs()] == ["cancelled", "queued"]
    await harness.say("/cancel")
    assert harness.answers() == [
        harness.context.texts("ru", "cancel-cancelled"),
        harness.context.texts("ru", "cancel-none"),
    ]


async def test_20_the_engine_of_a_running_job_hears_it_in_its_next_beat(
    harness: BotHarness,
) -> None:
    await harness.say("кот")
    job, token = await claimed(harness.db)
    await harness.say("/cancel")
    assert harness.answers() == [harness.context.texts("ru", "cancel-stopping")]
    assert (await jobs.beat(harness.db, job.id, token, step=1, steps=9)).cancel


async def _stopped_midway(harness: BotHarness, *, chat: int | None = None) -> None:
    """Shown at step 5, and stopped when the engine has got a frame further."""
    await harness.say("/draw кот", chat=chat)
    await harness.deliver()
    harness.files.write(FRAME, b"frame")
    job = await harness.painting(preview=FRAME)
    await harness.tap("cancel:1", chat=chat)
    assert job.token is not None
    await jobs.cancelled(harness.db, job.id, job.token)
    await harness.deliver()


async def test_20_a_picture_that_is_stopped_is_offered_as_far_as_it_came(
    harness: BotHarness,
) -> None:
    before = await credits(harness.db, ANNA)
    await _stopped_midway(harness)
    edit = harness.telegram.of(EditMessageMedia)[-1]
    media: Any = edit.media
    assert (edit.message_id, media.type, media.media.data) == (5001, "photo", b"frame")
    assert media.caption == harness.context.texts(
        "ru", "cancelled-midway", prompt="кот", step=5, steps=10
    )
    offered = buttons(edit)
    assert list(offered.values()) == ["do:vary:1:0", "do:png:1:0", "do:again:1:0"]
    assert await credits(harness.db, ANNA) == before
    await harness.tap("do:png:1:0")
    document: Any = harness.telegram.of(SendDocument)[-1].document
    assert document.data == b"frame"
    await harness.tap("do:vary:1:0")
    init = (await harness.jobs())[-1].request.init
    assert init is not None and harness.files.read(init) == b"frame"
    following = buttons(harness.telegram.of(EditMessageReplyMarkup)[-1])
    assert list(following.values()) == ["do:vary:1:1", "do:png:1:1", "do:again:1:1"]


async def test_20_what_is_offered_is_the_askers_and_goes_when_its_file_goes(
    harness: BotHarness,
) -> None:
    await _stopped_midway(harness, chat=GROUP)
    await harness.tap("do:png:1:0", user=BORIS, chat=GROUP)
    assert harness.toasts()[-1] == harness.context.texts("en", "alert-not-yours")
    await harness.tap("do:gif:1:0", chat=GROUP)  # of a stopped picture there is none
    assert harness.toasts()[-1] == harness.context.texts("ru", "alert-stale")
    harness.files.delete(FRAME)
    await harness.tap("do:png:1:0", chat=GROUP)
    assert harness.toasts()[-1] == harness.context.texts("ru", "alert-files-gone")
    assert harness.telegram.of(SendDocument) == []


async def test_20_without_a_frame_the_status_message_says_it(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.deliver()
    await harness.painting(preview=FRAME)  # never written, so never shown: still a text
    await sql(harness.db, "UPDATE jobs SET state = 'queued'")
    harness.courier._board.forget(1)  # as after a restart
    harness.telegram.fail(
        EditMessageCaption, bad_request("there is no caption in the message to edit")
    )
    await harness.say("/cancel")
    await harness.deliver()
    assert len(harness.telegram.of(EditMessageText)) == 1


async def test_19_the_cancel_button_obeys_asker_and_administrators_only(
    harness: BotHarness,
) -> None:
    for _ in range(3):
        await harness.say("/draw a cat", user=BORIS, chat=GROUP)
    first, second, third = [f"cancel:{job.id}" for job in await harness.jobs()]
    await harness.tap(first, user=ANNA, chat=GROUP)
    assert [job.state for job in await harness.jobs()] == ["queued"] * 3
    assert harness.toasts() == [harness.context.texts("ru", "alert-not-yours")]
    assert harness.telegram.of(AnswerCallbackQuery)[0].show_alert
    await harness.say("/cancel", user=ANNA, chat=GROUP)
    assert [job.state for job in await harness.jobs()] == ["queued"] * 3
    await harness.tap(first, user=BORIS, chat=GROUP)
    await harness.tap(second, user=ADMIN, chat=GROUP)
    harness.telegram.administrators.add(ANNA)
    await harness.tap(third, user=ANNA, chat=GROUP)
    assert [job.state for job in await harness.jobs()] == ["cancelled"] * 3


async def test_21_a_finished_job_can_no_longer_be_cancelled(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.finish(await harness.painting())
    await harness.tap("cancel:1")
    assert harness.toasts() == [harness.context.texts("ru", "alert-finished")]
    assert (await harness.jobs())[0].state == "done"
