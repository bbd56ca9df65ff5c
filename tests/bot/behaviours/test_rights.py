"""A chat that does not let the bot send something: who asked learns what, and pays nothing."""

import pytest
from aiogram.exceptions import TelegramForbiddenError, TelegramNetworkError
from aiogram.methods import EditMessageMedia, EditMessageText, SendMessage

from bot.delivery.outcomes import OutcomeKind, classify
from store.model import Notice
from tests.fixtures.bot import ANNA, BORIS, GROUP, BotHarness, bad_request
from tests.fixtures.delivery import outbox_states
from tests.fixtures.store import credits, sql

NO_PHOTOS = "not enough rights to send photos to the chat"
NO_FILES = "not enough rights to send documents to the chat"
NO_TEXT = "not enough rights to send text messages to the chat"


async def until_the_picture(harness: BotHarness, user: int = ANNA) -> None:
    await harness.say("/draw кот", chat=GROUP, user=user)
    await harness.deliver()
    await harness.finish(await harness.painting())
    harness.telegram.calls.clear()


@pytest.mark.parametrize(
    ("description", "right"),
    [
        ("Bad Request: not enough rights to send photos to the chat", "photos"),
        ("Bad Request: not enough rights to send animations to the chat", "animations"),
        ("Bad Request: not enough rights to send documents to the chat", "documents"),
        ("Bad Request: not enough rights to send text messages to the chat", "text"),
        ("Bad Request: have no rights to send a message", "text"),
        ("Bad Request: CHAT_WRITE_FORBIDDEN", "text"),
        ("Bad Request: CHAT_SEND_PLAIN_FORBIDDEN", "text"),
        ("Bad Request: CHAT_SEND_PHOTOS_FORBIDDEN", "photos"),
        ("Bad Request: CHAT_SEND_GIFS_FORBIDDEN", "animations"),
        ("Bad Request: CHAT_SEND_MEDIA_FORBIDDEN", "media"),
        ("Forbidden: CHAT_RESTRICTED", "text"),
    ],
)
def test_a_missing_right_is_recognised(description: str, right: str) -> None:
    method = SendMessage(chat_id=1, text="a")
    for error in (bad_request(description)(method), TelegramForbiddenError(method, description)):
        outcome = classify(error)
        assert (outcome.kind, outcome.right) == (OutcomeKind.NO_RIGHT, right)
        assert outcome.is_refusal


def test_slow_mode_is_a_time_to_wait() -> None:
    error = bad_request("SLOWMODE_WAIT_27")(SendMessage(chat_id=1, text="a"))
    outcome = classify(error)
    assert (outcome.kind, outcome.retry_after_s) == (OutcomeKind.RETRY_AFTER, 27)


async def test_a_group_without_photos_gets_the_picture_as_a_file(harness: BotHarness) -> None:
    await until_the_picture(harness)
    harness.telegram.fail(EditMessageMedia, bad_request(NO_PHOTOS))
    assert await harness.deliver() == ["picture"]
    assert (await outbox_states(harness))[-1] == ("picture", "sent")


async def test_56_who_cannot_get_the_picture_is_told_why_and_pays_nothing(
    harness: BotHarness,
) -> None:
    before = await credits(harness.db, ANNA)
    await until_the_picture(harness)
    harness.telegram.fail(EditMessageMedia, bad_request(NO_PHOTOS))
    harness.telegram.fail(EditMessageMedia, bad_request(NO_FILES))
    harness.telegram.fail(EditMessageText, lambda method: TelegramNetworkError(method, "cut"))
    assert await harness.deliver() == ["picture", "sorry"]
    await sql(harness.db, "UPDATE outbox SET due_ms = 0")
    assert await harness.deliver() == ["sorry"]  # it outlives a cut connection
    told = harness.telegram.of(EditMessageText)[-1].text
    assert told is not None and "фотографии" in told and "личном чате" in told
    [job] = await harness.jobs()
    assert job.error == Notice("undelivered-right", {"right": "photos"})
    assert (job.state, await credits(harness.db, ANNA)) == ("failed", before)
    assert await sql(harness.db, "SELECT kind FROM alerts") == []  # only the chat can change it


async def test_one_refused_preview_touches_nobody_elses_job(harness: BotHarness) -> None:
    for user in (ANNA, BORIS):
        await harness.say("/draw кот", chat=GROUP, user=user)
    await harness.deliver()
    harness.files.write("jobs/1/frames/0005.png", b"frame")
    await harness.painting(preview="jobs/1/frames/0005.png")
    harness.telegram.fail(EditMessageMedia, bad_request(NO_PHOTOS))
    await harness.update_progress()
    assert {job.state for job in await harness.jobs()} == {"running", "queued"}
    harness.telegram.calls.clear()
    await harness.update_progress()  # from here on in words
    assert harness.telegram.of(EditMessageMedia) == []
    assert harness.telegram.of(EditMessageText) != [] or harness.telegram.calls != []


async def test_in_a_group_that_mutes_the_bot_it_says_so_in_private(harness: BotHarness) -> None:
    before = await credits(harness.db, ANNA)
    await harness.say("/draw пёс", chat=GROUP, user=BORIS)
    await harness.deliver()
    await harness.say("/draw кот", chat=GROUP)
    for _ in ("ack", "sorry"):
        harness.telegram.fail(SendMessage, bad_request(NO_TEXT))
    assert await harness.deliver() == ["ack", "sorry"]
    boris, anna = await harness.jobs()
    assert (anna.state, boris.state) == ("failed", "queued")
    assert await credits(harness.db, ANNA) == before
    *_, private = harness.telegram.of(SendMessage)
    assert private.chat_id == ANNA and "сообщения" in private.text
    assert dict(await outbox_states(harness))["sorry"] == "sent"


async def test_where_nobody_can_be_told_nothing_is_owed(harness: BotHarness) -> None:
    before = await credits(harness.db, ANNA)
    await harness.say("/draw кот", chat=GROUP)
    for _ in ("ack", "sorry"):
        harness.telegram.fail(SendMessage, bad_request(NO_TEXT))
    harness.telegram.fail(
        SendMessage, lambda method: TelegramForbiddenError(method, "bot can't initiate")
    )
    await harness.deliver()
    assert await outbox_states(harness) == [("ack", "undeliverable"), ("sorry", "undeliverable")]
    assert await credits(harness.db, ANNA) == before
    gone = await sql(harness.db, "SELECT gone FROM chats WHERE chat_id = :chat", chat=GROUP)
    assert gone == [(0,)]
