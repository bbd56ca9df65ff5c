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

from store import jobs
from store.model import Job
from store.users import preferences
from tests.fixtures.bot import ANNA, BORIS, GROUP, BotHarness, bad_request, buttons, engine_is_here
from tests.fixtures.delivery import shown
from tests.fixtures.progress import FRAMES, report, start_job, with_frames
from tests.fixtures.store import claimed, found, sql


@pytest.fixture
async def harness(harness: BotHarness) -> BotHarness:
    return await with_frames(harness)


async def test_15_a_painting_shows_bar_step_times_and_buttons(
    harness: BotHarness,
) -> None:
    job = await start_job(harness)
    await sql(harness.db, "UPDATE jobs SET started_ms = updated_ms - 40000")
    await harness.update_progress()
    await report(harness, job, step=6)
    await sql(harness.db, "UPDATE jobs SET updated_ms = started_ms + 48000")
    await harness.update_progress()
    first, edit = harness.telegram.of(EditMessageText)
    assert edit.message_id == 5001
    assert first.text is not None
    assert edit.text is not None
    for part in ("50 %", "▓▓▓▓▓▓░", "шаг 5 из 10", "прошло 40 с"):
        assert part in first.text
    assert "осталось" not in first.text  # one look says nothing about the pace
    assert "прошло 48 с, осталось около 40 с" in edit.text
    keyboard: Any = edit.reply_markup
    assert [button.callback_data for button in keyboard.inline_keyboard[0]] == [
        f"keep:{job.id}",
        f"cancel:{job.id}",
    ]


async def test_15_after_the_last_step_no_time_is_left(harness: BotHarness) -> None:
    job = await start_job(harness)
    await harness.update_progress()
    await report(harness, job, step=10)
    await sql(harness.db, "UPDATE jobs SET updated_ms = started_ms + 48000")
    await harness.update_progress()
    text = harness.telegram.of(EditMessageText)[-1].text or ""
    assert "100 %" in text and text.endswith("прошло 48 с, заканчиваю")


async def test_89_drafts_show_how_much_is_drawn_and_how_long_the_rest_takes(
    harness: BotHarness,
) -> None:
    job = await start_job(harness)
    for drawn, seconds in ((10, 20), (30, 40), (None, 110)):
        await report(harness, job, step=0 if drawn else 2, drawn=drawn)
        await sql(harness.db, f"UPDATE jobs SET updated_ms = started_ms + {1000 * seconds}")
        await harness.update_progress()
    first, second, third = (edit.text or "" for edit in harness.telegram.of(EditMessageText))
    assert "10 %\nделаю наброски" in first and "осталось" not in first
    assert "30 %\nделаю наброски" in second
    assert "прошло 40 с, осталось около 1 мин 10 с" in second
    assert "шаг 2 из 10" in third and "осталось" not in third


async def test_12_13_frames_are_shown_the_newest_only_and_never_twice(harness: BotHarness) -> None:
    job = await start_job(harness, preview=FRAMES[0])
    await report(harness, job, step=6, preview=FRAMES[1])
    await harness.update_progress()
    await report(harness, job, step=7)
    await harness.update_progress()
    await harness.update_progress()
    (photo,) = harness.telegram.of(EditMessageMedia)
    media: Any = photo.media
    assert (media.type, media.media.data) == ("photo", FRAMES[1].encode())
    assert "шаг 6 из 10" in media.caption
    assert "cancel:1" in buttons(photo).values()
    (caption,) = harness.telegram.of(EditMessageCaption)
    assert "шаг 7 из 10" in (caption.caption or "")


async def test_12_nothing_new_is_never_sent(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.deliver()
    await harness.update_progress()
    assert len(harness.telegram.calls) == 1


async def test_11_a_place_in_the_queue_moves_in_the_same_message(harness: BotHarness) -> None:
    await harness.say("a dog", user=BORIS)
    await claimed(harness.db)
    await harness.say("a fox", user=BORIS)
    await harness.say("кот")
    await sql(harness.db, "UPDATE jobs SET rank = id")
    await harness.deliver()
    assert "Место в очереди: 2" in harness.answers()[-1]
    await jobs.cancel(harness.db, user_id=BORIS, job_id=2)
    await harness.update_progress()
    (edit,) = [call for call in harness.telegram.of(EditMessageText) if call.chat_id == ANNA]
    assert "Место в очереди: 1" in (edit.text or "")


async def test_46_a_lost_engine_is_told_and_the_place_kept(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.deliver()
    await sql(harness.db, "UPDATE engines SET beat_ms = 0")
    await harness.update_progress()
    (edit,) = harness.telegram.of(EditMessageText)
    assert edit.text == harness.context.texts("ru", "status-offline", prompt="кот", place=1)


async def test_a_model_that_left_with_its_engine_is_named_until_it_is_back(
    harness: BotHarness,
) -> None:
    await engine_is_here(harness.db, "pocket", "<wiki>")
    await preferences.set_preference(harness.db, ANNA, "model", "<wiki>")
    await harness.say("кот")
    await harness.deliver()
    assert "следующая" in harness.answers()[-1] or "Начинаю" in harness.answers()[-1]
    await engine_is_here(harness.db, "pocket")
    await harness.update_progress()
    (edit,) = harness.telegram.of(EditMessageText)
    assert "нет сервера с моделью &lt;wiki&gt;" in (edit.text or "")
    assert "Вы 1-й в очереди" in (edit.text or "")
    await engine_is_here(harness.db, "pocket", "<wiki>")
    await harness.update_progress()
    assert "движка" not in (harness.telegram.of(EditMessageText)[-1].text or "")


async def test_who_waits_hears_of_their_place_when_the_courier_has_time(
    harness: BotHarness,
) -> None:
    await harness.say("a cat", user=BORIS)
    await harness.say("кот")
    await harness.deliver()
    await sql(harness.db, "UPDATE jobs SET rank = -id")
    await harness.painting()  # of the one that came second
    harness.courier._board.in_flight = 3
    await harness.update_progress()
    assert [call.chat_id for call in harness.telegram.of(EditMessageText)] == [ANNA]
    harness.courier._board.in_flight = 0
    await sql(harness.db, "UPDATE engines SET beat_ms = 0")
    await harness.update_progress()
    assert BORIS in [call.chat_id for call in harness.telegram.of(EditMessageText)]


async def test_11_from_the_queue_to_the_last_step_there_is_one_message(harness: BotHarness) -> None:
    for user in (BORIS, BORIS, ANNA):
        await harness.say("a dog" if user == BORIS else "кот", user=user)
    await harness.deliver()
    for _ in range(3):
        await harness.update_progress()
        job = await harness.painting()
        await harness.update_progress()
        await report(harness, job, step=8)
        await harness.update_progress()
        await harness.finish(await found(harness.db, job.id))
    mine = [call for call in harness.telegram.of(SendMessage) if call.chat_id == ANNA]
    (acknowledgement,) = mine
    edits = [call for call in harness.telegram.of(EditMessageText) if call.chat_id == ANNA]
    assert len(edits) >= 3
    assert len({call.message_id for call in edits}) == 1
    assert acknowledgement.text != edits[0].text


async def test_14_progress_never_follows_a_result(
    harness: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await start_job(harness, preview=FRAMES[0])
    update = harness.progress._update

    async def finished_meanwhile(seen: Job) -> None:
        await harness.finish(await found(harness.db, job.id))
        await harness.deliver()
        await harness.free_chats()
        await update(seen)

    monkeypatch.setattr(harness.progress, "_update", finished_meanwhile)
    await harness.update_progress()
    kinds = [one.kind for one in shown(harness)]
    assert kinds == ["animation", "photo"]
    assert harness.telegram.of(EditMessageText) == []
    assert harness.telegram.of(EditMessageCaption) == []


async def test_44_a_deleted_status_message_comes_back_once(harness: BotHarness) -> None:
    job = await start_job(harness)
    for step in (5, 6, 7):
        harness.telegram.fail(EditMessageText, bad_request("message to edit not found"))
        await report(harness, job, step=step)
        await harness.update_progress()
    assert len(harness.telegram.of(SendMessage)) == 2
    assert [call.message_id for call in harness.telegram.of(EditMessageText)] == [5001, 5002]
    harness.telegram.failures.clear()
    await harness.finish(await found(harness.db, job.id))
    await harness.deliver()
    assert harness.telegram.of(EditMessageMedia)[0].message_id == 5002


async def test_42_a_chat_that_blocked_the_bot_stops_its_jobs(harness: BotHarness) -> None:
    job = await start_job(harness)
    harness.telegram.fail(EditMessageText, lambda method: TelegramForbiddenError(method, "blocked"))
    await harness.update_progress()
    assert (await found(harness.db, job.id)).cancel


async def test_24_after_a_restart_the_message_is_put_right(harness: BotHarness) -> None:
    job = await start_job(harness, preview=FRAMES[0])
    await harness.update_progress()
    harness.progress._board.forget(job.id)  # all that a new process lacks
    await sql(harness.db, "UPDATE jobs SET state = 'queued', token = NULL")
    await harness.update_progress()
    media: Any = harness.telegram.of(EditMessageMedia)[-1].media
    assert media.caption == harness.context.texts("ru", "status-resuming", prompt="кот")


async def test_24_a_new_status_message_is_still_known_after_a_restart(harness: BotHarness) -> None:
    job = await start_job(harness)
    harness.telegram.fail(EditMessageText, bad_request("message to edit not found"))
    await harness.update_progress()
    assert (await found(harness.db, job.id)).status_message_id == 5002
    harness.progress._board.forget(job.id)
    await report(harness, job, step=8)
    await harness.update_progress()
    assert harness.telegram.of(EditMessageText)[-1].message_id == 5002


async def test_43_in_a_group_that_moved_the_status_message_is_sent_anew(
    harness: BotHarness,
) -> None:
    await harness.say("/draw кот", chat=GROUP)
    await harness.deliver()
    job = await harness.painting()
    moved = GROUP * 1000
    harness.telegram.fail(
        EditMessageText, lambda method: TelegramMigrateToChat(method, "upgraded", moved)
    )
    await harness.update_progress()
    await harness.deliver()
    await report(harness, job, step=8)
    await harness.update_progress()
    again, edit = harness.telegram.of(SendMessage)[-1], harness.telegram.of(EditMessageText)[-1]
    assert (again.chat_id, again.reply_parameters) == (moved, None)
    assert (edit.chat_id, edit.message_id) == (moved, 5002)
