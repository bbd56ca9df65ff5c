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
from aiogram.types import InputMediaAnimation

from store import jobs
from store.model import Notice
from tests.fixtures.bot import ADMIN, ANNA, BORIS, GROUP, BotHarness, bad_request, person
from tests.fixtures.delivery import outbox_states, shown
from tests.fixtures.store import credits, found, sql
from tests.fixtures.telegram.fake_telegram import ME


async def _until_the_picture(harness: BotHarness, *, chat: int | None = None) -> None:
    """All but the picture of a finished job has arrived."""
    await harness.say("/draw кот", chat=chat)
    await harness.deliver()
    await harness.finish(await harness.painting())
    if chat is None:  # a group gets the picture alone
        delivery = await harness.next_due()
        assert delivery is not None
        await harness.courier.deliver(delivery)


async def test_44_what_is_there_already_counts_as_delivered(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.deliver()
    await harness.finish(await harness.painting())
    harness.telegram.fail(EditMessageMedia, bad_request("message is not modified: whatever"))
    await harness.deliver()
    assert all(state == "sent" for _, state in await outbox_states(harness))
    assert harness.telegram.of(SendAnimation) == []


async def test_44_a_deleted_status_message_is_replaced_once_by_the_result(
    harness: BotHarness,
) -> None:
    await harness.say("кот")
    await harness.deliver()
    await harness.finish(await harness.painting())
    harness.telegram.fail(EditMessageMedia, bad_request("message to edit not found"))
    await harness.deliver()
    _, line = harness.telegram.of(SendMessage)
    assert line.reply_parameters is not None
    gone, animation = harness.telegram.of(EditMessageMedia)
    assert isinstance(animation.media, InputMediaAnimation)
    assert gone.message_id != animation.message_id


async def test_31_a_picture_that_is_no_photo_for_telegram_comes_as_a_file(
    harness: BotHarness,
) -> None:
    await _until_the_picture(harness)
    harness.telegram.fail(SendPhoto, bad_request("PHOTO_INVALID_DIMENSIONS"))
    await harness.deliver()
    (file,) = harness.telegram.of(SendDocument)
    assert shown(harness)[-1].data == b"picture.png" and file.disable_content_type_detection
    assert all(state == "sent" for _, state in await outbox_states(harness))


async def test_13_telegrams_wait_is_kept_and_holds_the_whole_chat(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.say("пёс")
    await harness.say("a dog", user=BORIS)
    harness.telegram.fail(SendMessage, lambda method: TelegramRetryAfter(method, "Flood", 30))
    assert await harness.deliver() == ["ack", "ack"]
    assert [call.chat_id for call in harness.telegram.of(SendMessage)] == [ANNA, BORIS]
    [(until, tries)] = await sql(
        harness.db,
        "SELECT hold_until_ms - due_ms, tries FROM chats JOIN outbox USING (chat_id) "
        "WHERE outbox.id = 1",
    )
    assert abs(until) < 2_000
    assert tries == 0
    await sql(harness.db, "UPDATE chats SET hold_until_ms = 0")
    await sql(harness.db, "UPDATE outbox SET due_ms = 0")
    assert await harness.deliver() == ["ack", "ack"]


@pytest.mark.parametrize("error", [TelegramNetworkError, TelegramServerError])
async def test_14_on_a_broken_line_it_is_tried_again(harness: BotHarness, error: type[Any]) -> None:
    await harness.say("кот")
    for _ in range(2):
        harness.telegram.fail(SendMessage, lambda method: error(method, "gone"))
        await harness.deliver()
        assert await outbox_states(harness) == [("ack", "pending")]
        [(wait,)] = await sql(harness.db, "SELECT due_ms - created_ms FROM outbox")
        await sql(harness.db, "UPDATE outbox SET due_ms = 0")
    assert wait > 1_900  # longer each time
    await harness.deliver()
    assert await outbox_states(harness) == [("ack", "sent")]


async def test_42_a_chat_that_blocked_the_bot_is_left_alone(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.say("пёс")
    harness.telegram.fail(SendMessage, lambda method: TelegramForbiddenError(method, "blocked"))
    await harness.deliver()
    assert len(harness.telegram.calls) == 1
    assert [job.state for job in await harness.jobs()] == ["cancelled", "cancelled"]


async def test_43_a_group_that_became_a_supergroup_is_followed(harness: BotHarness) -> None:
    await harness.say("/draw a cat", chat=GROUP)
    await harness.say("/draw a dog", chat=GROUP)
    harness.telegram.fail(SendMessage, lambda method: TelegramMigrateToChat(method, "moved", -2000))
    await harness.deliver()
    assert [call.chat_id for call in harness.telegram.of(SendMessage)] == [GROUP, -2000, -2000]
    assert [state for _, state in await outbox_states(harness)] == ["sent", "sent"]


async def test_30_a_deleted_request_or_topic_does_not_stop_the_answer(harness: BotHarness) -> None:
    await harness.say("/draw a cat", chat=GROUP, message_thread_id=7, is_topic_message=True)
    harness.telegram.fail(SendMessage, bad_request("message to be replied not found"))
    harness.telegram.fail(SendMessage, bad_request("message thread not found"))
    await harness.deliver()
    last = harness.telegram.of(SendMessage)[-1]
    assert (last.reply_parameters, last.message_thread_id) == (None, None)
    assert [state for _, state in await outbox_states(harness)] == ["sent"]


async def test_31_also_where_its_message_is_gone_the_picture_comes_as_a_file(
    harness: BotHarness,
) -> None:
    await _until_the_picture(harness, chat=GROUP)
    harness.telegram.fail(EditMessageMedia, bad_request("message to edit not found"))
    harness.telegram.fail(EditMessageMedia, bad_request("IMAGE_PROCESS_FAILED"))
    assert await harness.deliver() == ["picture"]
    document = shown(harness)[-1]
    assert (document.kind, document.data) == ("document", b"picture.png")
    assert "12345" in document.caption
    assert (await outbox_states(harness))[-1] == ("picture", "sent")


async def test_31_58_what_telegram_takes_in_no_form_is_not_passed_over_in_silence(
    harness: BotHarness,
) -> None:
    await _until_the_picture(harness)
    for kind in (SendPhoto, SendDocument):
        harness.telegram.fail(kind, bad_request("file is too big"))
    before = await credits(harness.db, ANNA)
    assert await harness.deliver() == ["picture", "sorry"]
    (edit,) = harness.telegram.of(EditMessageText)
    assert edit.text == harness.context.texts("ru", "undelivered", prompt="кот")
    assert edit.message_id == 5001
    [job] = await harness.jobs()
    assert job.state == "failed" and job.error == Notice("undelivered")
    assert await credits(harness.db, ANNA) == before + 1
    await harness.send_announcements()
    alert = harness.telegram.of(SendMessage)[-1]
    assert alert.chat_id == ADMIN and "picture 1 could not be delivered: " in alert.text


async def test_14_a_result_is_owed_until_it_has_arrived(harness: BotHarness) -> None:
    """Neither many failures nor a long wait nor other messages wear it out."""
    await _until_the_picture(harness)
    errors: tuple[Any, ...] = (TelegramNetworkError, TelegramServerError) * 6
    for error in errors:
        harness.telegram.fail(SendPhoto, partial(error, message="away"))
        assert await harness.deliver() == ["picture"]
        assert (await outbox_states(harness))[-1] == ("picture", "pending")
        assert await harness.deliver() == []  # not in a loop: later
        await sql(harness.db, "UPDATE outbox SET due_ms = 0")
    assert await harness.deliver() == ["picture"]
    assert (await outbox_states(harness))[-1] == ("picture", "sent")


async def _blocked(harness: BotHarness) -> None:
    """Nothing is outbox_states, painted or paid for in ANNA's chat any more."""
    assert {job.state for job in await harness.jobs() if job.state != "running"} <= {"cancelled"}
    assert all(job.cancel for job in await harness.jobs() if job.state == "running")
    assert {state for _, state in await outbox_states(harness)} <= {"undeliverable", "sent"}
    assert await sql(harness.db, f"SELECT gone FROM chats WHERE chat_id = {ANNA}") == [(1,)]
    harness.telegram.calls.clear()
    await harness.deliver()
    await harness.update_progress()
    assert harness.telegram.calls == []


async def test_42_being_blocked_in_mid_painting_stops_it_and_gives_the_credits_back(
    harness: BotHarness,
) -> None:
    before = await credits(harness.db, ANNA)
    await harness.say("кот")
    await harness.say("пёс")
    await harness.deliver()
    running = await harness.painting()
    harness.telegram.fail(EditMessageText, lambda method: TelegramForbiddenError(method, "blocked"))
    await harness.update_progress()
    await _blocked(harness)
    assert running.token is not None
    assert await jobs.cancelled(harness.db, running.id, running.token)
    assert (await harness.deliver(), harness.telegram.calls) == ([], [])
    assert await credits(harness.db, ANNA) == before


async def test_42_a_small_answer_that_finds_the_door_shut_says_so_to_the_store(
    harness: BotHarness,
) -> None:
    await harness.say("кот")
    harness.telegram.fail(SendMessage, lambda method: TelegramForbiddenError(method, "blocked"))
    await harness.say("/help")
    await _blocked(harness)


async def test_42_telegrams_own_word_of_a_block_is_enough(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.say("/draw пёс", chat=GROUP)

    async def becomes(status: str, chat: int) -> None:
        member = {"user": ME, "status": status, "until_date": 0}
        before = {"user": ME, "status": "member"}
        event = {"chat": {"id": chat, "type": "private" if chat > 0 else "group"}, "date": 1}
        event |= {"from": person(ANNA), "old_chat_member": before, "new_chat_member": member}
        await harness.feed({"update_id": 900 + chat, "my_chat_member": event})

    await becomes("kicked", ANNA)
    await becomes("left", GROUP)  # so it looks when a group moves, too
    assert [job.state for job in await harness.jobs()] == ["cancelled", "queued"]
    await harness.say("кит")  # whoever writes again has opened the door
    assert await sql(harness.db, f"SELECT gone FROM chats WHERE chat_id = {ANNA}") == [(0,)]
    assert await harness.deliver() == ["ack", "ack"]


async def test_43_a_group_that_moves_is_followed_in_all_rows_and_told_once(
    harness: BotHarness,
) -> None:
    await _until_the_picture(harness, chat=GROUP)
    await harness.say("/draw пёс", chat=GROUP)
    moved = GROUP * 1000
    await harness.say(chat=GROUP, migrate_to_chat_id=moved)
    for table in ("jobs", "outbox", "chats"):
        assert await sql(harness.db, f"SELECT * FROM {table} WHERE chat_id = {GROUP}") == []
    harness.telegram.calls.clear()
    assert await harness.deliver() == ["picture", "ack"]
    assert [call.chat_id for call in harness.telegram.of(SendPhoto)] == [moved]
    assert [call.chat_id for call in harness.telegram.of(SendMessage)] == [moved]
    assert (await found(harness.db, 2)).chat_type == "supergroup"
    assert (await outbox_states(harness))[-1] == ("ack", "sent")
