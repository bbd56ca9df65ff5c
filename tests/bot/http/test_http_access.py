"""Who may use the bot, over HTTP: a list, invitations, and groups that pay for their people."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.state.chats import SandboxChat
from store.audit import history
from tests.fixtures.store import sql
from tests.fixtures.telegram.http import FAST_CHATS, HttpHarness, open_http_harness

pytestmark = pytest.mark.thorough

CLOSED = "Only people on the owner's list"
QUEUED = "“a red circle”\n"  # how the status of an accepted picture begins


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"access": "list"}


class People:
    """An owner, two strangers and a group, before a bot."""

    def __init__(self, telegram: Sandbox) -> None:
        self.telegram = telegram
        self.owner = telegram.person("Olga", username="olga")
        self.anna = telegram.person("Anna", username="anna")
        self.ben = telegram.person("Ben", username="ben")
        self.group = telegram.group("Art", [self.owner, self.anna, self.ben])

    async def answer(self, person: Any, text: str, chat: Any = None, **more: Any) -> str:
        """Say something and return the text of the next message of the bot."""
        place: SandboxChat = self.telegram.chat(person if chat is None else chat)
        before = len(place.from_bot)
        self.telegram.say(person, place, text, **more)
        await self.telegram.until(lambda: len(place.from_bot) > before, 15)
        return place.from_bot[before].text


@pytest.fixture
async def people(telegram: Sandbox) -> People:
    return People(telegram)


@pytest.fixture
async def bot(
    people: People, tmp_path: Path, settings: dict[str, Any]
) -> AsyncIterator[HttpHarness]:
    admins = frozenset({people.owner.id})
    async with open_http_harness(
        tmp_path, people.telegram, admins, FAST_CHATS, **settings
    ) as harness:
        yield harness


async def test_51_only_those_on_the_list_are_served_and_the_owner_always(
    people: People, bot: HttpHarness
) -> None:
    told = await people.answer(people.anna, "a red circle")
    assert told.startswith(CLOSED) and str(people.anna.id) in told
    assert QUEUED in await people.answer(people.owner, "a red circle")
    await people.answer(people.owner, f"/allow {people.anna.id}")
    assert QUEUED in await people.answer(people.anna, "a red circle")
    assert len(await sql(bot.db, "SELECT id FROM jobs")) == 2


@pytest.mark.parametrize("settings", [{"access": "list", "strangers": "silence"}])
async def test_51_strangers_may_be_left_without_an_answer(people: People, bot: HttpHarness) -> None:
    people.telegram.say(people.anna, people.telegram.private(people.anna), "a red circle")
    query = people.telegram.inline_query(people.anna, "cat")
    await people.telegram.until(lambda: query.answer is not None, 15)
    assert QUEUED in await people.answer(people.owner, "a red circle")  # it was handled later
    assert people.telegram.private(people.anna).from_bot == []
    assert len(await sql(bot.db, "SELECT id FROM jobs")) == 1


async def test_52_the_list_changes_by_name_by_reply_and_by_group(
    people: People, bot: HttpHarness
) -> None:
    await people.answer(people.anna, "/start")  # now her name is known
    assert "Anna" in await people.answer(people.owner, "/allow @anna")
    assert QUEUED in await people.answer(people.anna, "a red circle")
    assert "off the list" in await people.answer(people.owner, "/disallow @anna")
    people.telegram.say(people.anna, people.anna, "a red circle")  # she has been told just now

    asked = people.telegram.say(people.ben, people.group, "/draw a red circle")
    told = await people.answer(people.owner, "/allow", people.group, reply_to=asked)
    assert "is on the list" in told or told.startswith(CLOSED)
    assert QUEUED in await people.answer(people.ben, "a red circle")

    await people.answer(people.owner, "/allow chat", people.group)
    assert QUEUED in await people.answer(people.anna, "/draw a red circle", people.group)
    assert len(await sql(bot.db, "SELECT id FROM jobs")) == 3
    actions = [entry.action for entry in await history(bot.db, people.anna.id)]
    assert actions == ["disallow", "allow"]


async def test_52_the_owner_is_no_entry_of_the_list_and_sees_it(
    people: People, bot: HttpHarness
) -> None:
    assert "always let in" in await people.answer(people.owner, f"/disallow {people.owner.id}")
    assert "The list is empty" in await people.answer(people.owner, "/allow")
    await people.answer(people.owner, "/allow 77")
    told = await people.answer(people.owner, "/allow")
    assert "On the list (1): 77" in told and "Only administrators" in told


async def test_53_an_invitation_lets_in_the_first_who_opens_it(
    people: People, bot: HttpHarness
) -> None:
    told = await people.answer(people.owner, "/allow @anna")  # whom the bot has not met
    assert "I have not met @anna yet" in told
    payload = told.rpartition("?start=")[2].strip()
    assert "Welcome" in await people.answer(people.anna, f"/start {payload}")
    assert "already" in await people.answer(people.anna, f"/start {payload}")
    assert QUEUED in await people.answer(people.anna, "a red circle")
    assert "has been used" in await people.answer(people.ben, f"/start {payload}")
    assert (await people.answer(people.ben, "a red circle")).startswith(CLOSED)


async def test_53_an_unopened_invitation_ends_after_a_week_or_at_the_owners_word(
    people: People, bot: HttpHarness
) -> None:
    old = (await people.answer(people.owner, "/allow link")).rpartition("?start=")[2].strip()
    await sql(bot.db, "UPDATE invitations SET created_ms = created_ms - 8 * 86400000")
    assert "too old" in await people.answer(people.anna, f"/start {old}")
    new = (await people.answer(people.owner, "/allow link")).rpartition("?start=")[2].strip()
    assert "2 unopened links" in await people.answer(people.owner, "/disallow link")
    assert "too old" in await people.answer(people.anna, f"/start {new}")


@pytest.mark.parametrize("settings", [{}])
async def test_54_a_group_with_its_own_credits_paints_where_people_have_none(
    people: People, bot: HttpHarness
) -> None:
    await people.answer(people.owner, "/quota default 0")
    assert "no free credits" in await people.answer(people.anna, "a red circle")
    await people.answer(people.owner, "/quota chat 100", people.group)
    assert QUEUED in await people.answer(people.anna, "/draw a red circle", people.group)
    told = await people.answer(people.anna, "/me", people.group)
    assert "no credits of your own" in told and "99 of 100" in told
    assert str(people.anna.id) in told
