"""Pictures that the bot invents: /random, and one a day for chats that ask for it."""

from random import Random

import pytest

from bot.requests.surprises import paint_today
from store.jobs import engines
from store.jobs.engines import EngineState
from store.reader.repertoire import Repertoire
from store.reader.told import read_prompt
from store.reader.vocabulary import subjects
from store.request.prompt import parse_prompt
from store.talk.surprise import surprise
from store.users.daily import daily_chats
from tests.fixtures.bot import ADMIN, ANNA, BORIS, GROUP, BotHarness
from tests.fixtures.store import sql

SMALL = Repertoire(frozenset(subject.key for subject in subjects()))
CLOSED = {"latin": SMALL, "cyrillic": SMALL}


@pytest.mark.parametrize("language", ["ru", "en"])
def test_77_what_is_invented_can_be_painted(language: str) -> None:
    prompts = {surprise(CLOSED, language, Random(seed)) for seed in range(150)}
    assert len(prompts) > 120
    for prompt in prompts:
        reading = read_prompt(parse_prompt(prompt), CLOSED)
        assert reading is not None and not reading.named, prompt


async def test_77_random_paints_in_the_language_of_the_person(harness: BotHarness) -> None:
    known = EngineState("e", ("pocket",), "cpu", [(512, 512)], 1, ("pocket",), CLOSED)
    await engines.record_heartbeat(harness.db, known)
    update = await harness.say("/random")
    await harness.feed(update)  # delivered again
    await harness.say("/random", user=BORIS)
    await harness.say("удиви меня")
    russian, english, words = [job.prompt for job in await harness.jobs()]
    assert russian.endswith("фоне") and english.endswith("background") and words.endswith("фоне")
    assert all(job.notices == () for job in await harness.jobs())


async def test_77_a_chat_gets_a_picture_a_day_until_it_is_enough(harness: BotHarness) -> None:
    await harness.say("/daily")
    assert "/daily on" in harness.answers()[-1]
    await harness.say("/daily on")
    assert await paint_today(harness.context) == 0  # it has got today's
    await sql(harness.db, "UPDATE jobs SET request_key = 'yesterday'")
    assert await paint_today(harness.context) == 1
    assert [job.chat_id for job in await harness.jobs()] == [ANNA, ANNA]
    await harness.say("/daily off")
    await sql(harness.db, "UPDATE jobs SET request_key = 'before ' || id")
    assert await paint_today(harness.context) == 0


async def test_77_in_a_group_administrators_ask_and_the_group_pays(harness: BotHarness) -> None:
    await harness.say("/daily on", user=ADMIN, chat=GROUP)
    (job,) = await harness.jobs()
    assert (job.user_id, job.chat_id) == (GROUP, GROUP)
    await sql(harness.db, "UPDATE jobs SET request_key = 'yesterday'")
    await sql(
        harness.db,
        "INSERT INTO chats (chat_id, gone) VALUES (-1000, TRUE) "
        "ON CONFLICT (chat_id) DO UPDATE SET gone = TRUE",
    )
    assert await daily_chats(harness.db) == []  # a group that has gone
    assert await paint_today(harness.context) == 0


async def test_77_without_credits_there_is_no_picture_and_no_word(harness: BotHarness) -> None:
    await harness.say("/quota default 0", user=ADMIN)
    before = len(harness.answers())
    await harness.say("/daily on")
    assert len(harness.answers()) == before + 1 and await harness.jobs() == []


async def test_37_a_quota_is_shown_when_only_the_account_is_named(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.say("/quota @anna", user=ADMIN)
    assert harness.answers()[-1].endswith(": 50 баллов в день, сегодня осталось 49.")
