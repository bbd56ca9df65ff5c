"""How few calls bring a picture to a group, and when the phone rings with it."""

from typing import Any

from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import (
    DeleteMessage,
    EditMessageMedia,
    SendDocument,
    SendMessage,
    SendPhoto,
)

from store.users.preferences import set_preference
from tests.fixtures.bot import GROUP, BotHarness, bad_request
from tests.fixtures.delivery import media
from tests.fixtures.store import sql
from tests.fixtures.telegram.fake_telegram import Failure

LOST: Failure = lambda method: TelegramNetworkError(method, "the connection broke")  # noqa: E731
STATUS = 5001


async def _finished(harness: BotHarness, words: str = "кот", *, waited_s: int = 0) -> None:
    """Have a picture asked for in the group and painted, after so many seconds."""
    await harness.say(f"/draw {words}", chat=GROUP)
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
    harness.telegram.fail(SendPhoto, LOST)
    await harness.deliver()
    assert await _again(harness) == ["picture", "tidy"]
    assert len(harness.telegram.of(SendPhoto)) == 1
    (edit,) = harness.telegram.of(EditMessageMedia)
    assert edit.message_id == STATUS + 1
    assert [call.message_id for call in harness.telegram.of(DeleteMessage)] == [STATUS]


async def test_84_one_that_is_not_found_takes_the_status_message_and_is_not_sent_again(
    harness: BotHarness,
) -> None:
    await _finished(harness, waited_s=61)
    harness.telegram.fail(SendPhoto, LOST)
    await harness.deliver()
    for _ in range(6):
        harness.telegram.fail(EditMessageMedia, bad_request("message to edit not found"))
    await _again(harness)
    assert len(harness.telegram.of(SendPhoto)) == 1
    assert harness.telegram.of(EditMessageMedia)[-1].message_id == STATUS
    assert harness.telegram.of(DeleteMessage) == []


async def test_84_a_bot_that_died_while_it_sent_does_not_send_again(harness: BotHarness) -> None:
    await _finished(harness, waited_s=61)
    await harness.next_due()  # and is never heard of again
    await sql(harness.db, "UPDATE outbox SET lease_until_ms = 0 WHERE state = 'sending'")
    await harness.deliver()
    assert harness.telegram.of(SendPhoto) == []
    assert harness.telegram.of(EditMessageMedia)[-1].message_id == STATUS


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
