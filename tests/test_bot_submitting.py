"""What counts as a request for a picture, and that each is taken exactly once."""

import asyncio
from typing import Any

import pytest
from aiogram.methods import SendMessage

from tests.bot_fixtures import ANNA, BORIS, GROUP, Room, person
from tests.recorder_fixtures import ME
from tests.store_fixtures import sql


@pytest.fixture
def limits() -> dict[str, int]:
    return {"per_user_waiting": 3}


async def test_1_a_text_in_a_private_chat_is_a_request(room: Room) -> None:
    update = await room.say("кот в лодке")
    (job,) = await room.jobs()
    message_id = update["message"]["message_id"]
    assert (job.prompt, job.user_id, job.chat_id, job.language) == ("кот в лодке", ANNA, ANNA, "ru")
    assert (job.message_id, job.request_key) == (message_id, f"{ANNA}:{message_id}")
    assert job.request.seed is not None
    await room.say("/help")
    await room.say("/dance")
    assert len(await room.jobs()) == 1


@pytest.mark.parametrize("text", ["/draw a cat", "/draw@mazok_bot a cat", "/Draw\na cat"])
async def test_1_draw_is_a_request_everywhere(room: Room, text: str) -> None:
    await room.say(text, user=BORIS)
    await room.say(text, user=BORIS, chat=GROUP)
    assert [(job.prompt, job.chat_id) for job in await room.jobs()] == [
        ("a cat", BORIS),
        ("a cat", GROUP),
    ]


async def test_1_in_a_group_draw_may_also_answer_a_text_and_talk_is_left_alone(room: Room) -> None:
    chat: dict[str, Any] = {"id": GROUP, "type": "supergroup"}
    said = {"message_id": 5, "date": 1, "chat": chat, "text": "a cat in a boat"}
    for talk in ("hello", "draw a cat", "what does /draw a cat do?", "mazok_bot, a cat"):
        await room.say(talk, chat=GROUP)
        await room.say(talk, chat=GROUP, reply_to_message=said)
    assert (await room.jobs(), room.telegram.calls) == ([], [])
    await room.say("/draw", chat=GROUP, reply_to_message=said)
    assert [job.prompt for job in await room.jobs()] == ["a cat in a boat"]
    asked = {**said, "from": person(BORIS), "text": "/draw a dog"}
    status = {**said, "from": ME, "text": "“a cat” Getting to work."}
    await room.say("/draw", chat=GROUP, reply_to_message=asked)
    await room.say("/draw", chat=GROUP, reply_to_message=status)
    assert [job.prompt for job in await room.jobs()][1:] == ["a dog"]
    assert room.answers() == [room.desk.texts("ru", "draw-empty")]


async def test_2_draw_without_words_gets_an_example_and_makes_no_job(room: Room) -> None:
    opened: dict[str, Any] = {"id": GROUP, "type": "supergroup"}
    topic = {"message_id": 5, "date": 1, "chat": opened, "forum_topic_created": {}}
    topic["forum_topic_created"] = {"name": "Cats", "icon_color": 1}
    await room.say("/draw")
    await room.say("/draw", user=BORIS, chat=GROUP, reply_to_message=topic)
    russian, english = room.answers()
    assert russian.count("<code>/draw ") == english.count("<code>/draw ") == 1
    assert max(len(russian), len(english)) < 120
    assert await room.jobs() == []


async def test_4_commands_for_other_bots_are_ignored(room: Room) -> None:
    for chat in (None, GROUP):
        for text in ("/draw@other_bot a cat", "/dance@other_bot", "/help@mazok_bot_2"):
            await room.say(text, chat=chat)
    assert await room.jobs() == []
    assert room.telegram.calls == []


async def test_5_a_prompt_over_the_limit_is_refused_with_the_limit_and_its_length(
    room: Room,
) -> None:
    await room.say("x" * 501, user=BORIS)
    await room.say("ы" * 4096)
    english, russian = room.answers()
    assert "501" in english and "500" in english
    assert "4096" in russian and "500" in russian
    assert await room.jobs() == []
    await room.say("ы" * 500)
    assert len(await room.jobs()) == 1


async def test_6_the_acknowledgement_goes_out_at_once_and_waits_for_no_engine(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The courier is woken: by itself it would look again in an hour."""
    monkeypatch.setattr("bot.courier.LOOK_S", 3600.0)
    stop = asyncio.Event()
    courier = asyncio.create_task(room.courier.run(stop))
    await asyncio.sleep(0.2)
    await room.say("кот")
    async with asyncio.timeout(20):
        while not room.telegram.of(SendMessage):
            await asyncio.sleep(0.02)
        (job,) = await room.jobs()
        assert (job.state, job.worker) == ("queued", None)
        stop.set()
        room.desk.nudge.set()
        await courier


async def test_7_the_job_is_in_the_database_before_anything_is_sent(room: Room) -> None:
    await room.say("кот")
    assert room.telegram.calls == []  # the handler tells nobody
    assert await sql(room.db, "SELECT jobs.state, outbox.kind FROM jobs JOIN outbox") == [
        ("queued", "ack")
    ]


async def test_8_an_update_that_comes_again_makes_no_second_job(room: Room) -> None:
    update = await room.say("кот")
    await room.feed(update)
    await room.feed({**update, "update_id": 999})
    assert len(await room.jobs()) == 1
    assert await sql(room.db, "SELECT COUNT(*) FROM outbox") == [(1,)]
    assert await sql(room.db, "SELECT used FROM users") == [(1,)]
    assert room.telegram.calls == []  # nor does anybody hear of it
    await room.say("кот")  # the same words again are another wish
    await room.say("кот", user=BORIS, message_id=update["message"]["message_id"])
    assert len(await room.jobs()) == 3


async def test_9_an_edited_message_starts_nothing(room: Room) -> None:
    update = await room.say("кот")
    for text in ("пёс", "/draw пёс", "/cancel"):
        await room.feed({"update_id": 999, "edited_message": {**update["message"], "text": text}})
    assert [(job.prompt, job.state) for job in await room.jobs()] == [("кот", "queued")]
    asked_for = set(room.dispatcher.resolve_used_update_types())
    assert asked_for == {
        "callback_query",
        "channel_post",
        "inline_query",
        "message",
        "my_chat_member",
    }
