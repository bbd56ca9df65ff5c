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

from bot import cleanup
from bot.settings import BotSettings, SettingsError, load
from bot.views.placeholder import placeholder_png
from store.gallery import erasure, orphans
from tests.fixtures.bot import ANNA, BotHarness, buttons
from tests.fixtures.store import found, sql


async def _expired(harness: BotHarness) -> None:
    """A picture that was painted and delivered long ago."""
    await harness.say("кот")
    await harness.finish(await harness.painting())
    await harness.deliver()
    await _time_passes(harness)
    assert not harness.files.exists("jobs/1/token/picture.png")
    harness.telegram.calls.clear()


async def _time_passes(harness: BotHarness) -> None:
    await sql(harness.db, "UPDATE jobs SET finished_ms = 1000")
    await cleanup.expire_files(harness.db, keep_days=30)
    await erasure.sweep_erasures(harness.db, harness.files)


async def test_buttons_that_need_a_file_explain(harness: BotHarness) -> None:
    await _expired(harness)
    for action in ("png", "gif", "vary"):
        await harness.tap(f"do:{action}:1:0")
        answer = harness.telegram.of(AnswerCallbackQuery)[-1]
        assert (answer.text, answer.show_alert) == (
            harness.context.texts("ru", "alert-files-gone"),
            True,
        )
    assert harness.telegram.of(SendDocument) == []
    assert len(await harness.jobs()) == 1


async def test_buttons_that_need_only_the_row_work_on(harness: BotHarness) -> None:
    await _expired(harness)
    await harness.tap("do:more:1:0")
    await harness.tap("do:less:1:0")
    assert len(harness.telegram.of(EditMessageReplyMarkup)) == 2
    await harness.tap("do:facts:1:0")
    assert "зерно: 12345" in harness.answers()[-1]
    await harness.tap("do:share:1:0")
    token = harness.answers()[-1].rpartition("start=")[2].split()[0]
    await harness.tap(f"paint:{token}:0")
    await harness.tap("do:edit:1:0")
    assert "<code>кот, зерно " in harness.answers()[-1]
    await harness.tap("do:again:1:0")
    await harness.tap("do:steps:1:1")
    prompts = [job.prompt for job in await harness.jobs()]
    assert prompts == ["кот"] * 4
    await harness.tap("do:delete:1:0")
    assert (await found(harness.db, 1)).erased


async def test_gallery_and_inline_go_on_by_telegrams_own_copy(harness: BotHarness) -> None:
    await _expired(harness)
    await harness.say("/gallery")
    page = harness.telegram.of(SendPhoto)[-1]
    assert str(page.photo).endswith("-5002")
    await harness.tap(buttons(page)["Со всеми кнопками"])
    assert harness.telegram.of(SendPhoto)[-1].photo == page.photo
    await harness.inquire()
    (shown,) = harness.telegram.of(AnswerInlineQuery)[-1].results
    assert getattr(shown, "photo_file_id", None) == page.photo


async def test_a_picture_that_nobody_has_any_more_says_so_in_the_gallery(
    harness: BotHarness,
) -> None:
    await _expired(harness)
    await sql(harness.db, "UPDATE outbox SET file_id = NULL")
    await harness.say("/gallery")
    page: Any = harness.telegram.of(SendPhoto)[-1]
    assert page.photo.data == placeholder_png()
    gone = harness.context.texts("ru", "alert-files-gone")
    assert page.caption.endswith("\n" + gone)
    await harness.tap("send:1")
    assert (harness.telegram.of(SendPhoto)[-1].caption or "").endswith("\n" + gone)


async def test_what_was_made_from_a_given_picture_is_not_ordered_without_it(
    harness: BotHarness,
) -> None:
    await harness.say("кот")
    await harness.finish(await harness.painting())
    await harness.deliver()
    await harness.tap("do:vary:1:0")
    await harness.finish(await harness.painting())
    await harness.deliver()
    await _time_passes(harness)
    await orphans.sweep_orphans(harness.db, harness.files, grace_s=-60.0)
    for action in ("again", "steps"):
        await harness.tap(f"do:{action}:2:0")
        answer = harness.telegram.of(AnswerCallbackQuery)[-1]
        assert (answer.text, answer.show_alert) == (
            harness.context.texts("ru", "sources-gone"),
            True,
        )
    await harness.tap("do:edit:2:0")
    question = harness.telegram.of(SendMessage)[-1]
    link = question.text.rpartition('href="')[2].partition('"')[0]
    author = {"id": 42, "is_bot": True, "first_name": "Mazok"}
    entity = {"type": "text_link", "offset": 0, "length": 3, "url": link}
    asked = {"message_id": 900, "date": 1, "chat": {"id": ANNA, "type": "private"}, "text": "…"}
    await harness.say("кит", reply_to_message={**asked, "from": author, "entities": [entity]})
    assert harness.answers()[-1] == harness.context.texts("ru", "sources-gone")
    assert len(await harness.jobs()) == 2
    await harness.tap("do:share:2:0")  # a recipe never passes given pictures on
    token = harness.answers()[-1].rpartition("start=")[2].split()[0]
    await harness.tap(f"paint:{token}:0")
    assert len(await harness.jobs()) == 3


async def test_an_alert_about_them_fits_into_a_toast(harness: BotHarness) -> None:
    for language in ("ru", "en"):
        for key in ("alert-files-gone", "sources-gone"):
            assert len(harness.context.texts(language, key)) <= 200


async def test_the_watch_goes_on_after_trouble_and_keeps_everything_where_told(
    harness: BotHarness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await harness.say("кот")
    await harness.finish(await harness.painting())
    await harness.deliver()
    await sql(harness.db, "UPDATE jobs SET finished_ms = 1000")
    await cleanup.expire_files(harness.db, keep_days=0)
    assert not (await found(harness.db, 1)).expired
    rounds = 0

    async def broken(*arguments: Any) -> int:
        nonlocal rounds
        rounds += 1
        raise OSError("the disk is away")

    monkeypatch.setattr(orphans, "sweep_orphans", broken)
    watching = asyncio.create_task(cleanup.run_cleanup(harness.db, harness.files, 30, poll_s=0.01))
    async with asyncio.timeout(10):
        while rounds < 2:
            await asyncio.sleep(0.01)
    watching.cancel()
    assert (await found(harness.db, 1)).expired
    assert "the disk is away" in caplog.text


def test_the_days_are_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert BotSettings(_env_file=None).keep_days == 30
    monkeypatch.setenv("MAZOK_KEEP_DAYS", "0")
    assert load().keep_days == 0
    monkeypatch.setenv("MAZOK_KEEP_DAYS", "-1")
    with pytest.raises(SettingsError, match=r"^MAZOK_KEEP_DAYS is wrong"):
        load()
