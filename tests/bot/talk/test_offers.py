"""What cannot be painted is told with what is near, and can be painted all the same."""

from typing import Any

import pytest
from aiogram.methods import EditMessageReplyMarkup, SendMessage
from aiogram.types import InlineKeyboardMarkup

from store.jobs import engines
from store.jobs.engines import EngineState
from store.reader.repertoire import Repertoire
from store.reader.vocabulary import subjects
from tests.fixtures.bot import ANNA, BORIS, BotHarness, buttons, person

SMALL = Repertoire(frozenset(subject.key for subject in subjects()))


@pytest.fixture
async def small(harness: BotHarness) -> BotHarness:
    """A bot whose only engine has the pocket models."""
    known = {"latin": SMALL, "cyrillic": SMALL}
    state = EngineState("e", ("pocket",), "cpu", [(512, 512)], 1, ("pocket",), known)
    await engines.record_heartbeat(harness.db, state)
    return harness


async def tap_anyway(harness: BotHarness, text: str, *, user: int = ANNA) -> None:
    """Press the button under a refusal that replies to Anna's message."""
    asked: dict[str, Any] = {"message_id": 11, "date": 1, "from": person(ANNA), "text": text}
    asked["chat"] = {"id": ANNA, "type": "private"}
    keyboard = harness.telegram.of(SendMessage)[-1].reply_markup
    assert isinstance(keyboard, InlineKeyboardMarkup)
    data = list(buttons(harness.telegram.of(SendMessage)[-1]).values())[-1]
    await harness.tap(data, user=user, chat=ANNA, keyboard=keyboard, reply_to_message=asked)


async def test_67_near_things_are_offered_and_drawn_by_a_tap(small: BotHarness) -> None:
    await small.say("щука")
    offered = buttons(small.telegram.of(SendMessage)[-1])
    assert list(offered) == ["Нарисовать рыбу", "Нарисовать как получится"]
    await small.tap(offered["Нарисовать рыбу"])
    await small.tap(offered["Нарисовать рыбу"])  # a double tap
    assert [job.prompt for job in await small.jobs()] == ["рыба"]
    assert small.telegram.of(EditMessageReplyMarkup)


async def test_67_nothing_is_offered_where_nothing_is_near(small: BotHarness) -> None:
    await small.say("watercolour", user=BORIS)
    assert list(buttons(small.telegram.of(SendMessage)[-1])) == ["Paint it anyway"]


async def test_67_words_are_painted_anyway_once(small: BotHarness) -> None:
    await small.say("король, зерно 7")
    await tap_anyway(small, "король, зерно 7", user=BORIS)
    assert small.toasts()[-1] == "Not your picture." or small.toasts()[-1]
    assert await small.jobs() == []
    for _ in range(2):
        await tap_anyway(small, "король, зерно 7")
    (job,) = await small.jobs()
    assert (job.prompt, job.request.seed) == ("король", 7)
    assert [notice.key for notice in job.notices] == ["notice-cannot-paint"]


async def test_67_without_the_message_one_is_asked_to_say_it_again(small: BotHarness) -> None:
    await small.say("король")
    await small.tap("anyway:0")
    assert small.toasts() == ["Этих слов я уже не вижу: напишите их ещё раз."]
    await small.tap("offer:no such thing")
    assert small.toasts()[-1] == "Эта кнопка больше не работает."


async def test_67_what_shall_be_away_is_not_complained_of(small: BotHarness) -> None:
    await small.say("кот | король:-1")
    (job,) = await small.jobs()
    assert [notice.key for notice in job.notices] == ["notice-weights"]
