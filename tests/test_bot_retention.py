"""What is left of a picture whose files are no longer kept, and what its buttons say then."""

import asyncio
from typing import Any

import pytest
from aiogram.methods import (
    AnswerCallbackQuery,
    AnswerInlineQuery,
    EditMessageReplyMarkup,
    SendDocument,
    SendMessage,
    SendPhoto,
)

from bot import retention
from bot.blank import blank_png
from bot.settings import BotSettings, SettingsError, load
from store import forgetting, orphans
from tests.bot_fixtures import ANNA, Room, buttons
from tests.store_fixtures import found, sql


async def _expired(room: Room) -> None:
    """A picture that was painted and delivered long ago."""
    await room.say("кот")
    await room.finish(await room.painting())
    await room.deliver()
    await _time_passes(room)
    assert not room.files.exists("jobs/1/token/picture.png")
    room.telegram.calls.clear()


async def _time_passes(room: Room) -> None:
    await sql(room.db, "UPDATE jobs SET finished_ms = 1000")
    await retention.expire(room.db, keep_days=30)
    await forgetting.sweep(room.db, room.files)


async def test_buttons_that_need_a_file_explain(room: Room) -> None:
    await _expired(room)
    for action in ("png", "gif", "vary"):
        await room.tap(f"do:{action}:1:0")
        answer = room.telegram.of(AnswerCallbackQuery)[-1]
        assert (answer.text, answer.show_alert) == (
            room.desk.texts("ru", "alert-files-gone"),
            True,
        )
    assert room.telegram.of(SendDocument) == []
    assert len(await room.jobs()) == 1


async def test_buttons_that_need_only_the_row_work_on(room: Room) -> None:
    await _expired(room)
    await room.tap("do:more:1:0")
    await room.tap("do:less:1:0")
    assert len(room.telegram.of(EditMessageReplyMarkup)) == 2
    await room.tap("do:facts:1:0")
    assert "зерно: 12345" in room.answers()[-1]
    await room.tap("do:share:1:0")
    token = room.answers()[-1].rpartition("start=")[2].split()[0]
    await room.tap(f"paint:{token}:0")
    await room.tap("do:edit:1:0")
    assert "<code>кот</code>" in room.answers()[-1]
    await room.tap("do:again:1:0")
    await room.tap("do:steps:1:1")
    prompts = [job.prompt for job in await room.jobs()]
    assert prompts == ["кот"] * 4
    await room.tap("do:delete:1:0")
    assert (await found(room.db, 1)).erased


async def test_gallery_and_inline_go_on_by_telegrams_own_copy(room: Room) -> None:
    await _expired(room)
    await room.say("/gallery")
    page = room.telegram.of(SendPhoto)[-1]
    assert str(page.photo).endswith("-5002")
    await room.tap(buttons(page)["Со всеми кнопками"])
    assert room.telegram.of(SendPhoto)[-1].photo == page.photo
    await room.inquire()
    (shown,) = room.telegram.of(AnswerInlineQuery)[-1].results
    assert getattr(shown, "photo_file_id", None) == page.photo


async def test_a_picture_that_nobody_has_any_more_says_so_in_the_gallery(room: Room) -> None:
    await _expired(room)
    await sql(room.db, "UPDATE outbox SET file_id = NULL")
    await room.say("/gallery")
    page: Any = room.telegram.of(SendPhoto)[-1]
    assert page.photo.data == blank_png()
    gone = room.desk.texts("ru", "alert-files-gone")
    assert page.caption.endswith("\n" + gone)
    await room.tap("send:1")
    assert (room.telegram.of(SendPhoto)[-1].caption or "").endswith("\n" + gone)


async def test_what_was_made_from_a_given_picture_is_not_ordered_without_it(room: Room) -> None:
    await room.say("кот")
    await room.finish(await room.painting())
    await room.deliver()
    await room.tap("do:vary:1:0")
    await room.finish(await room.painting())
    await room.deliver()
    await _time_passes(room)
    await orphans.sweep(room.db, room.files, grace_s=-60.0)
    for action in ("again", "steps"):
        await room.tap(f"do:{action}:2:0")
        answer = room.telegram.of(AnswerCallbackQuery)[-1]
        assert (answer.text, answer.show_alert) == (room.desk.texts("ru", "sources-gone"), True)
    await room.tap("do:edit:2:0")
    question = room.telegram.of(SendMessage)[-1]
    link = question.text.rpartition('href="')[2].partition('"')[0]
    author = {"id": 42, "is_bot": True, "first_name": "Mazok"}
    entity = {"type": "text_link", "offset": 0, "length": 3, "url": link}
    asked = {"message_id": 900, "date": 1, "chat": {"id": ANNA, "type": "private"}, "text": "…"}
    await room.say("кит", reply_to_message={**asked, "from": author, "entities": [entity]})
    assert room.answers()[-1] == room.desk.texts("ru", "sources-gone")
    assert len(await room.jobs()) == 2
    await room.tap("do:share:2:0")  # a recipe never passes given pictures on
    token = room.answers()[-1].rpartition("start=")[2].split()[0]
    await room.tap(f"paint:{token}:0")
    assert len(await room.jobs()) == 3


async def test_an_alert_about_them_fits_into_a_toast(room: Room) -> None:
    for language in ("ru", "en"):
        for key in ("alert-files-gone", "sources-gone"):
            assert len(room.desk.texts(language, key)) <= 200


async def test_the_watch_goes_on_after_trouble_and_keeps_everything_where_told(
    room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await room.say("кот")
    await room.finish(await room.painting())
    await room.deliver()
    await sql(room.db, "UPDATE jobs SET finished_ms = 1000")
    await retention.expire(room.db, keep_days=0)
    assert not (await found(room.db, 1)).expired
    monkeypatch.setattr(retention, "LOOK_S", 0.01)
    looks = 0

    async def broken(*arguments: Any) -> int:
        nonlocal looks
        looks += 1
        raise OSError("the disk is away")

    monkeypatch.setattr(orphans, "sweep", broken)
    watching = asyncio.create_task(retention.watch(room.db, room.files, 30))
    async with asyncio.timeout(10):
        while looks < 2:
            await asyncio.sleep(0.01)
    watching.cancel()
    assert (await found(room.db, 1)).expired
    assert "the disk is away" in caplog.text


def test_the_days_are_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert BotSettings(_env_file=None).keep_days == 30
    monkeypatch.setenv("MAZOK_KEEP_DAYS", "0")
    assert load().keep_days == 0
    monkeypatch.setenv("MAZOK_KEEP_DAYS", "-1")
    with pytest.raises(SettingsError, match=r"^MAZOK_KEEP_DAYS is wrong"):
        load()
