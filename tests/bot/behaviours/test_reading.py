"""What the engines cannot paint is said before a picture is charged, with what they can."""

from dataclasses import replace

import pytest
from aiogram.methods import AnswerCallbackQuery

from store.jobs import engines
from store.jobs.engines import EngineState
from store.reader.repertoire import Repertoire
from store.reader.vocabulary import subjects
from tests.fixtures.bot import ANNA, BORIS, BotHarness
from tests.fixtures.store import credits

SMALL = Repertoire(frozenset(subject.key for subject in subjects()))


@pytest.fixture
async def small(harness: BotHarness) -> BotHarness:
    """A bot whose only engine has the pocket models."""
    await _engine_of(harness, SMALL)
    return harness


async def _engine_of(harness: BotHarness, repertoire: Repertoire | None, name: str = "e") -> None:
    known = {} if repertoire is None else {"latin": repertoire, "cyrillic": repertoire}
    state = EngineState(name, ("pocket",), "cpu", [(512, 512)], 1, ("pocket",), known)
    await engines.record_heartbeat(harness.db, state)


async def test_55_what_is_left_out_is_said_before_painting(small: BotHarness) -> None:
    await small.say("космонавт верхом на лошади")
    await small.deliver()
    assert small.answers()[-1].endswith("Нарисую лошадь; космонавта пока не умею.")
    (job,) = await small.jobs()
    assert [notice.key for notice in job.notices] == ["notice-will-paint"]


async def test_55_a_time_of_day_is_named_as_it_was_typed(small: BotHarness) -> None:
    await small.say("поезд в 7:30")
    await small.deliver()
    assert small.answers()[-1].endswith("Нарисую поезд; «в 7:30» пока не умею.")


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("синхрофазотрон на закате",
         "Такого я пока не умею: «синхрофазотрон на закате». Что умею, написано в /help."),
        ("король", "Такого я пока не умею: короля. Что умею, написано в /help."),
        ("щука", "Такого я пока не умею: «щука». Могу похожее: рыбу."),
        ("猫", "Такого я пока не умею: «猫». Что умею, написано в /help."),
        ("γάτα", "Такого я пока не умею: «γάτα». Что умею, написано в /help."),
        ("кот:-1", "Здесь сказано только, чего на картине быть не должно. "
         "Добавьте, что нарисовать, например: кот | синий:-1"),
    ],
)  # fmt: skip
async def test_55_what_cannot_be_painted_is_refused_and_costs_nothing(
    small: BotHarness, prompt: str, answer: str
) -> None:
    before = await credits(small.db, ANNA)
    await small.say(prompt)
    assert small.answers() == [answer]
    assert await small.jobs() == []
    assert await credits(small.db, ANNA) == before


async def test_55_what_is_known_is_painted_without_a_word(small: BotHarness) -> None:
    for prompt in ("нарисуй чёрного кота на синем фоне", "a panda", "🐸"):
        await small.say(prompt)
    assert [job.notices for job in await small.jobs()] == [(), (), ()]


async def test_55_any_engine_of_larger_models_may_paint_it(small: BotHarness) -> None:
    await _engine_of(small, None, "larger")
    await small.say("король на закате")
    (job,) = await small.jobs()
    assert job.notices == ()


async def test_the_greeting_promises_what_the_engines_can_paint(harness: BotHarness) -> None:
    await harness.say("/start")
    assert "напишите, что хотите увидеть" in harness.answers()[-1]
    await _engine_of(harness, SMALL)
    for command in ("/start", "/help"):
        await harness.say(command)
        assert "Чего не умею, скажу сразу." in harness.answers()[-1]
    assert len(harness.answers()[-2].splitlines()) == 3
    assert "место" not in "".join(harness.answers()[-2:])
    places = replace(SMALL, places=frozenset({"beach"}), most_things=2)
    await _engine_of(harness, places)
    await harness.say("/start")
    await harness.say("/help")
    assert "на пляже" in harness.answers()[-2] and "место, время" in harness.answers()[-1]
    await harness.say("/start", user=BORIS)
    assert "a sunflower" in harness.answers()[-1]


async def test_every_example_of_the_button_can_be_painted(small: BotHarness) -> None:
    for language in ("ru", "en"):
        for prompt in small.context.texts(language, "examples").splitlines():
            await small.say(prompt)
            (job,) = (await small.jobs())[-1:]
            assert (job.prompt, job.notices) == (prompt, ())
            await small.say("/cancel")
    assert not small.telegram.of(AnswerCallbackQuery)
