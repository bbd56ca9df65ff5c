"""Styles and guides: buttons where the models have them, a choice in /settings, a list to edit."""

import json
from typing import Any

import pytest
from aiogram.methods import EditMessageReplyMarkup, EditMessageText, SendMessage

from store.jobs import engines
from store.jobs.engines import EngineState
from store.reader.repertoire import Repertoire
from store.reader.vocabulary import subjects
from store.request.request import DrawRequest
from store.users.preferences import set_preference
from store.users.styles import Style, in_style
from tests.fixtures.bot import ADMIN, ANNA, BORIS, BotHarness, buttons
from tests.fixtures.delivery import finished_job
from tests.fixtures.store import sql

BOTH = ("latin", "cyrillic")
SMALL = Repertoire(frozenset(subject.key for subject in subjects()))
INK = Style(1, "тушь", "ink", "рисунок тушью", "an ink drawing", 0.5)
OIL = Style(2, "масло", "oil", "картина маслом", "an oil painting", 0.6)


async def _engine(harness: BotHarness, *closed: str) -> None:
    """An engine whose guides read these scripts with a closed vocabulary, the others openly."""
    state = EngineState("e", ("m",), "cpu", [(64, 64)], 1, ("m",), dict.fromkeys(closed, SMALL))
    await engines.record_heartbeat(harness.db, state)


async def _painted(harness: BotHarness, *scripts: str) -> None:
    """A finished picture whose guides know styles in these scripts."""
    await finished_job(harness)
    [(result,)] = await sql(harness.db, "SELECT result FROM jobs")
    text = json.dumps({**json.loads(result), "styles": scripts})
    await sql(harness.db, "UPDATE jobs SET result = :text", text=text)


@pytest.mark.parametrize(
    ("prompt", "known", "expected"),
    [
        ("кот", BOTH, "кот | картина маслом:0.6"),
        ("a cat", BOTH, "a cat | an oil painting:0.6"),
        ("кот", ("latin",), "кот | an oil painting:0.6"),
        ("кот", (), "кот"),
        (
            "кот:2 ^ пёс | снег",
            BOTH,
            "кот:2 | картина маслом:0.6 ^ пёс | снег | картина маслом:0.6",
        ),
        ("кот | Рисунок тушью:0,5", BOTH, "кот | картина маслом:0.6"),
        ("кот | картина маслом:0.6", BOTH, "кот | картина маслом:0.6"),
        ("картина маслом", BOTH, "картина маслом | картина маслом:0.6"),
    ],
)
def test_85_a_style_is_a_phrase_with_a_weight(
    prompt: str, known: tuple[str, ...], expected: str
) -> None:
    styled = in_style(DrawRequest(prompt=prompt), OIL, known, [INK])
    assert styled.prompt == expected


async def test_85_styles_unfold_under_a_picture_and_paint_it(harness: BotHarness) -> None:
    await _painted(harness, *BOTH)
    await harness.tap("do:more:1:4")
    unfolded: Any = harness.telegram.of(EditMessageReplyMarkup)[-1]
    assert buttons(unfolded)["В стиле…"] == "do:styles:1:4"
    assert max(len(row) for row in unfolded.reply_markup.inline_keyboard) <= 3
    await harness.tap("do:styles:1:4")
    shown = buttons(harness.telegram.of(EditMessageReplyMarkup)[-1])
    assert list(shown)[:2] == ["акварель", "масло"] and len(shown) == 9
    for _ in range(2):  # a double tap
        await harness.tap(shown["масло"])
    first, second = await harness.jobs()
    assert second.prompt == f"{first.prompt} | картина маслом:0.6"
    assert second.request.init is not None


async def test_85_models_of_a_closed_vocabulary_show_none(harness: BotHarness) -> None:
    await _painted(harness)
    await harness.tap("do:more:1:4")
    assert "do:styles" not in str(buttons(harness.telegram.of(EditMessageReplyMarkup)[-1]))
    await harness.tap("style:1:1:0")  # forged
    assert len(await harness.jobs()) == 1
    for closed, there in ((BOTH, False), (("cyrillic",), True)):
        await _engine(harness, *closed)
        await harness.say("/settings")
        menu = buttons(harness.telegram.of(SendMessage)[-1])
        assert (f"page:{ANNA}:style" in menu.values()) is there


async def test_85_a_chosen_style_holds_for_every_prompt(harness: BotHarness) -> None:
    await _engine(harness, "cyrillic")
    await harness.tap(f"page:{ANNA}:style")
    page = buttons(harness.telegram.of(EditMessageText)[-1])
    await harness.tap(page["мозаика"])
    await harness.say("кот")
    await harness.say("a cat")
    assert [job.prompt for job in await harness.jobs()] == [
        "кот | a mosaic:0.6",
        "a cat | a mosaic:0.6",
    ]
    await _engine(harness, *BOTH)  # only the pocket models are on now
    await harness.say("пёс")
    assert (await harness.jobs())[-1].prompt == "пёс"
    await set_preference(harness.db, ANNA, "style", "99")  # one that is gone
    await _engine(harness)
    await harness.say("дом")
    assert (await harness.jobs())[-1].prompt == "дом"


async def test_85_administrators_edit_the_list(harness: BotHarness) -> None:
    await harness.say("/styles", user=BORIS)
    assert "/styles set" not in harness.answers()[-1]
    update = await harness.say("/styles set тушь = рисунок тушью / ink / 0,5", user=ADMIN)
    await harness.feed(update)
    assert len([text for text in harness.answers() if "тушь" in text]) == 1
    await harness.say("/styles set тушь / ink = an ink drawing", user=ADMIN)
    await harness.say("/styles drop Mosaic", user=ADMIN)
    await harness.say("/styles", user=ADMIN)
    table = harness.answers()[-1]
    assert "тушь / ink = an ink drawing / 0.6" in table and "мозаика" not in table
    actions = await sql(harness.db, "SELECT action FROM audit")
    assert actions == [("style",)] * 3


@pytest.mark.parametrize(
    "words",
    [
        "set",
        "set тушь",
        "set тушь / ink / much",
        "set тушь / ink / 9",
        "set a|b / ink",
        "drop none",
    ],
)
async def test_85_what_is_no_style_is_told_and_changes_nothing(
    harness: BotHarness, words: str
) -> None:
    before = await sql(harness.db, "SELECT * FROM styles")
    await harness.say(f"/styles {words}", user=ADMIN)
    assert harness.answers()
    assert await sql(harness.db, "SELECT * FROM styles") == before


async def test_85_no_more_than_there_are_buttons(harness: BotHarness) -> None:
    for number in range(6):
        await harness.say(f"/styles set стиль {number} / style {number}", user=ADMIN)
    assert "сначала уберите" in harness.answers()[-1]
    assert await sql(harness.db, "SELECT count(*) FROM styles") == [(12,)]


async def test_a_guide_is_offered_where_there_is_a_choice(harness: BotHarness) -> None:
    for guides, there in ((("pocket",), False), (("pocket", "ViT-B-32/openai"), True)):
        state = EngineState("e", guides, "cpu", [(64, 64)], 1, ("m",), guides=guides)
        await engines.record_heartbeat(harness.db, state)
        await harness.tap(f"page:{ANNA}:finer")
        finer = buttons(harness.telegram.of(EditMessageText)[-1])
        assert (f"page:{ANNA}:guide" in finer.values()) is there
    await harness.tap(f"page:{ANNA}:guide")
    page = buttons(harness.telegram.of(EditMessageText)[-1])
    await harness.tap(page["ViT-B-32/openai"])
    await harness.say("кот")
    assert (await harness.jobs())[-1].request.guide == "ViT-B-32/openai"


@pytest.mark.parametrize(
    ("usual", "chosen", "told"),
    [
        ((), "pocket", ["notice-will-paint"]),
        (BOTH, "pocket", ["notice-will-paint"]),
        (BOTH, "ViT-B-32/openai", []),
        ((), None, []),
    ],
)
async def test_55_what_is_told_before_is_what_the_chosen_guide_knows(
    harness: BotHarness, usual: tuple[str, ...], chosen: str | None, told: list[str]
) -> None:
    known = dict.fromkeys((*usual, "pocket"), SMALL)
    guides = ("pocket", "ViT-B-32/openai")
    state = EngineState("e", guides, "cpu", [(64, 64)], 1, ("m",), known, guides=guides)
    await engines.record_heartbeat(harness.db, state)
    await set_preference(harness.db, ANNA, "guide", chosen)
    await set_preference(harness.db, ANNA, "style", "2")
    await harness.say("космонавт верхом на лошади")
    (job,) = await harness.jobs()
    assert [one.key for one in job.notices if one.key != "notice-weights"] == told
    assert ("маслом" in job.prompt) is (chosen != "pocket")


async def test_65_a_picture_made_larger_is_painted_in_a_style(harness: BotHarness) -> None:
    await _painted(harness, *BOTH)
    request = "json_set(request, '$.larger', 'inputs/a.png')"
    result = "json_set(result, '$.steps', 0)"
    await sql(harness.db, f"UPDATE jobs SET request = {request}, result = {result}")
    await harness.tap("do:more:1:4")
    unfolded = harness.telegram.of(EditMessageReplyMarkup)[-1]
    assert "do:styles:1:4" in buttons(unfolded).values()
    await harness.tap("style:1:2:4")
    *_, styled = await harness.jobs()
    assert styled.prompt.endswith("| картина маслом:0.6") and styled.request.init is not None
    assert styled.request.larger is None and styled.request.steps is None
