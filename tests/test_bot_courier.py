"""What arrives in the chat, however Telegram behaves."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiogram.exceptions import (
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import (
    EditMessageCaption,
    EditMessageMedia,
    EditMessageText,
    SendAnimation,
    SendMessage,
    SendPhoto,
)

from store import jobs, outbox
from store.records import Notice
from tests.bot_fixtures import (
    ANNA,
    BORIS,
    GROUP,
    KEY,
    Room,
    bad_request,
    engine_is_here,
    opened_room,
)
from tests.store_fixtures import claimed, sql


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with opened_room(tmp_path) as room:
        yield room


async def _owed(room: Room) -> list[tuple[str, str]]:
    return await sql(room.db, "SELECT kind, state FROM outbox ORDER BY id")


def _media(call: EditMessageMedia) -> Any:
    return call.media


async def test_an_idle_engine_begins_at_once_and_the_message_has_a_cancel_button(
    room: Room,
) -> None:
    await engine_is_here(room.db)
    update = await room.say("кот <в> лодке", message_thread_id=7, is_topic_message=True)
    assert await room.deliver() == ["ack"]
    (call,) = room.telegram.of(SendMessage)
    assert "кот &lt;в&gt; лодке" in call.text
    assert call.message_thread_id == 7
    reply: Any = call.reply_parameters
    assert reply.message_id == update["message"]["message_id"]
    assert reply.allow_sending_without_reply
    keyboard: Any = call.reply_markup
    assert keyboard.inline_keyboard[0][0].callback_data == "cancel:1"
    assert (await room.jobs())[0].status_message_id == 5001


async def test_the_acknowledgement_names_place_and_waiting_time(room: Room) -> None:
    await engine_is_here(room.db)
    await room.say("кот")
    await room.finish(await room.painting())  # 21 steps in 83 s: a pace to judge by
    for user in (BORIS, ANNA, BORIS):
        await room.say("/draw лес", user=user, chat=GROUP)
    await claimed(room.db)
    await room.deliver()
    painted, russian, english = room.answers()[-3:]
    assert "Getting to work" in painted
    assert "Место в очереди: 1, ваша картина следующая" in russian
    assert "Начну примерно через 1 мин 30 с" in russian  # 83 s, not to the second
    assert "Place in the queue: 2, 1 job ahead" in english
    assert "Starting in about 3 min" in english


async def test_without_an_engine_the_place_is_kept(room: Room) -> None:
    await room.say("кот")
    await room.deliver()
    assert room.answers() == [room.desk.texts("ru", "status-offline", prompt="кот", place=1)]


async def test_the_result_is_an_animation_in_place_a_new_line_and_the_picture_in_it(
    room: Room,
) -> None:
    await room.say("кот & пёс")
    await room.deliver()
    await room.finish(
        await room.painting(), Notice("notice-size-rounded", {"width": 64, "height": 48})
    )
    assert await room.deliver() == ["animation", "slot", "picture"]
    animation, picture = room.telegram.of(EditMessageMedia)
    assert (animation.message_id, picture.message_id) == (5001, 5002)
    assert _media(animation).type == "animation"
    assert _media(animation).media.data == b"animation.mp4"
    assert animation.reply_markup is None
    assert _media(picture).type == "photo"
    assert _media(picture).media.data == b"picture.png"
    caption = _media(picture).caption
    for part in (
        "кот &amp; пёс",
        "<code>12345</code>",
        "64×48",
        "21 шаг,",
        "1 мин 23 с",
        "округлён",
    ):
        assert part in caption
    keyboard: Any = picture.reply_markup
    assert keyboard.inline_keyboard[0][0].callback_data == "do:again:1:0"
    assert len(room.telegram.of(SendMessage)) == 2
    assert all(state == "sent" for _, state in await _owed(room))


async def test_what_is_there_already_counts_as_delivered(room: Room) -> None:
    await room.say("кот")
    await room.deliver()
    await room.finish(await room.painting())
    room.telegram.fail(EditMessageMedia, bad_request("message is not modified: whatever"))
    await room.deliver()
    assert all(state == "sent" for _, state in await _owed(room))
    assert room.telegram.of(SendAnimation) == []


async def test_a_deleted_status_message_is_replaced_once(room: Room) -> None:
    await room.say("кот")
    await room.deliver()
    await room.finish(await room.painting())
    room.telegram.fail(EditMessageMedia, bad_request("message to edit not found"))
    await room.deliver()
    (sent,) = room.telegram.of(SendAnimation)
    assert sent.reply_parameters is not None
    assert sent.caption is not None
    assert len(room.telegram.of(EditMessageMedia)) == 2


async def test_a_picture_that_is_no_photo_for_telegram_comes_as_a_file(room: Room) -> None:
    await room.say("кот")
    await room.deliver()
    await room.finish(await room.painting())
    animation = await room.next_due()
    assert animation is not None
    await room.courier.deliver(animation)
    room.telegram.fail(EditMessageMedia, bad_request("PHOTO_INVALID_DIMENSIONS"))
    await room.deliver()
    last = room.telegram.of(EditMessageMedia)[-1]
    assert _media(last).type == "document"
    assert _media(last).media.data == b"picture.png"
    assert _media(last).disable_content_type_detection
    assert all(state == "sent" for _, state in await _owed(room))


async def test_telegrams_wait_is_kept_and_holds_the_whole_chat(room: Room) -> None:
    await room.say("кот")
    await room.say("пёс")
    await room.say("a dog", user=BORIS)
    room.telegram.fail(SendMessage, lambda method: TelegramRetryAfter(method, "Flood", 30))
    assert await room.deliver() == ["ack", "ack"]
    assert [call.chat_id for call in room.telegram.of(SendMessage)] == [ANNA, BORIS]
    [(until, tries)] = await sql(
        room.db,
        "SELECT hold_until_ms - due_ms, tries FROM chats JOIN outbox USING (chat_id) "
        "WHERE outbox.id = 1",
    )
    assert abs(until) < 2_000
    assert tries == 0
    await sql(room.db, "UPDATE chats SET hold_until_ms = 0")
    await sql(room.db, "UPDATE outbox SET due_ms = 0")
    assert await room.deliver() == ["ack", "ack"]


@pytest.mark.parametrize("error", [TelegramNetworkError, TelegramServerError])
async def test_a_broken_line_is_tried_again_and_again(room: Room, error: type[Any]) -> None:
    await room.say("кот")
    for _ in range(3):
        room.telegram.fail(SendMessage, lambda method: error(method, "gone"))
        await room.deliver()
        assert await _owed(room) == [("ack", "pending")]
        [(wait,)] = await sql(room.db, "SELECT due_ms - created_ms FROM outbox")
        await sql(room.db, "UPDATE outbox SET due_ms = 0")
    assert wait > 4_000  # longer each time
    await room.deliver()
    assert await _owed(room) == [("ack", "sent")]


async def test_a_chat_that_blocked_the_bot_is_left_alone(room: Room) -> None:
    await room.say("кот")
    await room.say("пёс")
    room.telegram.fail(SendMessage, lambda method: TelegramForbiddenError(method, "blocked"))
    await room.deliver()
    assert len(room.telegram.calls) == 1
    assert [job.state for job in await room.jobs()] == ["cancelled", "cancelled"]


async def test_a_refused_message_is_given_up_and_the_next_one_goes(room: Room) -> None:
    await room.say("кот")
    await room.say("пёс")
    room.telegram.fail(SendMessage, bad_request("can't parse entities"))
    await room.deliver()
    assert await _owed(room) == [("ack", "undeliverable"), ("ack", "sent")]


async def test_a_group_that_became_a_supergroup_is_followed(room: Room) -> None:
    await room.say("/draw a cat", chat=GROUP)
    await room.say("/draw a dog", chat=GROUP)
    room.telegram.fail(SendMessage, lambda method: TelegramMigrateToChat(method, "moved", -2000))
    await room.deliver()
    assert [call.chat_id for call in room.telegram.of(SendMessage)] == [GROUP, -2000, -2000]
    assert [state for _, state in await _owed(room)] == ["sent", "sent"]


async def test_a_deleted_request_or_topic_does_not_stop_the_answer(room: Room) -> None:
    await room.say("/draw a cat", chat=GROUP, message_thread_id=7, is_topic_message=True)
    room.telegram.fail(SendMessage, bad_request("message to be replied not found"))
    room.telegram.fail(SendMessage, bad_request("message thread not found"))
    await room.deliver()
    last = room.telegram.of(SendMessage)[-1]
    assert (last.reply_parameters, last.message_thread_id) == (None, None)
    assert [state for _, state in await _owed(room)] == ["sent"]


async def test_a_failed_job_is_told_in_one_sentence(room: Room) -> None:
    await room.say("кот")
    await room.deliver()
    job = await room.painting()
    await sql(room.db, "UPDATE jobs SET attempt = 3")
    await sql(room.db, "UPDATE jobs SET lease_until_ms = 0")
    assert await jobs.reap(room.db) == [(job.id, "failed")]
    assert await room.deliver() == ["sorry"]
    (edit,) = room.telegram.of(EditMessageText)
    assert edit.message_id == 5001
    assert edit.text is not None
    assert "обрывалась" in edit.text
    assert edit.reply_markup is None


async def test_a_cancelled_job_keeps_its_last_frame(room: Room) -> None:
    await room.say("кот")
    await room.deliver()
    room.files.write("jobs/1/frames/0005.png", b"frame")
    job = await room.painting(preview="jobs/1/frames/0005.png")
    await room.show()
    await room.say("/cancel")
    assert job.token is not None
    await jobs.cancelled(room.db, job.id, job.token)
    await room.deliver()
    (edit,) = room.telegram.of(EditMessageCaption)
    assert edit.caption == room.desk.texts("ru", "cancelled-midway", prompt="кот", step=5, steps=10)


async def test_text_or_caption_whichever_the_message_has(room: Room) -> None:
    await room.say("кот")
    await room.deliver()
    await room.painting(preview="jobs/1/frames/0005.png")  # never shown: still a text
    await sql(room.db, "UPDATE jobs SET state = 'queued'")
    room.courier._board.forget(1)  # as after a restart
    room.telegram.fail(
        EditMessageCaption, bad_request("there is no caption in the message to edit")
    )
    await room.say("/cancel")
    await room.deliver()
    assert len(room.telegram.of(EditMessageText)) == 1


async def test_a_lost_file_is_admitted(room: Room) -> None:
    await room.say("кот")
    await room.deliver()
    await room.finish(await room.painting())
    room.files.delete(f"{KEY}/picture.png")
    await room.deliver()
    (edit,) = room.telegram.of(EditMessageText)
    assert edit.text == room.desk.texts("ru", "result-lost", prompt="кот")
    assert edit.message_id == 5002
    assert room.telegram.of(SendPhoto) == []


async def test_a_full_group_waits_and_loses_nothing(room: Room) -> None:
    await room.say("/draw a cat", chat=GROUP)
    now = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
    calls = f"(SELECT json_group_array({now} - 3000) FROM generate)"
    rows = "WITH RECURSIVE generate(n) AS (SELECT 1 UNION SELECT n + 1 FROM generate WHERE n < 20)"
    await sql(room.db, f"INSERT INTO chats (chat_id, calls) {rows} SELECT {GROUP}, {calls}")
    delivery = await outbox.due(room.db, "test")
    assert delivery is not None
    await room.courier.deliver(delivery)
    assert room.telegram.calls == []
    assert await _owed(room) == [("ack", "pending")]
    await sql(room.db, "UPDATE outbox SET due_ms = 0")
    assert await room.deliver() == ["ack"]
