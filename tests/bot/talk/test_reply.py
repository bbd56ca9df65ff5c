"""A picture is changed by answering it with words."""

from typing import Any

import pytest
from aiogram.methods import SendMessage

from store.jobs import engines
from store.jobs.engines import EngineState
from store.reader.repertoire import Repertoire
from store.reader.scripts import SCRIPTS
from store.reader.vocabulary import subjects
from tests.fixtures.bot import ANNA, BORIS, GROUP, BotHarness, buttons
from tests.fixtures.store import sql

SMALL = Repertoire(frozenset(subject.key for subject in subjects()))


async def answer(harness: BotHarness, text: str, *, user: int = ANNA, chat: int = ANNA) -> None:
    """Reply to the picture of the first job."""
    [(message,)] = await sql(
        harness.db, "SELECT message_id FROM outbox WHERE job_id = 1 AND kind = 'picture'"
    )
    me = {"id": harness.bot.id, "is_bot": True, "first_name": "Mazok"}
    photo = [{"file_id": "p", "file_unique_id": "u", "width": 1, "height": 1}]
    kind = "private" if chat > 0 else "supergroup"
    picture: dict[str, Any] = {"message_id": message, "date": 1, "from": me, "photo": photo}
    picture["chat"] = {"id": chat, "type": kind}
    await harness.say(text, user=user, chat=chat, reply_to_message=picture)


async def painted(harness: BotHarness, text: str, chat: int) -> None:
    """Have a picture painted and delivered."""
    await harness.say(text, chat=chat)
    await harness.finish(await harness.painting())
    await harness.deliver()


@pytest.mark.parametrize("chat", [ANNA, GROUP])
async def test_76_words_in_answer_change_the_picture(harness: BotHarness, chat: int) -> None:
    await painted(harness, "/draw рыжий кот", chat)
    await answer(harness, "белый кот", chat=chat)
    await answer(harness, "+ снег", chat=chat)
    await answer(harness, "без снега", chat=chat)
    await answer(harness, "4", chat=chat)
    await answer(harness, "3:2", chat=chat)
    _, *changed = [job.request for job in await harness.jobs()]
    assert [request.prompt for request in changed[:3]] == [
        "белый кот",
        "рыжий кот | снег",
        "рыжий кот | снега:-0.5",
    ]
    assert [request.at_once for request in changed] == [None, None, None, 4, None]
    assert changed[4].shape == "3:2" and changed[4].init is None
    for request in changed[:3]:
        assert request.init is not None and harness.files.read(request.init) == b"picture.png"


async def test_76_anybody_in_a_group_may_answer_and_pays(harness: BotHarness) -> None:
    await painted(harness, "/draw рыжий кот", GROUP)
    await answer(harness, "белый пёс", user=BORIS, chat=GROUP)
    assert [job.user_id for job in await harness.jobs()] == [ANNA, BORIS]


async def test_76_talk_about_a_picture_in_a_group_is_not_painted(harness: BotHarness) -> None:
    await painted(harness, "/draw рыжий кот", GROUP)
    for text in ("красиво!", "спасибо", "а почему он рыжий?"):
        await answer(harness, text, chat=GROUP)
    assert len(await harness.jobs()) == 1


async def test_76_a_deleted_picture_and_wrong_words_are_one_sentence(harness: BotHarness) -> None:
    await painted(harness, "рыжий кот", ANNA)
    await answer(harness, "кот 10000x10000")
    assert "Сторона 10000 не подходит" in harness.answers()[-1]
    harness.files.delete("jobs/1/token/picture.png")
    await answer(harness, "+ снег")
    assert "уже не хранятся" in harness.answers()[-1]
    assert len(await harness.jobs()) == 1


async def test_67_76_words_that_are_unknown_are_not_painted_over_a_picture(
    harness: BotHarness,
) -> None:
    await painted(harness, "/draw щука", GROUP)
    state = EngineState(
        "e", ("pocket",), "cpu", [(64, 64)], 1, ("pocket",), dict.fromkeys(SCRIPTS, SMALL)
    )
    await engines.record_heartbeat(harness.db, state)
    await answer(harness, "какая красота", chat=GROUP)
    (told,) = harness.telegram.of(SendMessage)[-1:]
    assert "«какая красота»" in (told.text or "") and len(await harness.jobs()) == 1
    assert "Нарисовать как получится" in buttons(told)
    for text in ("ещё", "+ щепка", "4"):  # of words that have been painted before
        await answer(harness, text, chat=GROUP)
    assert len(await harness.jobs()) == 4


@pytest.mark.parametrize("text", ["+ снег", "- снег", "— снег"])
async def test_76_what_shall_be_added_needs_a_picture(harness: BotHarness, text: str) -> None:
    await harness.say(text)
    assert harness.answers() == ["Чтобы изменить картину, ответьте на неё этими словами."]
    await harness.say("--steps 50 кот")
    assert len(await harness.jobs()) == 1
