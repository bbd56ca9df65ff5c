"""What is said in words, over real HTTP: parameters, small talk, answers to pictures, surprises."""

from pathlib import Path

import pytest

from engine.settings import EngineSettings
from sandbox.state.chats import SandboxChat, SandboxMessage
from store.jobs import engines
from store.jobs.engines import EngineState
from store.reader.repertoire import Repertoire
from store.reader.vocabulary import subjects
from tests.fixtures.engine import EngineHarness, TinyPipeline
from tests.fixtures.store import sql
from tests.fixtures.telegram.http import HttpHarness

pytestmark = pytest.mark.thorough

SMALL = Repertoire(frozenset(subject.key for subject in subjects()))


async def _next(http_harness: HttpHarness, chat: SandboxChat, count: int) -> str:
    """Wait for so many messages of the bot; return the text of the newest."""
    await http_harness.telegram.until(lambda: len(chat.from_bot) >= count, 15)
    return chat.from_bot[-1].text


def _texts(chat: SandboxChat) -> list[str]:
    return [message.text for message in chat.from_bot]


async def _picture(http_harness: HttpHarness, chat: SandboxChat) -> SandboxMessage:
    """Paint the next job and return the message with its picture."""
    before = sum(message.kind == "photo" for message in chat.from_bot)
    await http_harness.finish(await http_harness.claim())

    def pictures() -> list[SandboxMessage]:
        return [message for message in chat.from_bot if message.kind == "photo"]

    await http_harness.telegram.until(lambda: len(pictures()) > before, 20)
    return pictures()[-1]


async def test_66_76_parameters_and_answers_to_a_picture(http_harness: HttpHarness) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Anna", language="ru")
    club = telegram.group("Club", [anna])
    telegram.say(anna, club, "/draw рыжий кот, 512x256, зерно 42, 50 шагов, без анимации")
    job = await http_harness.claim()
    request = job.request
    assert (job.prompt, request.size, request.seed, request.steps) == (
        *("рыжий кот", (512, 256), 42, 50),
    )
    assert not job.animation
    await http_harness.finish(job)
    await telegram.until(lambda: any(one.kind == "photo" for one in club.from_bot), 15)
    picture = next(one for one in club.from_bot if one.kind == "photo")
    for words, prompt in (("+ снег", "рыжий кот | снег"), ("зерно 7", "рыжий кот")):
        telegram.say(anna, club, words, reply_to=picture)
        changed = await http_harness.claim()
        assert changed.prompt == prompt
        await http_harness.finish(changed)
    telegram.say(anna, club, "белая сова", reply_to=picture)
    new = await http_harness.claim()
    assert new.prompt == "белая сова" and new.request.init is not None


async def test_67_what_cannot_be_painted_is_told_with_buttons(http_harness: HttpHarness) -> None:
    state = EngineState(
        *("e", ("pocket",), "cpu", [(64, 64)], 1, ("pocket",)),
        repertoires={"latin": SMALL, "cyrillic": SMALL},
    )
    await engines.record_heartbeat(http_harness.db, state)
    telegram = http_harness.telegram
    anna = telegram.person("Anna", language="ru")
    telegram.say(anna, anna, "щука")
    chat = telegram.chat(anna)
    assert "щук" in await _next(http_harness, chat, 1)
    telegram.tap(chat.from_bot[0].button("offer"), by=anna)
    assert (await http_harness.claim()).prompt == "рыба"


async def test_68_a_picture_is_finished_as_it_is(http_harness: HttpHarness) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Anna", language="ru")
    telegram.say(anna, anna, "рыжий кот, ∞")
    job = await http_harness.claim()
    await http_harness.report_frame(job, 3)
    chat = telegram.chat(anna)
    await telegram.until(lambda: chat.from_bot, 15)
    status = chat.from_bot[0]
    await telegram.until(lambda: any("keep" in str(one.data) for one in status.buttons), 15)
    query = telegram.tap(status.button("keep"), by=anna)
    await telegram.until(lambda: query.answer, 10)
    assert query.answer is not None and "заканчиваю" in query.answer.text


async def test_86_a_picture_may_end_by_itself(http_harness: HttpHarness) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Anna", language="ru")
    telegram.say(anna, anna, "рыжий кот, 3000 шагов, --enough")
    settings = EngineSettings(_env_file=None)
    engine = EngineHarness(http_harness.db, http_harness.files, Path(), settings)
    async with engine.engine(TinyPipeline(steps=3000, stops_at=600)):
        await telegram.until(lambda: "на шаге 600" in str(_texts(telegram.chat(anna))), 60)
    [(price,)] = await sql(http_harness.db, "SELECT price FROM jobs")
    assert price == 2


async def test_69_71_73_74_talk_is_answered_and_not_painted(http_harness: HttpHarness) -> None:
    telegram = http_harness.telegram
    boris = telegram.person("Boris", language="en")
    chat = telegram.chat(boris)
    for count, (words, said) in enumerate(
        (
            ("/start ref_x", "paint from words"),
            ("/start true", "paint from words"),
            ("thanks", "something else"),
            ("спасибо", "Пожалуйста"),
            ("cancel", "nothing to cancel"),
            ("/me", "credits"),
            ("/help", "How to paint"),
        ),
        start=1,
    ):
        telegram.say(boris, boris, words)
        text = await _next(http_harness, chat, count)
        assert said.lower() in text.lower(), (words, text)
        if words.startswith("/start"):
            assert len(text.splitlines()) <= 4
        if words == "/me":
            assert len(text.splitlines()) <= 5
    assert len(chat.from_bot[0].buttons) == 2
    query = telegram.tap(chat.from_bot[-1].button("help:words"), by=boris)
    await telegram.until(
        lambda: query.answer and "Words and parameters" in chat.from_bot[-1].text, 10
    )


async def test_70_72_77_groups_own_results_and_surprises(http_harness: HttpHarness) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Anna", language="ru")
    telegram.say(anna, anna, "/random")
    picture = await _picture(http_harness, telegram.chat(anna))
    assert picture.text
    question = telegram.inline_query(anna)
    await telegram.until(lambda: question.answer, 10)
    telegram.send_inline(question, "1", telegram.chat(anna))
    club = telegram.group("Club", [anna])
    telegram.kick_bot(club, anna)
    telegram.add_bot(club, anna)
    greeting = await _next(http_harness, club, 1)
    assert len(greeting.splitlines()) == 2 and "/draw" in greeting
    jobs = await _count(http_harness)
    assert jobs == 1  # the inline result was not painted again


async def _count(http_harness: HttpHarness) -> int:
    [(count,)] = await sql(http_harness.db, "SELECT count(*) FROM jobs")
    return int(count)
