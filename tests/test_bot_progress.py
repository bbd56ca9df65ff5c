"""The status message while people wait and watch."""

from typing import Any

import pytest
from aiogram.exceptions import (
    TelegramForbiddenError,
    TelegramMigrateToChat,
)
from aiogram.methods import (
    EditMessageCaption,
    EditMessageMedia,
    EditMessageText,
    SendMessage,
)

from store import choices, jobs
from store.records import Job
from tests.bot_fixtures import (
    ANNA,
    BORIS,
    GROUP,
    Room,
    bad_request,
    buttons,
    engine_is_here,
)
from tests.progress_fixtures import FRAMES, on, started, with_frames
from tests.store_fixtures import claimed, found, sql


@pytest.fixture
async def room(room: Room) -> Room:
    return await with_frames(room)


async def test_15_a_painting_shows_bar_step_loss_times_and_a_cancel_button(room: Room) -> None:
    job = await started(room)
    await sql(room.db, "UPDATE jobs SET started_ms = updated_ms - 40000")
    await room.show()
    await on(room, job, step=6)
    await sql(room.db, "UPDATE jobs SET updated_ms = started_ms + 48000")
    await room.show()
    first, edit = room.telegram.of(EditMessageText)
    assert edit.message_id == 5001
    assert first.text is not None
    assert edit.text is not None
    for part in ("50 %", "▓▓▓▓▓▓░", "шаг 5 из 10", "0,88", "прошло 40 с"):
        assert part in first.text
    assert "осталось" not in first.text  # one look says nothing about the pace
    assert "прошло 48 с, осталось около 40 с" in edit.text
    keyboard: Any = edit.reply_markup
    assert keyboard.inline_keyboard[0][0].callback_data == f"cancel:{job.id}"


async def test_12_13_frames_are_shown_the_newest_only_and_never_twice(room: Room) -> None:
    job = await started(room, preview=FRAMES[0])
    await on(room, job, step=6, preview=FRAMES[1])
    await room.show()
    await on(room, job, step=7)
    await room.show()
    await room.show()
    (photo,) = room.telegram.of(EditMessageMedia)
    media: Any = photo.media
    assert (media.type, media.media.data) == ("photo", FRAMES[1].encode())
    assert "шаг 6 из 10" in media.caption
    assert "cancel:1" in buttons(photo).values()
    (caption,) = room.telegram.of(EditMessageCaption)
    assert "шаг 7 из 10" in (caption.caption or "")


async def test_12_nothing_new_is_never_sent(room: Room) -> None:
    await room.say("кот")
    await room.deliver()
    await room.show()
    assert len(room.telegram.calls) == 1


async def test_11_a_place_in_the_queue_moves_in_the_same_message(room: Room) -> None:
    await room.say("a dog", user=BORIS)
    await claimed(room.db)
    await room.say("a fox", user=BORIS)
    await room.say("кот")
    await sql(room.db, "UPDATE jobs SET rank = id")
    await room.deliver()
    assert "Место в очереди: 2" in room.answers()[-1]
    await jobs.cancel(room.db, user_id=BORIS, job_id=2)
    await room.show()
    (edit,) = [call for call in room.telegram.of(EditMessageText) if call.chat_id == ANNA]
    assert "Место в очереди: 1" in (edit.text or "")


async def test_46_a_lost_engine_is_told_and_the_place_kept(room: Room) -> None:
    await room.say("кот")
    await room.deliver()
    await sql(room.db, "UPDATE engines SET beat_ms = 0")
    await room.show()
    (edit,) = room.telegram.of(EditMessageText)
    assert edit.text == room.desk.texts("ru", "status-offline", prompt="кот", place=1)


async def test_a_model_that_left_with_its_engine_is_named_until_it_is_back(room: Room) -> None:
    await engine_is_here(room.db, "pocket", "<wiki>")
    await choices.choose(room.db, ANNA, "model", "<wiki>")
    await room.say("кот")
    await room.deliver()
    assert "следующая" in room.answers()[-1] or "Принимаюсь" in room.answers()[-1]
    await engine_is_here(room.db, "pocket")
    await room.show()
    (edit,) = room.telegram.of(EditMessageText)
    assert "нет мастерской с моделью &lt;wiki&gt;" in (edit.text or "")
    assert "Ваше место в очереди (1) сохранено" in (edit.text or "")
    await engine_is_here(room.db, "pocket", "<wiki>")
    await room.show()
    assert "мастерской" not in (room.telegram.of(EditMessageText)[-1].text or "")


async def test_who_waits_hears_of_their_place_when_the_courier_has_time(room: Room) -> None:
    await room.say("a cat", user=BORIS)
    await room.say("кот")
    await room.deliver()
    await sql(room.db, "UPDATE jobs SET rank = -id")
    await room.painting()  # of the one that came second
    room.courier._board.in_flight = 3
    await room.show()
    assert [call.chat_id for call in room.telegram.of(EditMessageText)] == [ANNA]
    room.courier._board.in_flight = 0
    await sql(room.db, "UPDATE engines SET beat_ms = 0")
    await room.show()
    assert BORIS in [call.chat_id for call in room.telegram.of(EditMessageText)]


async def test_11_from_the_queue_to_the_last_step_there_is_one_message(room: Room) -> None:
    for user in (BORIS, BORIS, ANNA):
        await room.say("a dog" if user == BORIS else "кот", user=user)
    await room.deliver()
    for _ in range(3):
        await room.show()
        job = await room.painting()
        await room.show()
        await on(room, job, step=8)
        await room.show()
        await room.finish(await found(room.db, job.id))
    mine = [call for call in room.telegram.of(SendMessage) if call.chat_id == ANNA]
    (acknowledgement,) = mine
    edits = [call for call in room.telegram.of(EditMessageText) if call.chat_id == ANNA]
    assert len(edits) >= 3
    assert len({call.message_id for call in edits}) == 1
    assert acknowledgement.text != edits[0].text


async def test_14_progress_never_follows_a_result(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await started(room, preview=FRAMES[0])
    show = room.progress._show

    async def finished_meanwhile(seen: Job) -> None:
        await room.finish(await found(room.db, job.id))
        await room.deliver()
        await room.free_chats()
        await show(seen)

    monkeypatch.setattr(room.progress, "_show", finished_meanwhile)
    await room.show()
    kinds = [call.media.type for call in room.telegram.of(EditMessageMedia)]
    assert kinds == ["animation", "photo"]
    assert room.telegram.of(EditMessageText) == []
    assert room.telegram.of(EditMessageCaption) == []


async def test_44_a_deleted_status_message_comes_back_once(room: Room) -> None:
    job = await started(room)
    for step in (5, 6, 7):
        room.telegram.fail(EditMessageText, bad_request("message to edit not found"))
        await on(room, job, step=step)
        await room.show()
    assert len(room.telegram.of(SendMessage)) == 2
    assert [call.message_id for call in room.telegram.of(EditMessageText)] == [5001, 5002]
    room.telegram.failures.clear()
    await room.finish(await found(room.db, job.id))
    await room.deliver()
    assert room.telegram.of(EditMessageMedia)[0].message_id == 5002


async def test_42_a_chat_that_blocked_the_bot_stops_its_jobs(room: Room) -> None:
    job = await started(room)
    room.telegram.fail(EditMessageText, lambda method: TelegramForbiddenError(method, "blocked"))
    await room.show()
    assert (await found(room.db, job.id)).cancel


async def test_24_after_a_restart_the_message_is_put_right(room: Room) -> None:
    job = await started(room, preview=FRAMES[0])
    await room.show()
    room.progress._board.forget(job.id)  # all that a new process lacks
    await sql(room.db, "UPDATE jobs SET state = 'queued', token = NULL")
    await room.show()
    media: Any = room.telegram.of(EditMessageMedia)[-1].media
    assert media.caption == room.desk.texts("ru", "status-resuming", prompt="кот")


async def test_24_a_new_status_message_is_still_known_after_a_restart(room: Room) -> None:
    job = await started(room)
    room.telegram.fail(EditMessageText, bad_request("message to edit not found"))
    await room.show()
    assert (await found(room.db, job.id)).status_message_id == 5002
    room.progress._board.forget(job.id)
    await on(room, job, step=8)
    await room.show()
    assert room.telegram.of(EditMessageText)[-1].message_id == 5002


async def test_43_in_a_group_that_moved_the_status_message_is_sent_anew(room: Room) -> None:
    await room.say("/draw кот", chat=GROUP)
    await room.deliver()
    job = await room.painting()
    moved = GROUP * 1000
    room.telegram.fail(
        EditMessageText, lambda method: TelegramMigrateToChat(method, "upgraded", moved)
    )
    await room.show()
    await room.deliver()
    await on(room, job, step=8)
    await room.show()
    again, edit = room.telegram.of(SendMessage)[-1], room.telegram.of(EditMessageText)[-1]
    assert (again.chat_id, again.reply_parameters) == (moved, None)
    assert (edit.chat_id, edit.message_id) == (moved, 5002)
