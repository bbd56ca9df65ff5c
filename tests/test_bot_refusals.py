"""What becomes of a message when Telegram refuses it, is away, or has moved its chat."""

from functools import partial
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
    EditMessageMedia,
    EditMessageText,
    SendAnimation,
    SendDocument,
    SendMessage,
    SendPhoto,
)

from store import jobs
from tests.bot_fixtures import ANNA, BORIS, GROUP, Room, bad_request, person
from tests.delivery_fixtures import media, owed
from tests.recorder_fixtures import ME
from tests.store_fixtures import credits, found, sql


async def _until_the_picture(room: Room, *, chat: int | None = None) -> None:
    """All but the picture of a finished job has arrived."""
    await room.say("/draw кот", chat=chat)
    await room.deliver()
    await room.finish(await room.painting())
    for _ in ("animation", "slot"):
        delivery = await room.next_due()
        assert delivery is not None
        await room.courier.deliver(delivery)


async def test_44_what_is_there_already_counts_as_delivered(room: Room) -> None:
    await room.say("кот")
    await room.deliver()
    await room.finish(await room.painting())
    room.telegram.fail(EditMessageMedia, bad_request("message is not modified: whatever"))
    await room.deliver()
    assert all(state == "sent" for _, state in await owed(room))
    assert room.telegram.of(SendAnimation) == []


async def test_44_a_deleted_status_message_is_replaced_once_by_the_result(room: Room) -> None:
    await room.say("кот")
    await room.deliver()
    await room.finish(await room.painting())
    room.telegram.fail(EditMessageMedia, bad_request("message to edit not found"))
    await room.deliver()
    (sent,) = room.telegram.of(SendAnimation)
    assert sent.reply_parameters is not None
    assert sent.caption is not None
    assert len(room.telegram.of(EditMessageMedia)) == 2


async def test_31_a_picture_that_is_no_photo_for_telegram_comes_as_a_file(room: Room) -> None:
    await room.say("кот")
    await room.deliver()
    await room.finish(await room.painting())
    animation = await room.next_due()
    assert animation is not None
    await room.courier.deliver(animation)
    room.telegram.fail(EditMessageMedia, bad_request("PHOTO_INVALID_DIMENSIONS"))
    await room.deliver()
    last = room.telegram.of(EditMessageMedia)[-1]
    assert media(last).type == "document"
    assert media(last).media.data == b"picture.png"
    assert media(last).disable_content_type_detection
    assert all(state == "sent" for _, state in await owed(room))


async def test_13_telegrams_wait_is_kept_and_holds_the_whole_chat(room: Room) -> None:
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
async def test_14_on_a_broken_line_it_is_tried_again(room: Room, error: type[Any]) -> None:
    await room.say("кот")
    for _ in range(2):
        room.telegram.fail(SendMessage, lambda method: error(method, "gone"))
        await room.deliver()
        assert await owed(room) == [("ack", "pending")]
        [(wait,)] = await sql(room.db, "SELECT due_ms - created_ms FROM outbox")
        await sql(room.db, "UPDATE outbox SET due_ms = 0")
    assert wait > 1_900  # longer each time
    await room.deliver()
    assert await owed(room) == [("ack", "sent")]


async def test_42_a_chat_that_blocked_the_bot_is_left_alone(room: Room) -> None:
    await room.say("кот")
    await room.say("пёс")
    room.telegram.fail(SendMessage, lambda method: TelegramForbiddenError(method, "blocked"))
    await room.deliver()
    assert len(room.telegram.calls) == 1
    assert [job.state for job in await room.jobs()] == ["cancelled", "cancelled"]


async def test_43_a_group_that_became_a_supergroup_is_followed(room: Room) -> None:
    await room.say("/draw a cat", chat=GROUP)
    await room.say("/draw a dog", chat=GROUP)
    room.telegram.fail(SendMessage, lambda method: TelegramMigrateToChat(method, "moved", -2000))
    await room.deliver()
    assert [call.chat_id for call in room.telegram.of(SendMessage)] == [GROUP, -2000, -2000]
    assert [state for _, state in await owed(room)] == ["sent", "sent"]


async def test_30_a_deleted_request_or_topic_does_not_stop_the_answer(room: Room) -> None:
    await room.say("/draw a cat", chat=GROUP, message_thread_id=7, is_topic_message=True)
    room.telegram.fail(SendMessage, bad_request("message to be replied not found"))
    room.telegram.fail(SendMessage, bad_request("message thread not found"))
    await room.deliver()
    last = room.telegram.of(SendMessage)[-1]
    assert (last.reply_parameters, last.message_thread_id) == (None, None)
    assert [state for _, state in await owed(room)] == ["sent"]


async def test_31_also_where_its_message_is_gone_the_picture_comes_as_a_file(room: Room) -> None:
    await _until_the_picture(room)
    room.telegram.fail(EditMessageMedia, bad_request("message to edit not found"))
    room.telegram.fail(SendPhoto, bad_request("IMAGE_PROCESS_FAILED"))
    room.telegram.fail(EditMessageMedia, bad_request("message to edit not found"))
    assert await room.deliver() == ["picture"]
    (document,) = room.telegram.of(SendDocument)
    sent: Any = document.document
    assert sent.data == b"picture.png"
    assert document.caption is not None and "12345" in document.caption
    assert (await owed(room))[-1] == ("picture", "sent")


async def test_31_what_telegram_takes_in_no_form_is_not_passed_over_in_silence(room: Room) -> None:
    await _until_the_picture(room)
    for _ in range(2):
        room.telegram.fail(EditMessageMedia, bad_request("file is too big"))
    assert await room.deliver() == ["picture"]
    (edit,) = room.telegram.of(EditMessageText)
    assert edit.text == room.desk.texts("ru", "result-refused", prompt="кот")
    assert edit.message_id == 5002


async def test_14_a_result_is_owed_until_it_has_arrived(room: Room) -> None:
    """Neither many failures nor a long wait nor other messages wear it out."""
    await _until_the_picture(room)
    errors: tuple[Any, ...] = (TelegramNetworkError, TelegramServerError) * 6
    for error in errors:
        room.telegram.fail(EditMessageMedia, partial(error, message="away"))
        assert await room.deliver() == ["picture"]
        assert (await owed(room))[-1] == ("picture", "pending")
        assert await room.deliver() == []  # not in a loop: later
        await sql(room.db, "UPDATE outbox SET due_ms = 0")
    assert await room.deliver() == ["picture"]
    assert (await owed(room))[-1] == ("picture", "sent")


async def _blocked(room: Room) -> None:
    """Nothing is owed, painted or paid for in ANNA's chat any more."""
    assert {job.state for job in await room.jobs() if job.state != "running"} <= {"cancelled"}
    assert all(job.cancel for job in await room.jobs() if job.state == "running")
    assert {state for _, state in await owed(room)} <= {"undeliverable", "sent"}
    assert await sql(room.db, f"SELECT gone FROM chats WHERE chat_id = {ANNA}") == [(1,)]
    room.telegram.calls.clear()
    await room.deliver()
    await room.show()
    assert room.telegram.calls == []


async def test_42_being_blocked_in_mid_painting_stops_it_and_gives_the_credits_back(
    room: Room,
) -> None:
    before = await credits(room.db, ANNA)
    await room.say("кот")
    await room.say("пёс")
    await room.deliver()
    running = await room.painting()
    room.telegram.fail(EditMessageText, lambda method: TelegramForbiddenError(method, "blocked"))
    await room.show()
    await _blocked(room)
    assert running.token is not None
    assert await jobs.cancelled(room.db, running.id, running.token)
    assert (await room.deliver(), room.telegram.calls) == ([], [])
    assert await credits(room.db, ANNA) == before


async def test_42_a_small_answer_that_finds_the_door_shut_says_so_to_the_store(room: Room) -> None:
    await room.say("кот")
    room.telegram.fail(SendMessage, lambda method: TelegramForbiddenError(method, "blocked"))
    await room.say("/help")
    await _blocked(room)


async def test_42_telegrams_own_word_of_a_block_is_enough(room: Room) -> None:
    await room.say("кот")
    await room.say("/draw пёс", chat=GROUP)

    async def becomes(status: str, chat: int) -> None:
        member = {"user": ME, "status": status, "until_date": 0}
        before = {"user": ME, "status": "member"}
        event = {"chat": {"id": chat, "type": "private" if chat > 0 else "group"}, "date": 1}
        event |= {"from": person(ANNA), "old_chat_member": before, "new_chat_member": member}
        await room.feed({"update_id": 900 + chat, "my_chat_member": event})

    await becomes("kicked", ANNA)
    await becomes("left", GROUP)  # so it looks when a group moves, too
    assert [job.state for job in await room.jobs()] == ["cancelled", "queued"]
    await room.say("кит")  # whoever writes again has opened the door
    assert await sql(room.db, f"SELECT gone FROM chats WHERE chat_id = {ANNA}") == [(0,)]
    assert await room.deliver() == ["ack", "ack"]


async def test_43_a_group_that_moves_is_followed_in_all_rows_and_told_once(room: Room) -> None:
    await _until_the_picture(room, chat=GROUP)
    await room.say("/draw пёс", chat=GROUP)
    moved = GROUP * 1000
    await room.say(chat=GROUP, migrate_to_chat_id=moved)
    for table in ("jobs", "outbox", "chats"):
        assert await sql(room.db, f"SELECT * FROM {table} WHERE chat_id = {GROUP}") == []
    room.telegram.calls.clear()
    assert await room.deliver() == ["picture", "ack"]
    assert {call.chat_id for call in room.telegram.of(SendPhoto)} == {moved}
    assert len(room.telegram.of(SendPhoto)) == len(room.telegram.of(SendMessage)) == 1
    assert (await found(room.db, 2)).chat_type == "supergroup"
    assert (await owed(room))[-1] == ("ack", "sent")
