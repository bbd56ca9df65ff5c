"""What people may ask for, and what they are told."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiogram.methods import (
    EditMessageReplyMarkup,
    SendMessage,
)

from store import jobs
from store.errors import RequestError
from tests.bot_fixtures import ADMIN, ANNA, BORIS, GROUP, Room, opened_room
from tests.store_fixtures import claimed, sql


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with opened_room(tmp_path, per_user_waiting=3) as room:
        yield room


def _other_message(**content: Any) -> dict[str, Any]:
    chat = {"id": GROUP, "type": "supergroup"}
    return {"message_id": 5, "date": 1, "chat": chat, **content}


async def test_a_text_in_a_private_chat_is_a_request(room: Room) -> None:
    update = await room.say("кот в лодке")
    (job,) = await room.jobs()
    message_id = update["message"]["message_id"]
    assert (job.prompt, job.user_id, job.chat_id, job.language) == ("кот в лодке", ANNA, ANNA, "ru")
    assert (job.message_id, job.request_key) == (message_id, f"{ANNA}:{message_id}")
    assert job.request.seed is not None
    assert room.telegram.calls == []  # the acknowledgement is the courier's


@pytest.mark.parametrize("text", ["/draw a cat", "/draw@mazok_bot a cat", "/Draw\na cat"])
async def test_draw_is_a_request_everywhere(room: Room, text: str) -> None:
    await room.say(text, user=BORIS)
    await room.say(text, user=BORIS, chat=GROUP)
    assert [(job.prompt, job.chat_id) for job in await room.jobs()] == [
        ("a cat", BORIS),
        ("a cat", GROUP),
    ]


async def test_draw_in_reply_takes_the_other_text_or_what_is_quoted_of_it(room: Room) -> None:
    reply: dict[str, Any] = {"reply_to_message": _other_message(text="кот и пёс")}
    await room.say("/draw", chat=GROUP, **reply)
    await room.say("/draw", chat=GROUP, **reply, quote={"text": "пёс", "position": 6})
    await room.say("/draw сова", chat=GROUP, **reply)
    assert [job.prompt for job in await room.jobs()] == ["кот и пёс", "пёс", "сова"]


async def test_talk_in_groups_and_commands_for_other_bots_are_ignored(room: Room) -> None:
    for text in ("hello", "/draw@other_bot a cat", "/dance"):
        await room.say(text, chat=GROUP)
    await room.say("/draw@other_bot a cat")
    await room.say("/dance@other_bot")
    assert await room.jobs() == []
    assert room.telegram.calls == []


async def test_draw_without_words_gets_an_example(room: Room) -> None:
    await room.say("/draw")
    await room.say("/draw", chat=GROUP, reply_to_message=_other_message(forum_topic_closed={}))
    assert all("<code>/draw " in answer for answer in room.answers())
    assert len(room.answers()) == 2
    assert await room.jobs() == []


async def test_a_voice_message_is_told_that_words_are_needed(room: Room) -> None:
    await room.say(voice={"file_id": "f", "file_unique_id": "u", "duration": 1})
    await room.say(pinned_message=_other_message(text="x"))  # about the chat: nothing to answer
    assert room.answers() == [room.desk.texts("ru", "draw-words-only")]


async def test_an_update_that_comes_again_makes_no_second_job(room: Room) -> None:
    update = await room.say("кот")
    await room.feed(update)
    await room.feed({**update, "update_id": 999})
    assert len(await room.jobs()) == 1


async def test_an_edited_message_starts_nothing(room: Room) -> None:
    update = await room.say("кот")
    await room.feed({"update_id": 999, "edited_message": {**update["message"], "text": "пёс"}})
    assert [job.prompt for job in await room.jobs()] == ["кот"]
    assert set(room.dispatcher.resolve_used_update_types()) == {
        "message",
        "callback_query",
        "inline_query",
    }


async def test_refusals_are_one_safe_sentence(room: Room) -> None:
    await room.say("x" * 501, user=BORIS)
    await room.say("кот:1e9", user=ANNA)
    long, heavy = room.answers()
    assert "501" in long
    assert "500" in long
    assert "1000" in heavy
    for _ in range(4):
        await room.say("a cat", user=BORIS)
    assert "3" in room.answers()[-1]
    forged = RequestError("request-size-unreadable", value="<b")
    assert "&lt;b" in room.desk.sentence(forged, "ru")
    assert len([job for job in await room.jobs() if job.user_id == BORIS]) == 3


async def test_answers_stay_in_the_topic_and_reply_to_the_question(room: Room) -> None:
    topic: dict[str, Any] = {"message_thread_id": 7, "is_topic_message": True}
    await room.say("/help", chat=GROUP, **topic)
    await room.say("/draw кот", chat=GROUP, **topic)
    await room.say("/draw пёс", chat=GROUP, message_thread_id=9)  # a plain reply, no topic
    (call,) = room.telegram.of(SendMessage)
    assert call.message_thread_id == 7
    assert call.reply_parameters is not None
    assert call.reply_parameters.allow_sending_without_reply
    assert [job.thread_id for job in await room.jobs()] == [7, None]


async def test_an_anonymous_administrator_is_counted_to_the_group(room: Room) -> None:
    bot: Any = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    group: Any = {"id": GROUP, "type": "supergroup"}
    await room.say("/draw кот", chat=GROUP, sender=bot, sender_chat=group)
    (job,) = await room.jobs()
    assert job.user_id == GROUP
    await room.say("/cancel", chat=GROUP, sender=bot, sender_chat=group)
    assert (await room.jobs())[0].state == "cancelled"


async def test_nobody_draws_in_the_name_of_a_channel_and_bots_are_ignored(room: Room) -> None:
    bot: Any = {"id": 136817688, "is_bot": True, "first_name": "Channel"}
    channel = {"id": -5, "type": "channel", "title": "News"}
    spoken: dict[str, Any] = {"sender": bot, "sender_chat": channel}
    await room.say("/draw кот", chat=GROUP, **spoken)
    assert room.answers() == [room.desk.texts("en", "draw-own-name")]
    await room.say("/draw кот", chat=GROUP, **spoken, is_automatic_forward=True)
    await room.say("/draw кот", chat=GROUP, sender=bot)
    assert len(room.answers()) == 1
    assert await room.jobs() == []


async def test_start_has_three_lines_and_a_button_that_draws(room: Room) -> None:
    await room.say("/start")
    (call,) = room.telegram.of(SendMessage)
    assert len(call.text.splitlines()) == 3
    keyboard: Any = call.reply_markup
    data = keyboard.inline_keyboard[0][0].callback_data
    await room.tap(data)
    await room.tap(data)  # the second half of a double tap
    (job,) = await room.jobs()
    assert job.prompt in keyboard.inline_keyboard[0][0].text
    later: Any = room.telegram.of(EditMessageReplyMarkup)[-1].reply_markup
    await room.tap(later.inline_keyboard[0][0].callback_data)
    first, second = await room.jobs()
    assert first.prompt != second.prompt
    assert room.toasts() == [room.desk.texts("ru", "alert-example")] * 3


async def test_help_fits_one_screen_with_two_examples_in_both_languages(room: Room) -> None:
    await room.say("/help", user=ANNA)
    await room.say("/help", user=BORIS)
    russian, english = room.answers()
    for text in (russian, english):
        assert text.count("<code>") == 3  # the third shows one sign
        assert len(text.splitlines()) <= 16
        assert len(text) < 900
    assert "кот:2" in russian
    assert "cat:2" in english


async def test_unknown_commands_are_named_so_in_private_only(room: Room) -> None:
    await room.say("/grant 5")
    assert room.answers() == [room.desk.texts("ru", "command-unknown")]
    assert await room.jobs() == []


async def test_cancel_takes_the_askers_own_newest_job(room: Room) -> None:
    await room.say("кот")
    await room.say("a dog", user=BORIS)
    update = await room.say("/cancel")
    await room.feed(update)  # again: nothing more happens
    assert [job.state for job in await room.jobs()] == ["cancelled", "queued"]
    await room.say("/cancel")
    assert room.answers() == [
        room.desk.texts("ru", "cancel-cancelled"),
        room.desk.texts("ru", "cancel-none"),
    ]


async def test_a_running_job_is_asked_to_stop(room: Room) -> None:
    await room.say("кот")
    job, token = await claimed(room.db)
    await room.say("/cancel")
    assert room.answers() == [room.desk.texts("ru", "cancel-stopping")]
    assert (await jobs.beat(room.db, job.id, token, step=1, steps=9)).cancel


async def test_the_cancel_button_obeys_asker_and_administrators_only(room: Room) -> None:
    for _ in range(3):
        await room.say("/draw a cat", user=BORIS, chat=GROUP)
    first, second, third = [f"cancel:{job.id}" for job in await room.jobs()]
    await room.tap(first, user=ANNA, chat=GROUP)
    await room.desk.replies.settle()
    assert [job.state for job in await room.jobs()] == ["queued"] * 3
    assert room.toasts() == [room.desk.texts("ru", "alert-not-yours")]
    await room.tap(first, user=BORIS, chat=GROUP)
    await room.tap(second, user=ADMIN, chat=GROUP)
    room.telegram.administrators.add(ANNA)
    await room.tap(third, user=ANNA, chat=GROUP)
    await room.desk.replies.settle()
    assert [job.state for job in await room.jobs()] == ["cancelled"] * 3


async def test_stale_and_forged_buttons_are_answered_and_change_nothing(room: Room) -> None:
    await room.say("/draw a cat", user=BORIS, chat=GROUP)
    (job,) = await room.jobs()
    for data in ("cancel:999", "cancel:x", "nonsense", "do:gif:999:0", "do:melt:1:0"):
        await room.tap(data)
    await room.tap(f"cancel:{job.id}", user=BORIS)  # from another chat
    await room.tap(f"do:gif:{job.id}:0", user=ANNA)
    assert set(room.toasts()) == {
        room.desk.texts("ru", "alert-stale"),
        room.desk.texts("en", "alert-stale"),
    }
    assert len(room.toasts()) == 7
    assert (await room.jobs())[0].state == "queued"


async def test_a_finished_job_can_no_longer_be_cancelled(room: Room) -> None:
    await room.say("кот")
    await room.finish(await room.painting())
    await room.tap("cancel:1")
    assert room.toasts() == [room.desk.texts("ru", "alert-finished")]
    assert (await room.jobs())[0].state == "done"


async def test_a_failing_store_is_tried_again_and_then_admitted(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.dispatcher.PAUSES_S", (0.0, 0.0))
    accept, failures = jobs.accept, [OSError("disk"), OSError("disk")]

    async def failing(*arguments: Any, **names: Any) -> Any:
        if failures:
            raise failures.pop()
        return await accept(*arguments, **names)

    monkeypatch.setattr(jobs, "accept", failing)
    await room.say("кот")
    assert len(await room.jobs()) == 1
    failures += [OSError("disk")] * 3
    await room.say("пёс")
    assert room.answers() == [room.desk.texts("ru", "try-later")]


async def test_an_answer_in_a_busy_chat_comes_later_and_holds_nobody(room: Room) -> None:
    update = await room.say("/help")
    await room.feed({**update, "update_id": 999}, in_peace=False)
    await room.say("/help", user=BORIS)
    assert [call.chat_id for call in room.telegram.of(SendMessage)] == [ANNA, BORIS]


async def test_a_persons_own_choice_of_language_outweighs_telegrams(room: Room) -> None:
    await room.say("кот")
    await sql(room.db, "UPDATE users SET language = 'en'")
    await room.say("/help")
    await room.say("кот")
    await room.tap("do:gif:99:0")
    assert room.answers() == [room.desk.texts("en", "help")]
    assert [job.language for job in await room.jobs()] == ["ru", "en"]
    assert room.toasts() == [room.desk.texts("en", "alert-stale")]


async def test_a_blocked_person_hears_so_once_and_gets_nothing(room: Room) -> None:
    await room.say("кот")
    await sql(room.db, "UPDATE users SET blocked = TRUE")
    await room.say("not for the bot", chat=GROUP)
    for text in ("пёс", "/help", "/draw сова", "/cancel"):
        await room.say(text)
    await room.tap("try:0")
    assert room.answers() == [room.desk.texts("ru", "blocked")]
    assert room.toasts() == []
    assert [job.state for job in await room.jobs()] == ["queued"]


async def test_a_group_that_becomes_a_supergroup_keeps_its_queue(room: Room) -> None:
    await room.say("/draw кот", chat=GROUP)
    await room.say(chat=GROUP, migrate_to_chat_id=GROUP * 1000)
    (job,) = await room.jobs()
    assert job.chat_id == GROUP * 1000
