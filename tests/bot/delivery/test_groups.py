"""How few calls bring a picture to a group, and when the phone rings with it."""

from typing import Any

import pytest
from aiogram.exceptions import TelegramNetworkError, TelegramRetryAfter
from aiogram.methods import (
    DeleteMessage,
    DeleteMessages,
    EditMessageCaption,
    EditMessageMedia,
    EditMessageText,
    SendDocument,
    SendMessage,
    SendPhoto,
)

from bot.delivery.results.lost import MAX_MISSES, MAX_TRIED
from store.messages import outbox
from store.users.preferences import set_preference
from tests.fixtures.bot import ANNA, GROUP, BotHarness, bad_request, buttons
from tests.fixtures.delivery import media, outbox_states, shown
from tests.fixtures.store import sql
from tests.fixtures.telegram.fake_telegram import Failure

LOST: Failure = lambda method: TelegramNetworkError(method, "the connection broke")  # noqa: E731
STATUS = 5001


async def _finished(
    harness: BotHarness, words: str = "кот", *, waited_s: int = 0, chat: int = GROUP
) -> None:
    """Have a picture asked for and painted, after so many seconds."""
    await harness.say(f"/draw {words}", chat=chat)
    await harness.deliver()
    await sql(harness.db, f"UPDATE jobs SET created_ms = created_ms - {1000 * waited_s}")
    await harness.finish(await harness.painting())


async def _again(harness: BotHarness) -> list[str]:
    await sql(harness.db, "UPDATE outbox SET due_ms = 0")
    return await harness.deliver()


async def test_84_the_status_message_becomes_the_picture(harness: BotHarness) -> None:
    await _finished(harness)
    assert await harness.deliver() == ["picture"]
    (edit,) = harness.telegram.of(EditMessageMedia)
    assert (edit.message_id, media(edit).type) == (STATUS, "photo")
    keyboard: Any = edit.reply_markup
    assert keyboard.inline_keyboard[0][0].callback_data == "do:again:1:0"
    assert len(harness.telegram.calls) == 2


async def test_84_who_has_waited_longer_is_rung_with_the_picture(harness: BotHarness) -> None:
    await _finished(harness, waited_s=61)
    assert await harness.deliver() == ["picture", "tidy"]
    (photo,) = harness.telegram.of(SendPhoto)
    reply: Any = photo.reply_parameters
    assert reply.message_id and photo.reply_markup is not None
    assert "кот" in str(photo.caption)
    assert [call.message_id for call in harness.telegram.of(DeleteMessage)] == [STATUS]
    assert len(harness.telegram.of(SendMessage)) == 1  # no line beside it


async def test_84_a_photo_that_is_not_taken_goes_as_a_file(harness: BotHarness) -> None:
    await _finished(harness, waited_s=61)
    harness.telegram.fail(SendPhoto, bad_request("PHOTO_INVALID_DIMENSIONS"))
    await harness.deliver()
    (file,) = harness.telegram.of(SendDocument)
    assert file.disable_content_type_detection and file.reply_markup is not None


async def test_84_a_picture_whose_answer_was_lost_is_found_again(harness: BotHarness) -> None:
    await _finished(harness, waited_s=61)
    await _in_doubt(harness, died=False)
    harness.telegram.fail(EditMessageCaption, bad_request("message is not modified"))
    assert await _again(harness) == ["picture", "tidy"]
    assert len(harness.telegram.of(SendPhoto)) == 1
    (found,) = harness.telegram.of(EditMessageCaption)
    assert found.message_id == STATUS + 1
    (known,) = harness.telegram.of(EditMessageMedia)  # so that the id of its file is known
    assert known.message_id == STATUS + 1
    assert [call.message_id for call in harness.telegram.of(DeleteMessage)] == [STATUS]


@pytest.mark.parametrize("died", [False, True])
@pytest.mark.parametrize("chat", [GROUP, ANNA])
async def test_84_one_that_has_not_arrived_is_sent_again(
    harness: BotHarness, chat: int, died: bool
) -> None:
    await _finished(harness, waited_s=61, chat=chat)
    await _in_doubt(harness, died=died)
    await _again(harness)
    assert [call.message_id for call in harness.telegram.of(EditMessageCaption)] == [
        *range(STATUS + 1, STATUS + 1 + MAX_MISSES)
    ]
    assert len(harness.telegram.of(SendPhoto)) == (1 if died else 2)


@pytest.mark.parametrize("chat", [GROUP, ANNA])
async def test_84_after_a_crash_the_picture_is_found_behind_what_was_known(
    harness: BotHarness, chat: int
) -> None:
    """Others have written, and the bot itself: neither takes an edit of a caption."""
    await _finished(harness, waited_s=61, chat=chat)
    await _in_doubt(harness, died=True)
    for refusal in ("message can't be edited", "there is no caption in the message to edit"):
        harness.telegram.fail(EditMessageCaption, bad_request(refusal))
    harness.telegram.fail(EditMessageCaption, bad_request("message is not modified"))
    await _again(harness)
    assert harness.telegram.of(SendPhoto) == []
    assert harness.telegram.of(EditMessageCaption)[-1].message_id == STATUS + 3
    query = "SELECT state, message_id FROM outbox WHERE kind = 'picture'"
    assert await sql(harness.db, query) == [("sent", STATUS + 3)]


@pytest.mark.parametrize(("chat", "line"), [(GROUP, STATUS), (ANNA, None)])
async def test_84_one_of_which_cannot_be_told_whether_it_arrived_is_behind_a_button(
    harness: BotHarness, chat: int, line: int | None
) -> None:
    """Where many have written meanwhile; a person in private has the film in the status message."""
    await _finished(harness, waited_s=61, chat=chat)
    await _in_doubt(harness, died=True)
    for _ in range(MAX_TRIED):
        harness.telegram.fail(EditMessageCaption, bad_request("message can't be edited"))
    await _again(harness)
    assert harness.telegram.of(SendPhoto) == []
    offer: Any = (
        harness.telegram.of(SendMessage)[-1]
        if line is None
        else harness.telegram.of(EditMessageText)[-1]
    )
    assert buttons(offer) == {"Показать картину": "do:show:1:0"} and "готова" in offer.text
    assert harness.telegram.of(DeleteMessage) == []
    await harness.tap("do:show:1:0", chat=chat, message_id=line or STATUS + 1)
    picture = shown(harness)[-1]
    assert (picture.kind, picture.message_id) == ("photo", line or STATUS + 1)
    assert "do:again:1:0" in buttons(picture).values()


async def _in_doubt(harness: BotHarness, *, died: bool) -> None:
    """All but the picture arrives; of that nobody knows."""
    if died:  # between the note that it is sent, and that it has arrived
        while (delivery := await harness.next_due()) and delivery.kind != "picture":
            await harness.courier.deliver(delivery)
        assert delivery is not None
        await outbox.note_sending(harness.db, delivery, 0)
        await sql(harness.db, "UPDATE outbox SET lease_until_ms = 0 WHERE state = 'sending'")
    else:
        harness.telegram.fail(SendPhoto, LOST)
        await harness.deliver()


async def test_84_what_was_sent_before_this_process_is_not_looked_for_behind_its_first_message(
    harness: BotHarness,
) -> None:
    await _finished(harness, waited_s=61, chat=ANNA)
    await _in_doubt(harness, died=True)
    await sql(harness.db, f"UPDATE outbox SET sent_behind = {STATUS - 4} WHERE kind = 'picture'")
    await _again(harness)
    tried = [call.message_id for call in harness.telegram.of(EditMessageCaption)]
    assert tried == [*range(STATUS - 3, STATUS)]
    assert len(harness.telegram.of(SendPhoto)) == 1


async def test_84_a_send_that_was_refused_is_not_looked_for(harness: BotHarness) -> None:
    await _finished(harness, waited_s=61)
    harness.telegram.fail(SendPhoto, lambda method: TelegramRetryAfter(method, "Flood", 1))
    await harness.deliver()
    await sql(harness.db, "UPDATE chats SET hold_until_ms = 0")
    await _again(harness)
    assert harness.telegram.of(EditMessageCaption) == []
    assert len(harness.telegram.of(SendPhoto)) == 2


async def test_84_the_animation_comes_to_a_group_that_wants_it(harness: BotHarness) -> None:
    await _finished(harness, "кот, с анимацией")
    assert await harness.deliver() == ["animation", "picture"]
    (edit,) = harness.telegram.of(EditMessageMedia)
    assert (edit.message_id, media(edit).type) == (STATUS, "animation")
    assert len(harness.telegram.of(SendPhoto)) == 1
    await set_preference(harness.db, GROUP, "animation", True)
    await _finished(harness)
    assert await harness.deliver() == ["animation", "picture"]


async def test_84_frames_that_are_asked_for_are_wanted(harness: BotHarness) -> None:
    for words, film in (("кот, fps 30", True), ("кот, каждый 5", True), ("кот", False)):
        await harness.say(f"/draw {words}", chat=GROUP)
        assert (await harness.jobs())[-1].animation is film, words


async def test_84_without_a_status_message_the_picture_is_sent(harness: BotHarness) -> None:
    await _finished(harness)
    await sql(harness.db, "UPDATE jobs SET status_message_id = NULL")
    await harness.deliver()
    assert len(harness.telegram.of(SendPhoto)) == 1


@pytest.mark.parametrize("old", [False, True])
async def test_84_in_a_busy_group_the_status_messages_go_together(
    harness: BotHarness, old: bool
) -> None:
    """Their pictures do not wait for them, and ten of those fit into a minute."""
    for words in ("кот", "пёс", "сова"):
        await harness.say(f"/draw {words}", chat=GROUP)
    await harness.deliver()
    await sql(harness.db, "UPDATE jobs SET created_ms = created_ms - 61000")
    for _ in range(3):
        await harness.finish(await harness.painting())
    now = "CAST(1000 * (julianday('now') - 2440587.5) * 86400 AS INTEGER)"
    for _ in range(12):  # calls are counted as they are made, without a pause between them
        await sql(harness.db, f"UPDATE chats SET calls = json_insert(calls, '$[#]', {now} - 2000)")
    kinds = []
    while (delivery := await outbox.claim_due(harness.db, "test")) is not None:
        await harness.courier.deliver(delivery)
        kinds.append(delivery.kind)
    assert kinds == ["picture", "tidy", "picture", "picture"]
    assert harness.telegram.of(DeleteMessage) == []
    if old:
        harness.telegram.fail(DeleteMessages, bad_request("message can't be deleted"))
    await sql(harness.db, "UPDATE outbox SET due_ms = 0")
    assert await harness.deliver() == ["tidy"] * (2 if old else 1)
    together = harness.telegram.of(DeleteMessages)
    assert together[0].message_ids == [STATUS, STATUS + 1, STATUS + 2]
    assert set(await outbox_states(harness)) == {
        (kind, "sent") for kind in ("ack", "picture", "tidy")
    }
