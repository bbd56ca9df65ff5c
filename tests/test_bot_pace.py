"""How often a chat hears of a painting: the newest only, results first, and never in a hurry."""

from itertools import pairwise
from typing import Any

import pytest
from aiogram.exceptions import TelegramRetryAfter
from aiogram.methods import EditMessageMedia, EditMessageText

from tests.bot_fixtures import ANNA, BORIS, GROUP, Room
from tests.progress_fixtures import FRAMES, on, started, with_frames
from tests.store_fixtures import found, sql


@pytest.fixture
async def room(room: Room) -> Room:
    return await with_frames(room)


async def test_12_edits_keep_their_distance_and_a_group_is_counted_as_one(room: Room) -> None:
    for user in (ANNA, BORIS):
        await room.say("/draw a cat", user=user, chat=GROUP)
    await room.deliver()
    for _ in range(2):
        await room.painting()
    await room.show()
    assert len(room.telegram.of(EditMessageText)) == 1
    await room.free_chats()
    await room.progress.look()
    await room.progress.settle()
    assert len(room.telegram.of(EditMessageText)) == 1


async def test_12_a_minute_of_painting_in_a_private_chat_and_in_a_group(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every second has something new to show: two jobs of a group, one of a person."""
    now = [1000.0]
    monkeypatch.setattr("bot.progress.monotonic", lambda: now[0])
    monkeypatch.setattr("store.chats.SPACING_MS", 0)
    for user, chat in ((ANNA, ANNA), (ANNA, GROUP), (BORIS, GROUP)):
        await room.say("/draw a cat", user=user, chat=chat)
    await room.deliver()
    paintings = [await room.painting() for _ in range(3)]
    edits: dict[int, list[float]] = {ANNA: [], GROUP: []}
    for second in range(60):
        await sql(room.db, f"UPDATE jobs SET step = {second}, steps = 100")
        before = len(room.telegram.of(EditMessageText))
        await room.progress.look()
        await room.progress.settle()
        for call in room.telegram.of(EditMessageText)[before:]:
            assert isinstance(call.chat_id, int)
            edits[call.chat_id].append(now[0])
        now[0] += 1.0
    apart = [later - earlier for earlier, later in pairwise(edits[ANNA])]
    assert all(3 <= seconds <= 5 for seconds in apart)
    assert len(edits[ANNA]) >= 12
    assert 8 <= len(edits[GROUP]) <= 10
    shown = {call.message_id for call in room.telegram.of(EditMessageText)}
    assert len(shown) == len(paintings)  # both of the group take part
    texts = [(call.message_id, call.text) for call in room.telegram.of(EditMessageText)]
    assert len(set(texts)) == len(texts)


async def test_14_a_result_that_waits_for_a_full_group_is_not_overtaken_by_previews(
    room: Room,
) -> None:
    for user in (ANNA, BORIS):
        await room.say("/draw a cat", user=user, chat=GROUP)
    await room.deliver()
    first, second = [await room.painting() for _ in range(2)]
    await room.finish(first)
    await room.show()
    assert room.telegram.of(EditMessageText) == []
    await room.deliver()
    await room.show()
    (edit,) = room.telegram.of(EditMessageText)
    assert edit.message_id == second.status_message_id


async def test_13_while_telegram_makes_us_wait_the_painting_goes_on(room: Room) -> None:
    job = await started(room, preview=FRAMES[0])
    room.telegram.fail(EditMessageMedia, lambda method: TelegramRetryAfter(method, "Flood", 30))
    await room.show()
    for step in (6, 7, 8, 9):
        await on(room, job, step=step, preview=FRAMES[1])
        await room.show()
    assert len(room.telegram.of(EditMessageMedia)) == 1  # only the refused one
    await room.finish(await found(room.db, job.id))
    assert await room.deliver() == []  # the result obeys, too
    await sql(room.db, "UPDATE chats SET hold_until_ms = 0")
    assert await room.deliver() == ["animation", "slot", "picture"]
    media: Any = [call.media for call in room.telegram.of(EditMessageMedia)]
    assert [one.type for one in media] == ["photo", "animation", "photo"]
    assert media[2].media.data == b"picture.png"


async def test_13_telegrams_wait_holds_the_chat_and_the_frame_is_dropped(room: Room) -> None:
    job = await started(room)
    room.telegram.fail(EditMessageText, lambda method: TelegramRetryAfter(method, "Flood", 30))
    await room.show()
    await room.show()
    assert len(room.telegram.of(EditMessageText)) == 1
    await sql(room.db, "UPDATE chats SET hold_until_ms = 0")
    await on(room, job, step=8)
    await room.show()
    assert "шаг 8 из 10" in (room.telegram.of(EditMessageText)[-1].text or "")
