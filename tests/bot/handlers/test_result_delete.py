"""Deleting a picture: who may, and what goes with it."""

from typing import Any

import pytest
from aiogram.methods import (
    DeleteMessage,
    EditMessageMedia,
)

from bot.views.placeholder import placeholder_png
from tests.fixtures.bot import (
    ADMIN,
    ANNA,
    BORIS,
    GROUP,
    KEY,
    WITHOUT_SPACING,
    BotHarness,
    bad_request,
)
from tests.fixtures.delivery import finished_job


async def test_19_administrators_of_the_chat_may_delete_and_those_of_the_bot_do_all(
    harness: BotHarness,
) -> None:
    await finished_job(harness, chat=GROUP)
    await harness.tap("do:again:1:0", user=ADMIN, chat=GROUP)
    assert [job.user_id for job in await harness.jobs()] == [
        ANNA,
        ADMIN,
    ]  # on the presser's account
    harness.telegram.administrators.add(BORIS)
    await harness.tap("do:again:1:1", user=BORIS, chat=GROUP)
    assert len(await harness.jobs()) == 2
    await harness.tap("do:delete:1:1", user=BORIS, chat=GROUP)
    assert (await harness.jobs())[0].erased


@pytest.mark.parametrize("delivery_settings", [WITHOUT_SPACING])
async def test_delete_takes_words_files_and_messages_away(harness: BotHarness) -> None:
    await finished_job(harness)
    harness.telegram.calls.clear()
    await harness.tap("do:delete:1:0", message_id=5002)
    (job,) = await harness.jobs()
    assert (job.erased, job.prompt, job.state) == (True, "", "done")
    assert not harness.files.exists(f"{KEY}/picture.png")
    deleted = [(call.chat_id, call.message_id) for call in harness.telegram.of(DeleteMessage)]
    assert sorted(deleted) == [(ANNA, 5001), (ANNA, 5002)]  # the animation too
    for action in ("again", "png", "more"):
        await harness.tap(f"do:{action}:1:0")
        assert harness.toasts()[-1] == harness.context.texts("ru", "alert-erased")
    assert len(await harness.jobs()) == 1


@pytest.mark.parametrize("delivery_settings", [WITHOUT_SPACING])
async def test_what_is_too_old_to_be_deleted_is_emptied(harness: BotHarness) -> None:
    await finished_job(harness)
    harness.telegram.calls.clear()
    harness.telegram.fail(DeleteMessage, bad_request("message can't be deleted for everyone"))
    await harness.tap("do:delete:1:0", message_id=5002)
    (emptied,) = harness.telegram.of(EditMessageMedia)
    media: Any = emptied.media
    assert (emptied.message_id, media.caption) == (5002, "Удалено.")
    assert media.media.data == placeholder_png()
    assert emptied.reply_markup is None


async def test_a_message_is_deleted_later_where_the_chat_takes_none_now(
    harness: BotHarness,
) -> None:
    """The store forgot the picture already: the button still removes the message."""
    await finished_job(harness)
    await harness.tap("do:delete:1:0", message_id=5002)
    harness.telegram.calls.clear()
    await harness.tap("do:delete:1:0", message_id=5002)
    assert [call.message_id for call in harness.telegram.of(DeleteMessage)][:1] == [5002]
