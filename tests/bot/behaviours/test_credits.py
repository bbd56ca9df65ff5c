"""What people learn of their credits, and what limits say when they are reached."""

import re
from typing import Any

import pytest
from aiogram.types import Message

from bot.context import load_texts
from bot.throttle import Throttle
from store import jobs
from tests.fixtures.bot import ADMIN, ANNA, BORIS, GROUP, BotHarness
from tests.fixtures.store import BROKEN, claimed, credits, sql

ANONYMOUS: dict[str, Any] = {
    "sender": {"id": 1087968824, "is_bot": True, "first_name": "Group"},
    "sender_chat": {"id": GROUP, "type": "supergroup", "title": "Art"},
}
CHANNEL: dict[str, Any] = {
    "sender": {"id": 136817688, "is_bot": True, "first_name": "Channel"},
    "sender_chat": {"id": -5, "type": "channel", "title": "News"},
}
LATER = re.compile(r"через (\d+ час\w* )?\d+ минут")


@pytest.fixture
def limits() -> dict[str, int]:
    return {"daily_credits": 2, "group_credits": 1}


async def _me(harness: BotHarness, **where: Any) -> str:
    await harness.say("/me", **where)
    return harness.answers()[-1]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "1 балл"),
        (2, "2 балла"),
        (5, "5 баллов"),
        (11, "11 баллов"),
        (21, "21 балл"),
        (112, "112 баллов"),
    ],
)
def test_34_credits_agree_with_their_number(number: int, words: str) -> None:
    texts = load_texts()
    assert texts("ru", "credits-count", count=number) == words
    assert texts("ru", "credits-price", price=number) == words


@pytest.mark.parametrize(
    ("hours", "minutes", "words"),
    [
        (0, 1, "1 минуту"),
        (0, 44, "44 минуты"),
        (1, 0, "1 час"),
        (3, 11, "3 часа 11 минут"),
        (21, 21, "21 час 21 минуту"),
    ],
)
def test_34_a_wait_is_said_in_the_right_case(hours: int, minutes: int, words: str) -> None:
    assert load_texts()("ru", "credits-wait", hours=hours, minutes=minutes) == words


async def test_35_me_shows_used_left_and_the_time_of_new_ones(harness: BotHarness) -> None:
    assert "<b>2 из 2</b> баллов на сегодня, потрачено 0." in await _me(harness)
    await harness.say("кот")
    text = await _me(harness)
    assert "<b>1 из 2</b> баллов на сегодня, потрачено 1." in text
    assert LATER.search(text)
    assert "<b>2 of 2</b> credits are left for today, 0 used" in await _me(harness, user=BORIS)
    await harness.say(f"/grant {ANNA} 3", user=ADMIN)
    text = await _me(harness)
    assert "Ещё 3 балла подарены" in text
    assert "группы" not in text.partition("Обычная")[0]
    assert "<b>1 из 1</b> общих баллов, потрачено 0" in await _me(harness, chat=GROUP)


async def test_35_a_refusal_says_when_the_next_picture_is_possible(harness: BotHarness) -> None:
    for _ in range(3):
        await harness.say("кот")
    (refusal,) = harness.answers()
    assert refusal.startswith("Баллы на сегодня закончились.")
    assert LATER.search(refusal)
    await sql(harness.db, "UPDATE users SET used_day = used_day - 1")
    await harness.say("кот")
    assert len(await harness.jobs()) == 3


async def test_36_a_person_is_counted_in_private_and_in_groups_together(
    harness: BotHarness,
) -> None:
    await harness.say("кот")
    await harness.say("/draw пёс", chat=GROUP)
    await harness.say("сова")
    assert len(await harness.jobs()) == 2
    assert len(harness.answers()) == 1
    await harness.say("/draw сова", chat=GROUP)  # the group pays for this one
    await harness.say("/draw ёж", chat=GROUP)
    assert [job.prompt for job in await harness.jobs()] == ["кот", "пёс", "сова"]
    assert await credits(harness.db, GROUP, group_credits=1) == 0


async def test_36_a_failed_or_cancelled_picture_is_paid_back(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.say("пёс")
    assert "<b>0 из 2</b> баллов на сегодня, потрачено 2" in await _me(harness)
    await harness.say("/cancel")
    assert "<b>1 из 2</b> баллов на сегодня, потрачено 1" in await _me(harness)
    job, token = await claimed(harness.db)
    await jobs.fail(harness.db, job.id, token, BROKEN, retry=False)
    assert "<b>2 из 2</b> баллов на сегодня, потрачено 0" in await _me(harness)


async def test_40_a_flood_gets_one_warning_for_each_window(harness: BotHarness) -> None:
    now = [0.0]
    harness.configure(throttle=Throttle(harness.db, 60.0, lambda: now[0]))
    for _ in range(6):
        await harness.say("кот")
    assert len(harness.answers()) == 1
    now[0] = 59
    await harness.say("кот")
    assert len(harness.answers()) == 1
    now[0] = 60
    await sql(harness.db, "UPDATE leases SET until_ms = 1")
    await harness.say("кот")
    await harness.say("кот")
    assert len(harness.answers()) == 2
    await harness.say("a cat", user=BORIS)  # nobody else's flood
    assert len(await harness.jobs()) == 3


def a_message(number: int) -> Message:
    chat = {"id": ANNA, "type": "private"}
    return Message.model_validate({"message_id": number, "date": 1, "chat": chat})


async def test_40_several_bots_give_a_flood_one_answer(harness: BotHarness) -> None:
    """And a message whose answer was lost with its process gets it from another."""
    throttles = [Throttle(harness.db) for _ in range(3)]
    first, second = (a_message(number) for number in (1, 2))
    assert await throttles[0].allow(first, ANNA, "no-credits")
    allowed = [await one.allow(second, ANNA, "no-credits") for one in throttles * 2]
    assert allowed == [False] * 6
    assert await throttles[1].allow(second, BORIS, "no-credits")
    assert await throttles[2].allow(first, ANNA, "no-credits")
    names = await sql(harness.db, "SELECT name FROM leases WHERE name LIKE 'said:%'")
    assert len(names) == 2 and not any("credits" in name for (name,) in names)


async def test_40_warnings_do_not_pile_up(harness: BotHarness) -> None:
    now = [0.0]
    throttle = Throttle(harness.db, 10.0, lambda: now[0], max_remembered=3)
    for user in range(3):
        assert await throttle.allow(a_message(1), user)
    now[0] = 11.0
    assert await throttle.allow(a_message(1), 3)
    assert len(throttle._until) == 1
    assert not await throttle.allow(a_message(2), 3)


async def test_41_an_anonymous_administrator_is_counted_to_the_group(harness: BotHarness) -> None:
    await harness.say("/draw a cat", chat=GROUP, **ANONYMOUS)
    await harness.say("/draw a dog", chat=GROUP, **ANONYMOUS)
    (job,) = await harness.jobs()
    assert job.user_id == GROUP
    (refusal,) = harness.answers()
    assert "are used up" in refusal
    told = await _me(harness, chat=GROUP, **ANONYMOUS)
    assert told.startswith("This group has <b>0 of 1</b> shared credits left, 1 used.")
    assert "Your credits" not in told
    await harness.say("/cancel", chat=GROUP, **ANONYMOUS)
    assert await credits(harness.db, GROUP, group_credits=1) == 1


async def test_41_a_channel_is_refused_clearly(harness: BotHarness) -> None:
    for text in ("/draw a cat", "/me", "/cancel"):
        await harness.say(text, chat=GROUP, **CHANNEL)
    assert harness.answers() == [harness.context.texts("en", "draw-own-name")] * 3
    assert await harness.jobs() == []
