"""Unsafe pictures in the chat: as they are, veiled, or not at all, as each chat has chosen."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiogram.methods import (
    AnswerInlineQuery,
    EditMessageMedia,
    EditMessageText,
    SendDocument,
    SendMessage,
    SendPhoto,
)

from bot.settings import SettingsError, load
from store.gallery import shared_links
from store.model import SafetyVerdict
from store.moderation.safety_modes import MODES, SafetyMode, SafetyRule
from store.users import preferences
from tests.fixtures.bot import (
    ANNA,
    BORIS,
    GROUP,
    BotHarness,
    bad_request,
    buttons,
    open_bot_harness,
)
from tests.fixtures.delivery import shown
from tests.fixtures.store import credits, sql

UNSAFE, HARMLESS = SafetyVerdict(0.93, True), SafetyVerdict(0.02)
OPEN = SafetyRule("soft", "off")  # every mode may be chosen


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[BotHarness]:
    async with open_bot_harness(tmp_path, OPEN) as harness:
        yield harness


async def _painted(
    harness: BotHarness, verdict: SafetyVerdict, mode: SafetyMode | None = None
) -> list[str]:
    """Anna's picture, delivered; which messages came of it."""
    if mode is not None:
        await preferences.set_preference(harness.db, ANNA, "safety", mode)
    await harness.say("кот")
    await harness.deliver()
    await harness.finish(await harness.painting(), verdict=verdict)
    return await harness.deliver()


def _veils(harness: BotHarness) -> list[bool]:
    return [one.has_spoiler for one in shown(harness)]


@pytest.mark.parametrize(
    ("mode", "verdict", "veils"),
    [
        ("off", UNSAFE, [False, False]),
        ("soft", UNSAFE, [True, True]),
        (None, UNSAFE, [True, True]),
        ("soft", HARMLESS, [False, False]),
        ("soft", SafetyVerdict(), [False, False]),
        ("hard", HARMLESS, [False, False]),
    ],
)
async def test_animation_and_picture_come_as_the_chat_has_chosen(
    harness: BotHarness, mode: SafetyMode | None, verdict: SafetyVerdict, veils: list[bool]
) -> None:
    assert await _painted(harness, verdict, mode) == ["animation", "picture"]
    assert _veils(harness) == veils


async def test_the_veil_stays_where_a_message_must_be_sent_anew(harness: BotHarness) -> None:
    harness.telegram.fail(EditMessageMedia, bad_request("message to edit not found"))
    await _painted(harness, UNSAFE)
    first, *edits = harness.telegram.of(EditMessageMedia)
    assert first.message_id not in [edit.message_id for edit in edits]
    assert _veils(harness) == [True] * 3


@pytest.mark.parametrize("user", [ANNA, BORIS])
async def test_a_strict_chat_hears_one_sentence_and_pays_nothing(
    harness: BotHarness, user: int
) -> None:
    before = await credits(harness.db, user)
    await preferences.set_preference(harness.db, user, "safety", "hard")
    words, language = ("кот", "ru") if user == ANNA else ("cat", "en")
    await harness.say(f"{words} <b>", user=user)
    await harness.deliver()
    await harness.finish(await harness.painting(), verdict=UNSAFE)
    assert await harness.deliver() == ["sorry"]
    (edit,) = harness.telegram.of(EditMessageText)
    prompt = f"{words} &lt;b&gt;"
    assert edit.text == harness.context.texts(language, "picture-refused", prompt=prompt)
    assert edit.text.count(".") == 1 and edit.reply_markup is None
    assert harness.telegram.of(EditMessageMedia) == []
    assert await credits(harness.db, user) == before
    (job,) = await harness.jobs()
    assert (job.state, job.risk, job.unsafe) == ("failed", 0.93, True)


async def test_a_refused_picture_is_nowhere_to_be_had(harness: BotHarness) -> None:
    await _painted(harness, UNSAFE, "hard")
    harness.telegram.calls.clear()
    await harness.say("/gallery")
    assert harness.answers() == [harness.context.texts("ru", "gallery-empty")]
    await harness.inquire()
    assert harness.telegram.of(AnswerInlineQuery)[0].results == []
    for action in ("png", "gif", "again", "vary", "facts", "share"):
        await harness.tap(f"do:{action}:1:0")
    await harness.tap("send:1")
    assert harness.telegram.of(SendDocument) == [] and harness.telegram.of(SendPhoto) == []
    assert set(harness.toasts()) == {
        harness.context.texts("ru", "alert-stale"),
        harness.context.texts("ru", "alert-erased"),
    }
    assert await sql(harness.db, "SELECT * FROM recipes") == []
    assert len(await harness.jobs()) == 1
    assert await sql(harness.db, "SELECT key FROM erasures") == [("jobs/1",)]


async def test_the_gallery_keeps_the_veil_and_other_chats_are_not_offered_the_picture(
    harness: BotHarness,
) -> None:
    await _painted(harness, HARMLESS)
    await _painted(harness, UNSAFE)
    await harness.say("/gallery")
    shown = harness.telegram.of(SendPhoto)[-1]
    assert shown.has_spoiler
    assert "Отправить в чат" not in buttons(shown)
    await harness.tap("leaf:1")
    turned = harness.telegram.of(EditMessageMedia)[-1]
    assert not getattr(turned.media, "has_spoiler", None)
    assert "Отправить в чат" in buttons(turned)
    await harness.tap("leaf:2")
    assert getattr(harness.telegram.of(EditMessageMedia)[-1].media, "has_spoiler", None)
    await harness.inquire()
    offered = harness.telegram.of(AnswerInlineQuery)[0].results
    assert [result.id for result in offered] == ["1"]
    for job_id, markup in ((2, False), (1, True)):
        await harness.tap(f"do:share:{job_id}:0")
        assert bool(harness.telegram.of(SendMessage)[-1].reply_markup) is markup
    assert await shared_links.create_link(harness.db, 2)


async def test_a_groups_administrators_choose_for_all_in_it(harness: BotHarness) -> None:
    await preferences.set_preference(harness.db, BORIS, "safety", "off")
    await harness.say("/draw a cat", user=BORIS, chat=GROUP)
    harness.telegram.administrators.add(BORIS)
    await harness.tap(f"set:{GROUP}:safety:hard", user=BORIS, chat=GROUP)
    await harness.say("/draw a cat", user=BORIS, chat=GROUP)
    await harness.say("a cat", user=BORIS)
    jobs = await harness.jobs()
    assert [job.safety for job in jobs] == ["soft", "hard", "off"]


async def test_a_choice_holds_from_the_next_picture_on(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.tap(f"page:{ANNA}:safety")
    page = buttons(harness.telegram.of(EditMessageText)[-1])
    assert list(page)[1:4] == ["показывать как есть", "под спойлером", "не показывать"]
    await harness.tap(page["не показывать"])
    assert "Фильтр 18+: не показывать" in buttons(harness.telegram.of(EditMessageText)[-1])
    await harness.say("пёс")
    assert [job.safety for job in await harness.jobs()] == ["soft", "hard"]


async def test_nobody_goes_below_the_owners_floor(tmp_path: Path) -> None:
    async with open_bot_harness(tmp_path, SafetyRule("soft", "soft")) as harness:
        await harness.tap(f"page:{ANNA}:safety")
        page = buttons(harness.telegram.of(EditMessageText)[-1])
        assert list(page)[:3] == [
            "✓ по умолчанию (под спойлером)",
            "под спойлером",
            "не показывать",
        ]
        await harness.tap(f"set:{ANNA}:safety:off")
        assert harness.toasts()[-1] == harness.context.texts("ru", "alert-stale")
        await preferences.set_preference(
            harness.db, ANNA, "safety", "off"
        )  # from a time of another floor
        await harness.say("/settings")
        menu = buttons(harness.telegram.of(SendMessage)[-1])
        assert "Фильтр 18+: по умолчанию (под спойлером)" in menu
        await harness.say("кот")
        assert [job.safety for job in await harness.jobs()] == ["soft"]


@pytest.mark.parametrize("least", MODES)
@pytest.mark.parametrize("usual", MODES)
def test_whatever_is_chosen_the_floor_holds(usual: SafetyMode, least: SafetyMode) -> None:
    rule = SafetyRule(usual, least)
    for chosen in (None, "nonsense", *MODES):
        held = rule.effective(chosen)
        assert held in rule.offered
        if chosen in rule.offered:
            assert held == chosen
    assert rule.effective(None) == max(usual, least, key=MODES.index)


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
