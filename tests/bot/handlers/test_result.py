"""The buttons under a finished picture: what each does, and for whom."""

from pathlib import Path
from typing import Any

import pytest
from aiogram.methods import (
    AnswerCallbackQuery,
    EditMessageReplyMarkup,
    SendDocument,
    SendMessage,
)

from bot.views import result_keyboard
from store.request.request import STEPS
from tests.fixtures.bot import (
    ANNA,
    BORIS,
    GROUP,
    KEY,
    BotHarness,
    buttons,
    open_bot_harness,
)
from tests.fixtures.delivery import finished_job, shown
from tests.fixtures.store import credits, sql
from tests.fixtures.telegram.fake_telegram import ME


async def test_27_the_most_used_stand_in_one_row_and_the_rest_unfolds(harness: BotHarness) -> None:
    await finished_job(harness)
    (row,) = shown(harness)[-1].reply_markup.inline_keyboard
    assert [one.text for one in row] == ["Ещё раз", "Похожую", "Другое…"]
    await harness.tap("do:more:1:4")
    unfolded: Any = harness.telegram.of(EditMessageReplyMarkup)[-1]
    named = " ".join(buttons(unfolded).values())
    for action in ("again", "vary", "steps", "edit", "png", "gif", "facts", "share", "delete"):
        assert f"do:{action}:1:4" in named
    assert max(len(row) for row in unfolded.reply_markup.inline_keyboard) <= 3
    await harness.tap("do:less:1:4")
    folded = harness.telegram.of(EditMessageReplyMarkup)[-1]
    assert list(buttons(folded).values()) == ["do:again:1:4", "do:vary:1:4", "do:more:1:4"]
    assert len(await harness.jobs()) == 1


async def test_27_again_is_the_same_with_a_new_seed(harness: BotHarness) -> None:
    first = await finished_job(harness)
    await harness.tap("do:again:1:0")
    _, second = await harness.jobs()
    assert second.prompt == first.prompt
    assert second.request.seed != first.request.seed
    assert (second.user_id, second.chat_id, second.message_id) == (ANNA, ANNA, 77)


async def test_27_vary_starts_from_a_copy_of_the_picture(harness: BotHarness) -> None:
    first = await finished_job(harness)
    await harness.tap("do:vary:1:0")
    _, second = await harness.jobs()
    assert second.request.init is not None
    assert second.request.seed != first.request.seed
    await harness.tap("do:delete:1:1")  # the copy outlives the picture
    assert harness.files.read(second.request.init) == b"picture.png"
    assert not harness.files.exists(f"{KEY}/picture.png")


async def test_27_more_steps_are_twice_as_many_from_the_same_seed(harness: BotHarness) -> None:
    first = await finished_job(harness)
    await harness.tap("do:steps:1:0")
    _, second = await harness.jobs()
    assert (second.request.steps, second.request.seed) == (42, first.request.seed)
    await sql(
        harness.db, "UPDATE jobs SET result = replace(result, '21', :most)", most=str(STEPS[1])
    )
    await harness.tap("do:steps:1:1")
    assert harness.toasts()[-1] == harness.context.texts("ru", "alert-steps-most")
    assert len(await harness.jobs()) == 2


async def _question(harness: BotHarness, data: str = "do:edit:1:0", **tap: Any) -> SendMessage:
    await harness.tap(data, **tap)
    return harness.telegram.of(SendMessage)[-1]


def _reply_to(question: SendMessage, *, author: Any = ME) -> dict[str, Any]:
    """The question as Telegram brings it with the answer, markup turned into entities."""
    link = question.text.rpartition('href="')[2].partition('"')[0]
    entity = {"type": "text_link", "offset": 0, "length": 3, "url": link}
    chat = {"id": question.chat_id, "type": "private"}
    message = {"message_id": 900, "date": 1, "chat": chat, "from": author, "text": "…"}
    return {"reply_to_message": {**message, "entities": [entity]}}


async def test_27_new_words_keep_the_settings_also_after_a_restart(
    harness: BotHarness, tmp_path: Path
) -> None:
    first = await finished_job(harness)
    question = await _question(harness)
    assert "<code>кот &amp; пёс, зерно " in question.text
    force: Any = question.reply_markup
    assert (force.force_reply, force.input_field_placeholder) == (True, "кот & пёс")
    async with open_bot_harness(tmp_path) as again:  # nothing of the question was kept in memory
        await again.say("кит", message_id=50, **_reply_to(question))
        _, second = await again.jobs()
    assert (second.prompt, second.request.seed) == ("кит", first.request.seed)


async def test_27_new_words_are_taken_from_the_asker_alone(harness: BotHarness) -> None:
    await finished_job(harness, chat=GROUP)
    question = await _question(harness, chat=GROUP)
    assert f"tg://user?id={ANNA}" in question.text  # so that only her input field opens
    await harness.say("a whale", user=BORIS, chat=GROUP, **_reply_to(question))
    assert harness.answers()[-1] == harness.context.texts("en", "alert-not-yours")
    await harness.say("x" * 501, chat=GROUP, **_reply_to(question))
    assert "501" in harness.answers()[-1]
    forged = {**ME, "id": 999}
    await harness.say("кит", chat=GROUP, **_reply_to(question, author=forged))
    assert len(await harness.jobs()) == 1
    await harness.say("кит", chat=GROUP, **_reply_to(question))
    assert [job.prompt for job in await harness.jobs()] == ["кот & пёс", "кит"]


async def test_28_29_the_true_gif_and_the_lossless_png_come_as_files(harness: BotHarness) -> None:
    await finished_job(harness)
    for suffix, data in (("gif", b"animation.gif"), ("png", b"picture.png")):
        await harness.tap(f"do:{suffix}:1:0")
        call = harness.telegram.of(SendDocument)[-1]
        document: Any = call.document
        assert (document.data, document.filename) == (data, f"mazok-1.{suffix}")
        assert call.disable_content_type_detection
        assert call.reply_parameters is not None
        assert call.reply_parameters.message_id == 77


async def test_26_the_settings_used_are_code_to_copy(harness: BotHarness) -> None:
    await finished_job(harness)
    await harness.tap("do:facts:1:0")
    text = harness.answers()[-1]
    code = text.partition("<pre>")[2].partition("</pre>")[0]
    assert code.splitlines() == [
        "кот &amp; пёс",
        "зерно: 12345",
        "размер: 64×48",
        "шагов: 21",
        "расхождение с запросом: 0,50",
        "модель: pocket",
    ]


async def test_21_buttons_of_expired_files_explain(harness: BotHarness) -> None:
    await finished_job(harness)
    harness.files.delete("jobs/1")
    for action in ("png", "gif", "vary"):
        await harness.tap(f"do:{action}:1:0")
        answer = harness.telegram.of(AnswerCallbackQuery)[-1]
        assert answer.text == harness.context.texts("ru", "alert-files-gone")
        assert answer.show_alert
    assert harness.telegram.of(SendDocument) == []
    assert len(await harness.jobs()) == 1
    await harness.tap("do:again:1:0")  # this one needs no file
    assert len(await harness.jobs()) == 2


async def test_19_a_stranger_gets_an_alert_and_nothing_changes(harness: BotHarness) -> None:
    await finished_job(harness, chat=GROUP)
    harness.telegram.calls.clear()
    actions = ("again", "vary", "more", "steps", "edit", "png", "gif", "facts", "share", "delete")
    for action in actions:
        await harness.tap(f"do:{action}:1:0", user=BORIS, chat=GROUP)
    assert harness.toasts() == [harness.context.texts("en", "alert-not-yours")] * len(actions)
    assert all(call.show_alert for call in harness.telegram.of(AnswerCallbackQuery))
    (job,) = await harness.jobs()
    assert not job.erased
    changes = [call for call in harness.telegram.calls if "chat_id" in type(call).model_fields]
    assert [type(call).__name__ for call in changes] == [
        "GetChatMember"
    ] * 2  # for "more" and "delete"


async def test_19_a_picture_of_an_anonymous_administrator_belongs_to_all_of_them(
    harness: BotHarness,
) -> None:
    bot: Any = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    group: Any = {"id": GROUP, "type": "supergroup"}
    await harness.say("/draw кот", chat=GROUP, sender=bot, sender_chat=group)
    await harness.finish(await harness.painting())
    await harness.tap("do:again:1:0", user=BORIS, chat=GROUP)
    assert len(await harness.jobs()) == 1
    harness.telegram.administrators.add(BORIS)
    await harness.tap("do:again:1:0", user=BORIS, chat=GROUP)
    assert [job.user_id for job in await harness.jobs()] == [GROUP, GROUP]


async def test_22_buttons_work_after_a_restart(harness: BotHarness, tmp_path: Path) -> None:
    await finished_job(harness)
    async with open_bot_harness(tmp_path) as again:
        await again.tap("do:again:1:0")
        await again.tap("do:png:1:1")
        assert len(await again.jobs()) == 2
        assert len(again.telegram.of(SendDocument)) == 1


@pytest.mark.parametrize("action", ["again", "vary", "steps"])
async def test_23_a_double_tap_is_one_job_and_a_later_tap_another(
    harness: BotHarness, action: str
) -> None:
    await finished_job(harness)
    await harness.tap(f"do:{action}:1:0")
    await harness.tap(f"do:{action}:1:0")
    assert len(await harness.jobs()) == 2
    following = buttons(harness.telegram.of(EditMessageReplyMarkup)[-1])
    assert "do:again:1:1" in following.values()
    await harness.tap(f"do:{action}:1:1")
    assert len(await harness.jobs()) == 3


async def test_21_what_was_never_finished_or_is_elsewhere_is_stale(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.tap("do:again:1:0")
    await harness.tap("do:png:1:0", chat=GROUP)
    await harness.tap("do:png:77:0")
    assert harness.toasts() == [harness.context.texts("ru", "alert-stale")] * 3
    await harness.finish(await harness.painting())
    await harness.tap("do:png:1:0", chat=GROUP)  # finished, but shown in another chat
    assert harness.toasts()[3:] == [harness.context.texts("ru", "alert-stale")]
    assert len(await harness.jobs()) == 1


async def test_25_what_a_button_brings_comes_into_the_pictures_topic(harness: BotHarness) -> None:
    topic: Any = {"message_thread_id": 7, "is_topic_message": True}
    await harness.say("/draw кот", chat=GROUP, **topic)
    await harness.finish(await harness.painting())
    await harness.deliver()
    (job,) = await harness.jobs()
    shown = result_keyboard.result_keyboard(harness.context.texts, "ru", job, expanded=True)
    for action in ("facts", "share", "edit", "png"):
        harness.telegram.calls.clear()
        await harness.tap(f"do:{action}:1:0", chat=GROUP, keyboard=shown, **topic)
        sent: list[Any] = [*harness.telegram.of(SendMessage), *harness.telegram.of(SendDocument)]
        assert [call.message_thread_id for call in sent] == [7], action
    await harness.tap("do:again:1:0", chat=GROUP, keyboard=shown, **topic)
    assert (await harness.jobs())[-1].thread_id == 7


async def test_a_refusal_under_a_picture_fits_into_an_alert(harness: BotHarness) -> None:
    await finished_job(harness)
    await sql(harness.db, "UPDATE users SET quota = 0")
    await harness.tap("do:again:1:0")
    answer = harness.telegram.of(AnswerCallbackQuery)[-1]
    assert answer.show_alert
    assert 0 < len(answer.text or "") <= 200
    assert len(await harness.jobs()) == 1
    assert await credits(harness.db, ANNA) == 0
