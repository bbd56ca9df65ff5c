"""One's gallery by meaning and by words: /gallery with words, and inline."""

import asyncio
from collections.abc import Sequence

from aiogram.methods import AnswerInlineQuery, EditMessageMedia, SendPhoto

from store.questions import questions
from tests.fixtures.bot import ANNA, BORIS, BotHarness, buttons, engine_is_here


async def _paint(harness: BotHarness, *prompts: str, user: int = ANNA) -> None:
    for prompt in prompts:
        await harness.say(f"/draw {prompt}", user=user)
        await harness.finish(await harness.painting())
        await harness.deliver()


async def _asked(harness: BotHarness) -> None:
    await harness.dispatcher["asking"].drain()
    await harness.context.replies.drain()


async def _answer(harness: BotHarness, found: Sequence[int]) -> str:
    """Answer the next question as an engine; return its text."""
    while (question := await questions.claim(harness.db)) is None:
        await asyncio.sleep(0.02)
    await questions.answer(harness.db, question, list(found))
    await _asked(harness)
    return question.text


async def test_80_a_search_shows_what_the_guide_finds_best_first(harness: BotHarness) -> None:
    await engine_is_here(harness.db)
    await _paint(harness, "рыжий кот", "сова", "ёлка")
    await harness.say("/gallery  кот на синем ")
    assert await _answer(harness, [1, 3]) == "кот на синем"
    page = harness.telegram.of(SendPhoto)[-1]
    assert "рыжий кот" in (page.caption or "")
    (more,) = [data for data in buttons(page).values() if data.startswith("found")]
    await harness.tap(more)
    second = harness.telegram.of(EditMessageMedia)[-1]
    assert "ёлка" in str(second.media.caption)
    assert [text for text, data in buttons(second).items() if data.startswith("found")] == [
        "← 1 из 2"
    ]
    await harness.tap(more, user=BORIS)
    assert "too old" in str(harness.toasts()[-1])


async def test_80_without_an_engine_the_words_of_the_prompts_are_searched(
    harness: BotHarness,
) -> None:
    await _paint(harness, "Рыжий кот", "сова", "кот и пёс")
    await harness.say("/gallery КОТ")
    await _asked(harness)
    page = harness.telegram.of(SendPhoto)[-1]
    assert "кот и пёс" in (page.caption or "")
    assert len([data for data in buttons(page).values() if data.startswith("found")]) == 1
    await harness.say("/gallery бегемот")
    await _asked(harness)
    assert "«бегемот»" in harness.answers()[-1]


async def test_80_inline_offers_what_says_and_then_what_shows_the_words(
    harness: BotHarness,
) -> None:
    await engine_is_here(harness.db)
    await _paint(harness, "ginger tom", "owl", "a cat")
    await harness.inquire("cat")
    await _answer(harness, [1])
    answer = harness.telegram.of(AnswerInlineQuery)[-1]
    assert [result.id for result in answer.results] == ["3", "1"]
