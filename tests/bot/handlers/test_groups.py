"""Groups and channels: who speaks there, what is not for everybody's eyes, and in which topic."""

from typing import Any

import pytest
from aiogram.methods import SendMessage

from tests.fixtures.bot import ANNA, BORIS, GROUP, WITHOUT_SPACING, BotHarness, bad_request
from tests.fixtures.store import sql

ANONYMOUS: dict[str, Any] = {
    "sender": {"id": 1087968824, "is_bot": True, "first_name": "Group"},
    "sender_chat": {"id": GROUP, "type": "supergroup", "title": "Art"},
}
CHANNEL: dict[str, Any] = {"id": -5, "type": "channel", "title": "News"}


@pytest.fixture
def limits() -> dict[str, int]:
    return {"daily_credits": 1, "group_credits": 0}


def _alone(call: SendMessage) -> int | None:
    """Who alone sees it."""
    parameters = call.ephemeral_message_parameters
    return parameters.receiver_user_id if parameters else None


async def test_50_a_refusal_in_a_group_is_for_the_askers_eyes_only(harness: BotHarness) -> None:
    topic: Any = {"message_thread_id": 7, "is_topic_message": True}
    for words in ("/draw кот", "/draw пёс", "/draw кот:1e9"):
        await harness.say(words, chat=GROUP, **topic)
    no_credits, wrong = harness.telegram.of(SendMessage)
    assert "закончились" in no_credits.text and "1000" in wrong.text
    for call in (no_credits, wrong):
        assert (_alone(call), call.message_thread_id) == (ANNA, 7)
    await harness.say("/draw", chat=GROUP, **topic)  # an example serves everybody
    assert _alone(harness.telegram.of(SendMessage)[-1]) is None
    await harness.say("пёс")
    assert _alone(harness.telegram.of(SendMessage)[-1]) is None  # in private there is nobody else


@pytest.mark.parametrize("delivery_settings", [WITHOUT_SPACING])
async def test_50_where_telegram_cannot_do_that_the_refusal_is_said_aloud(
    harness: BotHarness,
) -> None:
    await harness.say("/draw кот", chat=GROUP)
    harness.telegram.fail(SendMessage, bad_request("EPHEMERAL_MESSAGES_UNSUPPORTED"))
    await harness.say("/draw пёс", chat=GROUP)
    aside, aloud = harness.telegram.of(SendMessage)
    assert (_alone(aside), _alone(aloud)) == (ANNA, None)
    assert aside.text == aloud.text


async def test_50_a_banned_person_is_not_shamed_before_the_group(harness: BotHarness) -> None:
    await harness.say("кот")
    await sql(harness.db, "UPDATE users SET blocked = TRUE")
    await harness.say("/draw пёс", chat=GROUP)
    (call,) = harness.telegram.of(SendMessage)
    assert _alone(call) == ANNA


async def test_41_whoever_speaks_for_the_group_is_answered_before_all(harness: BotHarness) -> None:
    await harness.say("/draw a cat", chat=GROUP, **ANONYMOUS)
    (call,) = harness.telegram.of(SendMessage)
    assert _alone(call) is None  # no person is known who could see it


async def test_41_neither_bots_nor_copies_of_a_channels_posts_are_answered(
    harness: BotHarness,
) -> None:
    bot: Any = {"id": 136817688, "is_bot": True, "first_name": "Channel"}
    spoken: dict[str, Any] = {"sender": bot, "sender_chat": CHANNEL}
    await harness.say("/draw кот", chat=GROUP, **spoken, is_automatic_forward=True)
    await harness.say("/draw кот", chat=GROUP, sender=bot)
    assert (harness.answers(), await harness.jobs()) == ([], [])


async def test_41_a_post_in_a_channel_is_refused_once_in_the_language_of_its_words(
    harness: BotHarness,
) -> None:
    async def post(text: str, chat: dict[str, Any], kind: str = "text") -> None:
        number = next(harness.messages)
        message = {"message_id": number, "date": 1, "chat": chat, "sender_chat": chat}
        await harness.feed({"update_id": 900 + number, "channel_post": {**message, kind: text}})

    for text in ("/draw кот", "/draw пёс", "Новости без команды", "/draw@other_bot кот"):
        await post(text, CHANNEL)
    await post("/draw a cat", {**CHANNEL, "id": -6})
    await post("/style a cat", {**CHANNEL, "id": -7}, "caption")
    await post("/like кот", {**CHANNEL, "id": -8}, "caption")
    languages = ("ru", "en", "en", "ru")
    assert harness.answers() == [harness.context.texts(code, "draw-own-name") for code in languages]
    assert await harness.jobs() == []


async def test_41_in_a_group_everybody_is_counted_as_the_person_they_are(
    harness: BotHarness,
) -> None:
    for user in (ANNA, BORIS):
        await harness.say("/draw a cat", user=user, chat=GROUP)
    assert [job.user_id for job in await harness.jobs()] == [ANNA, BORIS]
