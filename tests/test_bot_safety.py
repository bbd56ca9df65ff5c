"""Unsafe pictures in the chat: as they are, veiled, or not at all, as each chat has chosen."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiogram.methods import (
    AnswerInlineQuery,
    EditMessageMedia,
    EditMessageText,
    SendAnimation,
    SendDocument,
    SendMessage,
    SendPhoto,
)

from bot.settings import SettingsError, load
from store import choices, recipes
from store.records import Verdict
from store.safety import MODES, Mode, SafetyRule
from tests.bot_fixtures import ANNA, BORIS, GROUP, Room, bad_request, buttons, opened_room
from tests.store_fixtures import credits, sql

UNSAFE, HARMLESS = Verdict(0.93, True), Verdict(0.02)
OPEN = SafetyRule("soft", "off")  # every mode may be chosen


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with opened_room(tmp_path, OPEN) as room:
        yield room


async def _painted(room: Room, verdict: Verdict, mode: Mode | None = None) -> list[str]:
    """Anna's picture, delivered; which messages came of it."""
    if mode is not None:
        await choices.choose(room.db, ANNA, "safety", mode)
    await room.say("кот")
    await room.deliver()
    await room.finish(await room.painting(), verdict=verdict)
    return await room.deliver()


def _veils(room: Room) -> list[bool]:
    media = [call.media for call in room.telegram.of(EditMessageMedia)]
    return [bool(getattr(one, "has_spoiler", None)) for one in media]


@pytest.mark.parametrize(
    ("mode", "verdict", "veils"),
    [
        ("off", UNSAFE, [False, False]),
        ("soft", UNSAFE, [True, True]),
        (None, UNSAFE, [True, True]),
        ("soft", HARMLESS, [False, False]),
        ("soft", Verdict(), [False, False]),
        ("hard", HARMLESS, [False, False]),
    ],
)
async def test_animation_and_picture_come_as_the_chat_has_chosen(
    room: Room, mode: Mode | None, verdict: Verdict, veils: list[bool]
) -> None:
    assert await _painted(room, verdict, mode) == ["animation", "slot", "picture"]
    assert _veils(room) == veils


async def test_the_veil_stays_where_a_message_must_be_sent_anew(room: Room) -> None:
    for _ in range(2):
        room.telegram.fail(EditMessageMedia, bad_request("message to edit not found"))
    await _painted(room, UNSAFE)
    assert [call.has_spoiler for call in room.telegram.of(SendAnimation)] == [True]
    assert [call.has_spoiler for call in room.telegram.of(SendPhoto)] == [True]


@pytest.mark.parametrize("user", [ANNA, BORIS])
async def test_a_strict_chat_hears_one_sentence_and_pays_nothing(room: Room, user: int) -> None:
    before = await credits(room.db, user)
    await choices.choose(room.db, user, "safety", "hard")
    await room.say("кот <b>", user=user)
    await room.deliver()
    await room.finish(await room.painting(), verdict=UNSAFE)
    assert await room.deliver() == ["sorry"]
    (edit,) = room.telegram.of(EditMessageText)
    language = "ru" if user == ANNA else "en"
    assert edit.text == room.desk.texts(language, "picture-refused", prompt="кот &lt;b&gt;")
    assert edit.text.count(".") == 1 and edit.reply_markup is None
    assert room.telegram.of(EditMessageMedia) == []
    assert await credits(room.db, user) == before
    (job,) = await room.jobs()
    assert (job.state, job.risk, job.unsafe) == ("failed", 0.93, True)


async def test_a_refused_picture_is_nowhere_to_be_had(room: Room) -> None:
    await _painted(room, UNSAFE, "hard")
    room.telegram.calls.clear()
    await room.say("/gallery")
    assert room.answers() == [room.desk.texts("ru", "gallery-empty")]
    await room.inquire()
    assert room.telegram.of(AnswerInlineQuery)[0].results == []
    for action in ("png", "gif", "again", "vary", "facts", "share"):
        await room.tap(f"do:{action}:1:0")
    await room.tap("send:1")
    assert room.telegram.of(SendDocument) == [] and room.telegram.of(SendPhoto) == []
    assert set(room.toasts()) == {
        room.desk.texts("ru", "alert-stale"),
        room.desk.texts("ru", "alert-erased"),
    }
    assert await sql(room.db, "SELECT * FROM recipes") == []
    assert len(await room.jobs()) == 1
    assert await sql(room.db, "SELECT key FROM erasures") == [("jobs/1",)]


async def test_the_gallery_keeps_the_veil_and_other_chats_are_not_offered_the_picture(
    room: Room,
) -> None:
    await _painted(room, HARMLESS)
    await _painted(room, UNSAFE)
    await room.say("/gallery")
    shown = room.telegram.of(SendPhoto)[-1]
    assert shown.has_spoiler
    assert "Отправить в чат" not in buttons(shown)
    await room.tap("leaf:1")
    turned = room.telegram.of(EditMessageMedia)[-1]
    assert not getattr(turned.media, "has_spoiler", None)
    assert "Отправить в чат" in buttons(turned)
    await room.tap("leaf:2")
    assert getattr(room.telegram.of(EditMessageMedia)[-1].media, "has_spoiler", None)
    await room.inquire()
    offered = room.telegram.of(AnswerInlineQuery)[0].results
    assert [result.id for result in offered] == ["1"]
    for job_id, markup in ((2, False), (1, True)):
        await room.tap(f"do:share:{job_id}:0")
        assert bool(room.telegram.of(SendMessage)[-1].reply_markup) is markup
    assert await recipes.share(room.db, 2)


async def test_a_groups_administrators_choose_for_all_in_it(room: Room) -> None:
    await choices.choose(room.db, BORIS, "safety", "off")
    await room.say("/draw a cat", user=BORIS, chat=GROUP)
    room.telegram.administrators.add(BORIS)
    await room.tap(f"set:{GROUP}:safety:hard", user=BORIS, chat=GROUP)
    await room.say("/draw a cat", user=BORIS, chat=GROUP)
    await room.say("a cat", user=BORIS)
    jobs = await room.jobs()
    assert [job.safety for job in jobs] == ["soft", "hard", "off"]


async def test_a_choice_holds_from_the_next_picture_on(room: Room) -> None:
    await room.say("кот")
    await room.tap(f"page:{ANNA}:safety")
    page = buttons(room.telegram.of(EditMessageText)[-1])
    assert list(page)[1:4] == ["показывать как есть", "прятать под спойлер", "не показывать"]
    await room.tap(page["не показывать"])
    assert "Откровенное и жестокое: не показывать" in buttons(room.telegram.of(EditMessageText)[-1])
    await room.say("пёс")
    assert [job.safety for job in await room.jobs()] == ["soft", "hard"]


async def test_nobody_goes_below_the_owners_floor(tmp_path: Path) -> None:
    async with opened_room(tmp_path, SafetyRule("soft", "soft")) as room:
        await room.tap(f"page:{ANNA}:safety")
        page = buttons(room.telegram.of(EditMessageText)[-1])
        assert list(page)[:3] == ["✓ по умолчанию", "прятать под спойлер", "не показывать"]
        await room.tap(f"set:{ANNA}:safety:off")
        assert room.toasts()[-1] == room.desk.texts("ru", "alert-stale")
        await choices.choose(room.db, ANNA, "safety", "off")  # from a time of another floor
        await room.say("/settings")
        menu = buttons(room.telegram.of(SendMessage)[-1])
        assert "Откровенное и жестокое: по умолчанию" in menu
        await room.say("кот")
        assert [job.safety for job in await room.jobs()] == ["soft"]


@pytest.mark.parametrize("least", MODES)
@pytest.mark.parametrize("usual", MODES)
def test_whatever_is_chosen_the_floor_holds(usual: Mode, least: Mode) -> None:
    rule = SafetyRule(usual, least)
    for chosen in (None, "nonsense", *MODES):
        held = rule.holding(chosen)
        assert held in rule.offered
        if chosen in rule.offered:
            assert held == chosen
    assert rule.holding(None) == max(usual, least, key=MODES.index)


@pytest.mark.parametrize(
    ("set_to", "rule"),
    [
        ({}, SafetyRule("soft", "soft")),
        ({"SAFETY": "hard"}, SafetyRule("hard", "hard")),
        ({"SAFETY": "off"}, SafetyRule("off", "off")),
        ({"SAFETY": "soft", "SAFETY_LEAST": "off"}, SafetyRule("soft", "off")),
    ],
)
def test_the_owners_rule_is_read_from_the_settings(
    set_to: dict[str, str], rule: SafetyRule, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in set_to.items():
        monkeypatch.setenv(f"MAZOK_{name}", value)
    assert load().safety_rule == rule
    monkeypatch.setenv("MAZOK_SAFETY", "medium")
    with pytest.raises(SettingsError, match="MAZOK_SAFETY is wrong"):
        load()
