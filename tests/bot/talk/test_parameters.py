"""Parameters in the words of a message, of a command and of the answer to "Edit the words"."""

import json
from typing import Any

import pytest
from aiogram.methods import EditMessageCaption, SendMessage

from store.request.request import DrawRequest
from tests.fixtures.bot import ANNA, BORIS, GROUP, BotHarness
from tests.fixtures.delivery import shown
from tests.fixtures.store import credits
from tests.fixtures.telegram.fake_telegram import ME


async def requests(harness: BotHarness) -> list[DrawRequest]:
    """Return the requests of all jobs."""
    return [job.request for job in await harness.jobs()]


def in_answer(question: SendMessage) -> dict[str, Any]:
    """Return the fields of a message that answers a question."""
    link = question.text.rpartition('href="')[2].partition('"')[0]
    entity = {"type": "text_link", "offset": 0, "length": 5, "url": link}
    chat = {"id": ANNA, "type": "private"}
    return {
        "reply_to_message": {
            "message_id": 5,
            "date": 0,
            "chat": chat,
            "from": ME,
            "text": "Слова",
            "entities": [entity],
        }
    }


@pytest.mark.parametrize(
    ("user", "text"),
    [
        (ANNA, "рыжий кот, 512x256 зерно 42, 50 шагов ×4"),
        (BORIS, "512x256 --seed 42 рыжий кот, 50 steps, x4"),
    ],
)
async def test_66_parameters_in_words_are_those_of_the_picture(
    harness: BotHarness, user: int, text: str
) -> None:
    await harness.say(text, user=user)
    await harness.say(f"/draw {text}", user=user, chat=GROUP)
    for request in await requests(harness):
        assert (request.prompt, request.size, request.seed) == ("рыжий кот", (512, 256), 42)
        assert (request.steps, request.at_once) == (50, 4)


async def test_66_a_picture_without_an_animation_is_not_given_one(harness: BotHarness) -> None:
    await harness.say("рыжий кот без анимации")
    await harness.say("рыжий кот")
    assert [job.animation for job in await harness.jobs()] == [False, True]


async def test_66_what_is_not_understood_is_told_under_the_picture(harness: BotHarness) -> None:
    await harness.say("a cat --chaos 3")
    await harness.deliver()
    assert "--chaos 3" in harness.answers()[-1].partition("\n")[2]
    (job,) = await harness.jobs()
    assert job.prompt == "a cat --chaos 3"
    assert [notice.key for notice in job.notices] == ["notice-unread"]


async def test_66_a_weight_that_was_read_is_shown(harness: BotHarness) -> None:
    await harness.say("кот:2 | поезд в 7:30")
    await harness.deliver()
    assert "Вес: кот 2; поезд в 7:30 1." in harness.answers()[-1]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("кот 10000x10000", "Сторона 10000 не подходит"),
        ("кот seed 1e99", "Зерно 1e99 не подходит"),
        ("кот 0 шагов", "Столько шагов (0) не получится"),
        ("кот ×100", "Столько картин сразу (100) не получится"),
        ("кот 512x512 3:2", "вместе не получаются"),
        ("512x768, seed 42", "Здесь только параметры: добавьте слова"),
    ],
)
async def test_66_wrong_parameters_are_one_sentence_and_cost_nothing(
    harness: BotHarness, text: str, answer: str
) -> None:
    before = await credits(harness.db, ANNA)
    await harness.say(text)
    assert len(harness.answers()) == 1 and answer in harness.answers()[0]
    assert await harness.jobs() == [] and await credits(harness.db, ANNA) == before


async def test_66_the_question_shows_the_line_that_would_repeat_the_picture(
    harness: BotHarness,
) -> None:
    await harness.say("рыжий кот 3:2 зерно 42")
    await harness.finish(await harness.painting())
    await harness.deliver()
    await harness.tap("do:edit:1:0")
    question = harness.telegram.of(SendMessage)[-1]
    assert "<code>рыжий кот, 3:2, зерно 42</code>" in question.text
    for answer in ("белый кот, 16:9, зерно 42", "белый кот, 16:9", "белый кот"):
        await harness.say(answer, **in_answer(question))
    _, line, without_seed, words = await requests(harness)
    assert (line.prompt, line.shape, line.seed) == ("белый кот", "16:9", 42)
    assert (without_seed.shape, without_seed.seed == 42) == ("16:9", False)
    assert (words.shape, words.seed) == ("3:2", 42)


async def test_66_the_seed_under_a_picture_can_be_typed(harness: BotHarness) -> None:
    await harness.say("рыжий кот")
    await harness.finish(await harness.painting())
    await harness.deliver()
    media = [one.caption for one in shown(harness)]
    captions = [*media, *(call.caption or "" for call in harness.telegram.of(EditMessageCaption))]
    assert any("зерно <code>12345</code>" in caption for caption in captions)
    await harness.say("рыжий кот зерно 12345")
    assert json.loads((await harness.jobs())[-1].request_json)["seed"] == 12345
