"""The buttons under a finished picture: what each does, and for whom."""

from pathlib import Path
from typing import Any

import pytest
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteMessage,
    EditMessageMedia,
    EditMessageReplyMarkup,
    SendDocument,
    SendMessage,
)

from bot import under
from bot.blank import blank_png
from store.records import Job
from store.request import STEPS
from tests.bot_fixtures import (
    ADMIN,
    ANNA,
    BORIS,
    GROUP,
    KEY,
    Room,
    bad_request,
    buttons,
    opened_room,
)
from tests.recorder_fixtures import ME
from tests.store_fixtures import credits, sql


async def _finished(room: Room, *, user: int = ANNA, chat: int | None = None) -> Job:
    """A picture that has been delivered."""
    await room.say("/draw кот & пёс", user=user, chat=chat)
    await room.finish(await room.painting())
    await room.deliver()
    return (await room.jobs())[-1]


async def test_27_the_most_used_stand_in_one_row_and_the_rest_unfolds(room: Room) -> None:
    await _finished(room)
    picture = room.telegram.of(EditMessageMedia)[-1]
    (row,) = picture.reply_markup.inline_keyboard  # type: ignore[union-attr]
    assert [one.text for one in row] == ["Ещё раз", "Похожую", "Другое…"]
    await room.tap("do:more:1:4")
    unfolded: Any = room.telegram.of(EditMessageReplyMarkup)[-1]
    named = " ".join(buttons(unfolded).values())
    for action in ("again", "vary", "steps", "edit", "png", "gif", "facts", "share", "delete"):
        assert f"do:{action}:1:4" in named
    assert max(len(row) for row in unfolded.reply_markup.inline_keyboard) <= 3
    await room.tap("do:less:1:4")
    folded = room.telegram.of(EditMessageReplyMarkup)[-1]
    assert list(buttons(folded).values()) == ["do:again:1:4", "do:vary:1:4", "do:more:1:4"]
    assert len(await room.jobs()) == 1


async def test_27_again_is_the_same_with_a_new_seed(room: Room) -> None:
    first = await _finished(room)
    await room.tap("do:again:1:0")
    _, second = await room.jobs()
    assert second.prompt == first.prompt
    assert second.request.seed != first.request.seed
    assert (second.user_id, second.chat_id, second.message_id) == (ANNA, ANNA, 77)


async def test_27_vary_starts_from_a_copy_of_the_picture(room: Room) -> None:
    first = await _finished(room)
    await room.tap("do:vary:1:0")
    _, second = await room.jobs()
    assert second.request.init is not None
    assert second.request.seed != first.request.seed
    await room.tap("do:delete:1:1")  # the copy outlives the picture
    assert room.files.read(second.request.init) == b"picture.png"
    assert not room.files.exists(f"{KEY}/picture.png")


async def test_27_more_steps_are_twice_as_many_from_the_same_seed(room: Room) -> None:
    first = await _finished(room)
    await room.tap("do:steps:1:0")
    _, second = await room.jobs()
    assert (second.request.steps, second.request.seed) == (42, first.request.seed)
    await sql(room.db, "UPDATE jobs SET result = replace(result, '21', :most)", most=str(STEPS[1]))
    await room.tap("do:steps:1:1")
    assert room.toasts()[-1] == room.desk.texts("ru", "alert-steps-most")
    assert len(await room.jobs()) == 2


async def _question(room: Room, data: str = "do:edit:1:0", **tap: Any) -> SendMessage:
    await room.tap(data, **tap)
    return room.telegram.of(SendMessage)[-1]


def _reply_to(question: SendMessage, *, author: Any = ME) -> dict[str, Any]:
    """The question as Telegram brings it with the answer, markup turned into entities."""
    link = question.text.rpartition('href="')[2].partition('"')[0]
    entity = {"type": "text_link", "offset": 0, "length": 3, "url": link}
    chat = {"id": question.chat_id, "type": "private"}
    message = {"message_id": 900, "date": 1, "chat": chat, "from": author, "text": "…"}
    return {"reply_to_message": {**message, "entities": [entity]}}


async def test_27_new_words_keep_the_settings_also_after_a_restart(
    room: Room, tmp_path: Path
) -> None:
    first = await _finished(room)
    question = await _question(room)
    assert "<code>кот &amp; пёс</code>" in question.text
    force: Any = question.reply_markup
    assert (force.force_reply, force.input_field_placeholder) == (True, "кот & пёс")
    async with opened_room(tmp_path) as again:  # nothing of the question was kept in memory
        await again.say("кит", message_id=50, **_reply_to(question))
        _, second = await again.jobs()
    assert (second.prompt, second.request.seed) == ("кит", first.request.seed)


async def test_27_new_words_are_taken_from_the_asker_alone(room: Room) -> None:
    await _finished(room, chat=GROUP)
    question = await _question(room, chat=GROUP)
    assert f"tg://user?id={ANNA}" in question.text  # so that only her input field opens
    await room.say("a whale", user=BORIS, chat=GROUP, **_reply_to(question))
    assert room.answers()[-1] == room.desk.texts("en", "alert-not-yours")
    await room.say("x" * 501, chat=GROUP, **_reply_to(question))
    assert "501" in room.answers()[-1]
    forged = {**ME, "id": 999}
    await room.say("кит", chat=GROUP, **_reply_to(question, author=forged))
    assert len(await room.jobs()) == 1
    await room.say("кит", chat=GROUP, **_reply_to(question))
    assert [job.prompt for job in await room.jobs()] == ["кот & пёс", "кит"]


async def test_28_29_the_true_gif_and_the_lossless_png_come_as_files(room: Room) -> None:
    await _finished(room)
    for suffix, data in (("gif", b"animation.gif"), ("png", b"picture.png")):
        await room.tap(f"do:{suffix}:1:0")
        call = room.telegram.of(SendDocument)[-1]
        document: Any = call.document
        assert (document.data, document.filename) == (data, f"mazok-1.{suffix}")
        assert call.disable_content_type_detection
        assert call.reply_parameters is not None
        assert call.reply_parameters.message_id == 77


async def test_26_the_settings_used_are_code_to_copy(room: Room) -> None:
    await _finished(room)
    await room.tap("do:facts:1:0")
    text = room.answers()[-1]
    code = text.partition("<pre>")[2].partition("</pre>")[0]
    assert code.splitlines() == [
        "кот &amp; пёс",
        "зерно: 12345",
        "размер: 64×48",
        "шагов: 21",
        "модель: pocket",
    ]


async def test_21_buttons_of_expired_files_explain(room: Room) -> None:
    await _finished(room)
    room.files.delete("jobs/1")
    for action in ("png", "gif", "vary"):
        await room.tap(f"do:{action}:1:0")
        answer = room.telegram.of(AnswerCallbackQuery)[-1]
        assert answer.text == room.desk.texts("ru", "alert-files-gone")
        assert answer.show_alert
    assert room.telegram.of(SendDocument) == []
    assert len(await room.jobs()) == 1
    await room.tap("do:again:1:0")  # this one needs no file
    assert len(await room.jobs()) == 2


async def test_19_a_stranger_gets_an_alert_and_nothing_changes(room: Room) -> None:
    await _finished(room, chat=GROUP)
    room.telegram.calls.clear()
    actions = ("again", "vary", "more", "steps", "edit", "png", "gif", "facts", "share", "delete")
    for action in actions:
        await room.tap(f"do:{action}:1:0", user=BORIS, chat=GROUP)
    assert room.toasts() == [room.desk.texts("en", "alert-not-yours")] * len(actions)
    assert all(call.show_alert for call in room.telegram.of(AnswerCallbackQuery))
    (job,) = await room.jobs()
    assert not job.erased
    changes = [call for call in room.telegram.calls if "chat_id" in type(call).model_fields]
    assert [type(call).__name__ for call in changes] == ["GetChatMember"]  # for "delete" alone


async def test_19_administrators_of_the_chat_may_delete_and_those_of_the_bot_do_all(
    room: Room,
) -> None:
    await _finished(room, chat=GROUP)
    await room.tap("do:again:1:0", user=ADMIN, chat=GROUP)
    assert [job.user_id for job in await room.jobs()] == [ANNA, ADMIN]  # on the presser's account
    room.telegram.administrators.add(BORIS)
    await room.tap("do:again:1:1", user=BORIS, chat=GROUP)
    assert len(await room.jobs()) == 2
    await room.tap("do:delete:1:1", user=BORIS, chat=GROUP)
    assert (await room.jobs())[0].erased


async def test_19_a_picture_of_an_anonymous_administrator_belongs_to_all_of_them(
    room: Room,
) -> None:
    bot: Any = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    group: Any = {"id": GROUP, "type": "supergroup"}
    await room.say("/draw кот", chat=GROUP, sender=bot, sender_chat=group)
    await room.finish(await room.painting())
    await room.tap("do:again:1:0", user=BORIS, chat=GROUP)
    assert len(await room.jobs()) == 1
    room.telegram.administrators.add(BORIS)
    await room.tap("do:again:1:0", user=BORIS, chat=GROUP)
    assert [job.user_id for job in await room.jobs()] == [GROUP, GROUP]


async def test_22_buttons_work_after_a_restart(room: Room, tmp_path: Path) -> None:
    await _finished(room)
    async with opened_room(tmp_path) as again:
        await again.tap("do:again:1:0")
        await again.tap("do:png:1:1")
        assert len(await again.jobs()) == 2
        assert len(again.telegram.of(SendDocument)) == 1


@pytest.mark.parametrize("action", ["again", "vary", "steps"])
async def test_23_a_double_tap_is_one_job_and_a_later_tap_another(room: Room, action: str) -> None:
    await _finished(room)
    await room.tap(f"do:{action}:1:0")
    await room.tap(f"do:{action}:1:0")
    assert len(await room.jobs()) == 2
    following = buttons(room.telegram.of(EditMessageReplyMarkup)[-1])
    assert "do:again:1:1" in following.values()
    await room.tap(f"do:{action}:1:1")
    assert len(await room.jobs()) == 3


async def test_21_what_was_never_finished_or_is_elsewhere_is_stale(room: Room) -> None:
    await room.say("кот")
    await room.tap("do:again:1:0")
    await room.tap("do:png:1:0", chat=GROUP)
    await room.tap("do:png:77:0")
    assert room.toasts() == [room.desk.texts("ru", "alert-stale")] * 3
    await room.finish(await room.painting())
    await room.tap("do:png:1:0", chat=GROUP)  # finished, but shown in another chat
    assert room.toasts()[3:] == [room.desk.texts("ru", "alert-stale")]
    assert len(await room.jobs()) == 1


async def test_25_what_a_button_brings_comes_into_the_pictures_topic(room: Room) -> None:
    topic: Any = {"message_thread_id": 7, "is_topic_message": True}
    await room.say("/draw кот", chat=GROUP, **topic)
    await room.finish(await room.painting())
    await room.deliver()
    shown = under.unfolded(room.desk.texts, "ru", 1)
    for action in ("facts", "share", "edit", "png"):
        room.telegram.calls.clear()
        await room.tap(f"do:{action}:1:0", chat=GROUP, keyboard=shown, **topic)
        sent: list[Any] = [*room.telegram.of(SendMessage), *room.telegram.of(SendDocument)]
        assert [call.message_thread_id for call in sent] == [7], action
    await room.tap("do:again:1:0", chat=GROUP, keyboard=shown, **topic)
    assert (await room.jobs())[-1].thread_id == 7


async def test_a_refusal_under_a_picture_fits_into_an_alert(room: Room) -> None:
    await _finished(room)
    await sql(room.db, "UPDATE users SET quota = 0")
    await room.tap("do:again:1:0")
    answer = room.telegram.of(AnswerCallbackQuery)[-1]
    assert answer.show_alert
    assert 0 < len(answer.text or "") <= 200
    assert len(await room.jobs()) == 1
    assert await credits(room.db, ANNA) == 0


async def test_delete_takes_words_files_and_messages_away(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.chats.SPACING_MS", 0)
    await _finished(room)
    room.telegram.calls.clear()
    await room.tap("do:delete:1:0", message_id=5002)
    (job,) = await room.jobs()
    assert (job.erased, job.prompt, job.state) == (True, "", "done")
    assert not room.files.exists(f"{KEY}/picture.png")
    deleted = [(call.chat_id, call.message_id) for call in room.telegram.of(DeleteMessage)]
    assert sorted(deleted) == [(ANNA, 5001), (ANNA, 5002)]  # the animation too
    for action in ("again", "png", "more"):
        await room.tap(f"do:{action}:1:0")
        assert room.toasts()[-1] == room.desk.texts("ru", "alert-erased")
    assert len(await room.jobs()) == 1


async def test_what_is_too_old_to_be_deleted_is_emptied(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.chats.SPACING_MS", 0)
    await _finished(room)
    room.telegram.calls.clear()
    room.telegram.fail(DeleteMessage, bad_request("message can't be deleted for everyone"))
    await room.tap("do:delete:1:0", message_id=5002)
    (emptied,) = room.telegram.of(EditMessageMedia)
    media: Any = emptied.media
    assert (emptied.message_id, media.caption) == (5002, "Удалено.")
    assert media.media.data == blank_png()
    assert emptied.reply_markup is None


async def test_a_message_is_deleted_later_where_the_chat_takes_none_now(room: Room) -> None:
    """The store forgot the picture already: the button still removes the message."""
    await _finished(room)
    await room.tap("do:delete:1:0", message_id=5002)
    room.telegram.calls.clear()
    await room.tap("do:delete:1:0", message_id=5002)
    assert [call.message_id for call in room.telegram.of(DeleteMessage)][:1] == [5002]
