"""How often a chat hears of a painting: the newest only, results first, and never in a hurry."""

from itertools import pairwise

import pytest
from aiogram.exceptions import TelegramRetryAfter
from aiogram.methods import EditMessageMedia, EditMessageText

from bot.delivery.progress import ProgressUpdater
from tests.fixtures.bot import ANNA, BORIS, GROUP, WITHOUT_SPACING, BotHarness
from tests.fixtures.delivery import shown
from tests.fixtures.progress import FRAMES, report, start_job, with_frames
from tests.fixtures.store import found, sql


@pytest.fixture
async def harness(harness: BotHarness) -> BotHarness:
    return await with_frames(harness)


async def test_12_edits_keep_their_distance_and_a_group_is_counted_as_one(
    harness: BotHarness,
) -> None:
    for user in (ANNA, BORIS):
        await harness.say("/draw a cat", user=user, chat=GROUP)
    await harness.deliver()
    for _ in range(2):
        await harness.painting()
    await harness.update_progress()
    assert len(harness.telegram.of(EditMessageText)) == 1
    await harness.free_chats()
    await harness.progress.run_once()
    await harness.progress.drain()
    assert len(harness.telegram.of(EditMessageText)) == 1


@pytest.mark.parametrize("delivery_settings", [WITHOUT_SPACING])
async def test_12_a_minute_of_painting_in_a_private_chat_and_in_a_group(
    harness: BotHarness,
) -> None:
    """Every second has something new to show: two jobs of a group, one of a person."""
    now = [1000.0]
    harness.progress = ProgressUpdater(harness.delivery_context, lambda: now[0])
    for user, chat in ((ANNA, ANNA), (ANNA, GROUP), (BORIS, GROUP)):
        await harness.say("/draw a cat", user=user, chat=chat)
    await harness.deliver()
    paintings = [await harness.painting() for _ in range(3)]
    edits: dict[int, list[float]] = {ANNA: [], GROUP: []}
    for second in range(60):
        await sql(harness.db, f"UPDATE jobs SET step = {second}, steps = 100")
        before = len(harness.telegram.of(EditMessageText))
        await harness.progress.run_once()
        await harness.progress.drain()
        for call in harness.telegram.of(EditMessageText)[before:]:
            assert isinstance(call.chat_id, int)
            edits[call.chat_id].append(now[0])
        now[0] += 1.0
    apart = [later - earlier for earlier, later in pairwise(edits[ANNA])]
    assert all(3 <= seconds <= 5 for seconds in apart)
    assert len(edits[ANNA]) >= 12
    assert 8 <= len(edits[GROUP]) <= 10
    shown = {call.message_id for call in harness.telegram.of(EditMessageText)}
    assert len(shown) == len(paintings)  # both of the group take part
    texts = [(call.message_id, call.text) for call in harness.telegram.of(EditMessageText)]
    assert len(set(texts)) == len(texts)


async def test_14_a_result_that_waits_for_a_full_group_is_not_overtaken_by_previews(
    harness: BotHarness,
) -> None:
    for user in (ANNA, BORIS):
        await harness.say("/draw a cat", user=user, chat=GROUP)
    await harness.deliver()
    first, second = [await harness.painting() for _ in range(2)]
    await harness.finish(first)
    await harness.update_progress()
    assert harness.telegram.of(EditMessageText) == []
    await harness.deliver()
    await harness.update_progress()
    (edit,) = harness.telegram.of(EditMessageText)
    assert edit.message_id == second.status_message_id


async def test_13_while_telegram_makes_us_wait_the_painting_goes_on(harness: BotHarness) -> None:
    job = await start_job(harness, preview=FRAMES[0])
    harness.telegram.fail(EditMessageMedia, lambda method: TelegramRetryAfter(method, "Flood", 30))
    await harness.update_progress()
    for step in (6, 7, 8, 9):
        await report(harness, job, step=step, preview=FRAMES[1])
        await harness.update_progress()
    assert len(harness.telegram.of(EditMessageMedia)) == 1  # only the refused one
    await harness.finish(await found(harness.db, job.id))
    assert await harness.deliver() == []  # the result obeys, too
    await sql(harness.db, "UPDATE chats SET hold_until_ms = 0")
    assert await harness.deliver() == ["animation", "picture"]
    files = shown(harness)
    assert [one.kind for one in files] == ["photo", "animation", "photo"]
    assert files[2].data == b"picture.png"


async def test_13_telegrams_wait_holds_the_chat_and_the_frame_is_dropped(
    harness: BotHarness,
) -> None:
    job = await start_job(harness)
    harness.telegram.fail(EditMessageText, lambda method: TelegramRetryAfter(method, "Flood", 30))
    await harness.update_progress()
    await harness.update_progress()
    assert len(harness.telegram.of(EditMessageText)) == 1
    await sql(harness.db, "UPDATE chats SET hold_until_ms = 0")
    await report(harness, job, step=8)
    await harness.update_progress()
    assert "шаг 8 из 10" in (harness.telegram.of(EditMessageText)[-1].text or "")
