"""What people may ask for, and what they are told."""

from typing import Any

import pytest
from aiogram.methods import (
    EditMessageReplyMarkup,
    SendMessage,
)

from tests.fixtures.bot import ANNA, BORIS, GROUP, BotHarness
from tests.fixtures.store import sql


@pytest.fixture
def limits() -> dict[str, int]:
    return {"per_user_waiting": 3}


def _other_message(**content: Any) -> dict[str, Any]:
    chat = {"id": GROUP, "type": "supergroup"}
    return {"message_id": 5, "date": 1, "chat": chat, **content}


async def test_draw_in_reply_takes_the_other_text_or_what_is_quoted_of_it(
    harness: BotHarness,
) -> None:
    reply: dict[str, Any] = {"reply_to_message": _other_message(text="кот и пёс")}
    await harness.say("/draw", chat=GROUP, **reply)
    await harness.say("/draw", chat=GROUP, **reply, quote={"text": "пёс", "position": 6})
    await harness.say("/draw сова", chat=GROUP, **reply)
    assert [job.prompt for job in await harness.jobs()] == ["кот и пёс", "пёс", "сова"]


async def test_25_answers_stay_in_the_topic_and_reply_to_the_question(harness: BotHarness) -> None:
    topic: dict[str, Any] = {"message_thread_id": 7, "is_topic_message": True}
    await harness.say("/help", chat=GROUP, **topic)
    await harness.say("/draw кот", chat=GROUP, **topic)
    await harness.say("/draw пёс", chat=GROUP, message_thread_id=9)  # a plain reply, no topic
    (call,) = harness.telegram.of(SendMessage)
    assert call.message_thread_id == 7
    assert call.reply_parameters is not None
    assert call.reply_parameters.allow_sending_without_reply
    assert [job.thread_id for job in await harness.jobs()] == [7, None]


async def test_49_start_has_three_lines_and_a_button_that_draws(harness: BotHarness) -> None:
    await harness.say("/start")
    (call,) = harness.telegram.of(SendMessage)
    assert len(call.text.splitlines()) == 3
    keyboard: Any = call.reply_markup
    data = keyboard.inline_keyboard[0][0].callback_data
    await harness.tap(data)
    await harness.tap(data)  # the second half of a double tap
    (job,) = await harness.jobs()
    assert job.prompt in keyboard.inline_keyboard[0][0].text
    later: Any = harness.telegram.of(EditMessageReplyMarkup)[-1].reply_markup
    await harness.tap(later.inline_keyboard[0][0].callback_data)
    first, second = await harness.jobs()
    assert first.prompt != second.prompt
    assert harness.toasts() == [harness.context.texts("ru", "alert-example")] * 3


async def test_49_help_fits_one_screen_with_two_examples_in_both_languages(
    harness: BotHarness,
) -> None:
    await harness.say("/help", user=ANNA)
    await harness.say("/help", user=BORIS)
    russian, english = harness.answers()
    for text in (russian, english):
        assert text.count("<code>") == 2
        assert len(text.splitlines()) <= 16
        assert len(text) < 900
    assert "рыжий кот, 3:2" in russian
    assert "a red cat, 3:2" in english


async def test_unknown_commands_are_named_so_in_private_only(harness: BotHarness) -> None:
    await harness.say("/grant 5")
    assert harness.answers() == [harness.context.texts("ru", "command-unknown")]
    assert await harness.jobs() == []


async def test_an_answer_in_a_busy_chat_comes_later_and_holds_nobody(harness: BotHarness) -> None:
    update = await harness.say("/help")
    await harness.feed({**update, "update_id": 999}, chats_free=False)
    await harness.say("/help", user=BORIS)
    assert [call.chat_id for call in harness.telegram.of(SendMessage)] == [ANNA, BORIS]


async def test_33_a_persons_own_choice_of_language_outweighs_telegrams(harness: BotHarness) -> None:
    await harness.say("кот")
    await sql(harness.db, "UPDATE users SET language = 'en'")
    await harness.say("/help")
    await harness.say("кот")
    await harness.tap("do:gif:99:0")
    assert harness.answers() == [harness.context.texts("en", "help", knows="all")]
    assert [job.language for job in await harness.jobs()] == ["ru", "en"]
    assert harness.toasts() == [harness.context.texts("en", "alert-stale")]


async def test_39_a_blocked_person_hears_so_once_and_gets_nothing(harness: BotHarness) -> None:
    await harness.say("кот")
    await sql(harness.db, "UPDATE users SET blocked = TRUE")
    await harness.say("not for the bot", chat=GROUP)
    for text in ("пёс", "/help", "/draw сова", "/cancel"):
        await harness.say(text)
    await harness.tap("try:0")
    assert harness.answers() == [harness.context.texts("ru", "blocked")]
    assert harness.toasts() == []
    assert [job.state for job in await harness.jobs()] == ["queued"]


async def test_43_a_group_that_becomes_a_supergroup_keeps_its_queue(harness: BotHarness) -> None:
    await harness.say("/draw кот", chat=GROUP)
    await harness.say(chat=GROUP, migrate_to_chat_id=GROUP * 1000)
    (job,) = await harness.jobs()
    assert job.chat_id == GROUP * 1000
