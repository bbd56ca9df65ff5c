"""What arrives in the chat, however Telegram behaves."""

from typing import Any

from aiogram.methods import (
    EditMessageMedia,
    EditMessageText,
    SendMessage,
    SendPhoto,
)

from store import jobs
from store.messages import outbox
from store.model import Notice
from tests.fixtures.bot import ANNA, BORIS, GROUP, KEY, BotHarness, bad_request, engine_is_here
from tests.fixtures.delivery import outbox_states, shown
from tests.fixtures.store import claimed, database_now_ms, sql


async def test_10_an_idle_engine_begins_at_once_and_the_message_has_a_cancel_button(
    harness: BotHarness,
) -> None:
    await engine_is_here(harness.db)
    update = await harness.say("кот <в> лодке", message_thread_id=7, is_topic_message=True)
    assert await harness.deliver() == ["ack"]
    (call,) = harness.telegram.of(SendMessage)
    assert call.text == harness.context.texts("ru", "status-starting", prompt="кот &lt;в&gt; лодке")
    assert call.message_thread_id == 7
    reply: Any = call.reply_parameters
    assert reply.message_id == update["message"]["message_id"]
    assert reply.allow_sending_without_reply
    keyboard: Any = call.reply_markup
    assert keyboard.inline_keyboard[0][0].callback_data == "cancel:1"
    assert (await harness.jobs())[0].status_message_id == 5001


async def test_10_the_acknowledgement_names_place_and_waiting_time(harness: BotHarness) -> None:
    await engine_is_here(harness.db)
    await harness.say("кот")
    await harness.finish(await harness.painting())  # 21 steps in 83 s: a pace to judge by
    await harness.deliver()
    for user, words in ((BORIS, "a cat"), (ANNA, "лес"), (BORIS, "a cat")):
        await harness.say(f"/draw {words}", user=user, chat=GROUP)
    await claimed(harness.db)
    await harness.deliver()
    painted, russian, english = harness.answers()[-3:]
    assert "Starting to paint" in painted
    assert "Место в очереди: 1, ваша картина следующая" in russian
    assert "Начну примерно через 1 мин 30 с" in russian  # 83 s, not to the second
    assert "Place in the queue: 2, 1 picture ahead" in english
    assert "Starting in about 3 min" in english


async def test_46_without_an_engine_the_place_is_kept(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.deliver()
    assert harness.answers() == [
        harness.context.texts("ru", "status-offline", prompt="кот", place=1)
    ]


async def test_25_the_result_is_an_animation_in_place_and_a_picture_that_rings(
    harness: BotHarness,
) -> None:
    await harness.say("кот & пёс")
    await harness.deliver()
    await harness.finish(
        await harness.painting(), Notice("notice-size-rounded", {"width": 64, "height": 48})
    )
    assert await harness.deliver() == ["animation", "picture"]
    animation, picture = shown(harness)
    assert (animation.message_id, picture.message_id) == (5001, None)
    assert (animation.kind, animation.data) == ("animation", b"animation.mp4")
    assert animation.reply_markup is None
    assert (picture.kind, picture.data) == ("photo", b"picture.png")
    acknowledgement, photo = harness.telegram.of(SendMessage)[0], harness.telegram.of(SendPhoto)[0]
    assert acknowledgement.disable_notification and not photo.disable_notification
    for part in (
        "кот &amp; пёс",
        "<code>12345</code>",
        "64×48",
        "21 шаг,",
        "1 мин 23 с",
        "округлён",
    ):
        assert part in picture.caption
    assert picture.reply_markup.inline_keyboard[0][0].callback_data == "do:again:1:0"
    assert len(harness.telegram.of(SendMessage)) == 1
    assert all(state == "sent" for _, state in await outbox_states(harness))


async def test_25_everything_answers_the_request_in_its_topic(harness: BotHarness) -> None:
    topic: Any = {"message_thread_id": 7, "is_topic_message": True}
    update = await harness.say("/draw кот", chat=GROUP, **topic)
    await harness.deliver()
    await harness.finish(await harness.painting())
    harness.telegram.fail(EditMessageMedia, bad_request("message to edit not found"))
    await harness.deliver()
    sent: list[Any] = harness.telegram.of(SendMessage)
    assert len(sent) == 2  # the acknowledgement, and a line for the picture in its place
    for call in sent:
        assert call.message_thread_id == 7
        assert call.reply_parameters.message_id == update["message"]["message_id"]
        assert call.reply_parameters.allow_sending_without_reply


async def test_a_refused_message_is_given_up_and_the_next_one_goes(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.say("пёс")
    harness.telegram.fail(SendMessage, bad_request("can't parse entities"))
    await harness.deliver()
    assert await outbox_states(harness) == [("ack", "undeliverable"), ("ack", "sent")]


async def test_46_a_failed_job_is_told_in_one_sentence(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.deliver()
    job = await harness.painting()
    await sql(harness.db, "UPDATE jobs SET attempt = 3")
    await sql(harness.db, "UPDATE jobs SET lease_until_ms = 0")
    assert await jobs.reap(harness.db) == [(job.id, "failed")]
    assert await harness.deliver() == ["sorry"]
    (edit,) = harness.telegram.of(EditMessageText)
    assert edit.message_id == 5001
    assert edit.text is not None
    assert "обрывалась" in edit.text
    assert edit.reply_markup is None


async def test_a_lost_file_is_admitted(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.deliver()
    await harness.finish(await harness.painting())
    harness.files.delete(f"{KEY}/picture.png")
    await harness.deliver()
    (edit,) = harness.telegram.of(EditMessageText)
    assert edit.text == harness.context.texts("ru", "undelivered-lost", prompt="кот")
    assert edit.message_id == 5001
    assert harness.telegram.of(SendPhoto) == []


async def test_a_full_group_waits_and_loses_nothing(harness: BotHarness) -> None:
    await harness.say("/draw a cat", chat=GROUP)
    calls = str([await database_now_ms(harness.db) - 3000] * 20)
    statement = "INSERT INTO chats (chat_id, calls) VALUES (:chat, :calls)"
    await sql(harness.db, statement, chat=GROUP, calls=calls)
    delivery = await outbox.claim_due(harness.db, "test")
    assert delivery is not None
    await harness.courier.deliver(delivery)
    assert harness.telegram.calls == []
    assert await outbox_states(harness) == [("ack", "pending")]
    await sql(harness.db, "UPDATE outbox SET due_ms = 0")
    assert await harness.deliver() == ["ack"]
