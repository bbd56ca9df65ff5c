"""What counts as a request for a picture, and that each is taken exactly once."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from aiogram.methods import SendMessage

from bot.delivery.courier import Courier
from bot.delivery.settings import DeliverySettings
from tests.fixtures.bot import ANNA, BORIS, GROUP, BotHarness, person
from tests.fixtures.store import sql
from tests.fixtures.telegram.fake_telegram import ME


@pytest.fixture
def limits() -> dict[str, int]:
    return {"per_user_waiting": 3}


async def test_1_a_text_in_a_private_chat_is_a_request(harness: BotHarness) -> None:
    update = await harness.say("кот в лодке")
    (job,) = await harness.jobs()
    message_id = update["message"]["message_id"]
    assert (job.prompt, job.user_id, job.chat_id, job.language) == ("кот в лодке", ANNA, ANNA, "ru")
    assert (job.message_id, job.request_key) == (message_id, f"{ANNA}:{message_id}")
    assert job.request.seed is not None
    await harness.say("/help")
    await harness.say("/dance")
    assert len(await harness.jobs()) == 1


@pytest.mark.parametrize("text", ["/draw a cat", "/draw@mazok_bot a cat", "/Draw\na cat"])
async def test_1_draw_is_a_request_everywhere(harness: BotHarness, text: str) -> None:
    await harness.say(text, user=BORIS)
    await harness.say(text, user=BORIS, chat=GROUP)
    assert [(job.prompt, job.chat_id) for job in await harness.jobs()] == [
        ("a cat", BORIS),
        ("a cat", GROUP),
    ]


async def test_1_in_a_group_draw_may_also_answer_a_text_and_talk_is_left_alone(
    harness: BotHarness,
) -> None:
    chat: dict[str, Any] = {"id": GROUP, "type": "supergroup"}
    said = {"message_id": 5, "date": 1, "chat": chat, "text": "a cat in a boat"}
    for talk in ("hello", "draw a cat", "what does /draw a cat do?", "mazok_bot, a cat"):
        await harness.say(talk, chat=GROUP)
        await harness.say(talk, chat=GROUP, reply_to_message=said)
    assert (await harness.jobs(), harness.telegram.calls) == ([], [])
    await harness.say("/draw", chat=GROUP, reply_to_message=said)
    assert [job.prompt for job in await harness.jobs()] == ["a cat in a boat"]
    asked = {**said, "from": person(BORIS), "text": "/draw a dog"}
    status = {**said, "from": ME, "text": "“a cat” Starting to paint."}
    await harness.say("/draw", chat=GROUP, reply_to_message=asked)
    await harness.say("/draw", chat=GROUP, reply_to_message=status)
    assert [job.prompt for job in await harness.jobs()][1:] == ["a dog"]
    assert harness.answers() == [harness.context.texts("ru", "draw-empty")]


async def test_2_draw_without_words_gets_an_example_and_makes_no_job(harness: BotHarness) -> None:
    opened: dict[str, Any] = {"id": GROUP, "type": "supergroup"}
    topic = {"message_id": 5, "date": 1, "chat": opened, "forum_topic_created": {}}
    topic["forum_topic_created"] = {"name": "Cats", "icon_color": 1}
    await harness.say("/draw")
    await harness.say("/draw", user=BORIS, chat=GROUP, reply_to_message=topic)
    russian, english = harness.answers()
    assert russian.count("<code>/draw ") == english.count("<code>/draw ") == 1
    assert max(len(russian), len(english)) < 120
    assert await harness.jobs() == []


async def test_4_commands_for_other_bots_are_ignored(harness: BotHarness) -> None:
    for chat in (None, GROUP):
        for text in ("/draw@other_bot a cat", "/dance@other_bot", "/help@mazok_bot_2"):
            await harness.say(text, chat=chat)
    assert await harness.jobs() == []
    assert harness.telegram.calls == []


async def test_5_a_prompt_over_the_limit_is_refused_with_the_limit_and_its_length(
    harness: BotHarness,
) -> None:
    await harness.say("x" * 501, user=BORIS)
    await harness.say("ы" * 4096)
    english, russian = harness.answers()
    assert "501" in english and "500" in english
    assert "4096" in russian and "500" in russian
    assert await harness.jobs() == []
    await harness.say("ы" * 500)
    assert len(await harness.jobs()) == 1


async def test_6_the_acknowledgement_goes_out_at_once_and_waits_for_no_engine(
    harness: BotHarness,
) -> None:
    """The courier is woken: by itself it would look again in an hour."""
    settings = DeliverySettings(courier_poll_s=3600.0)
    delivery_context = replace(harness.delivery_context, settings=settings)
    stop = asyncio.Event()
    courier = asyncio.create_task(
        Courier("test", delivery_context, harness.context.nudge).run(stop)
    )
    await asyncio.sleep(0.2)
    await harness.say("кот")
    async with asyncio.timeout(20):
        while not harness.telegram.of(SendMessage):
            await asyncio.sleep(0.02)
        (job,) = await harness.jobs()
        assert (job.state, job.worker) == ("queued", None)
        stop.set()
        harness.context.nudge.set()
        await courier


async def test_7_the_job_is_in_the_database_before_anything_is_sent(harness: BotHarness) -> None:
    await harness.say("кот")
    assert harness.telegram.calls == []  # the handler tells nobody
    assert await sql(harness.db, "SELECT state FROM jobs") == [("queued",)]
    assert await sql(harness.db, "SELECT kind FROM outbox") == [("ack",)]


async def test_8_an_update_that_comes_again_makes_no_second_job(harness: BotHarness) -> None:
    update = await harness.say("кот")
    await harness.feed(update)
    await harness.feed({**update, "update_id": 999})
    assert len(await harness.jobs()) == 1
    assert await sql(harness.db, "SELECT COUNT(*) FROM outbox") == [(1,)]
    assert await sql(harness.db, "SELECT used FROM users") == [(1,)]
    assert harness.telegram.calls == []  # nor does anybody hear of it
    await harness.say("кот")  # the same words again are another wish
    await harness.say("кот", user=BORIS, message_id=update["message"]["message_id"])
    assert len(await harness.jobs()) == 3


async def test_9_an_edited_message_starts_nothing(harness: BotHarness) -> None:
    update = await harness.say("кот")
    for text in ("пёс", "/draw пёс", "/cancel"):
        await harness.feed(
            {"update_id": 999, "edited_message": {**update["message"], "text": text}}
        )
    assert [(job.prompt, job.state) for job in await harness.jobs()] == [("кот", "queued")]
    asked_for = set(harness.dispatcher.resolve_used_update_types())
    assert asked_for == {
        "callback_query",
        "channel_post",
        "inline_query",
        "message",
        "my_chat_member",
    }
