"""Reactions of people: what is shown of them, and which of them the bot hears of."""

from typing import Any

import aiohttp

from sandbox import Sandbox
from tests.fixtures.telegram.sandbox import call, post


async def _heard(telegram: Sandbox) -> list[dict[str, Any]]:
    asked: dict[str, Any] = await call(
        telegram, "getUpdates", allowed_updates=["message", "message_reaction"]
    )
    return [one["message_reaction"] for one in asked["result"] if "message_reaction" in one]


async def test_a_reaction_is_shown_with_its_person_and_taken_back(telegram: Sandbox) -> None:
    anna = telegram.person("Anna")
    message = telegram.say(anna, anna, "hello")
    assert await _heard(telegram) == []
    body = {"user": anna.id, "chat": anna.id, "message": message.id}
    async with aiohttp.ClientSession(telegram.url) as session:
        told = await post(session, "/sandbox/react", **body, emoji="🔥")
    assert told["people_reactions"] == {str(anna.id): "🔥"}
    telegram.react(anna, message)
    first, second = await _heard(telegram)
    fire = [{"type": "emoji", "emoji": "🔥"}]
    assert (first["old_reaction"], first["new_reaction"]) == ([], fire)
    assert (second["old_reaction"], second["new_reaction"]) == (fire, [])
    assert not message.people_reactions


async def test_in_a_group_only_an_administrator_hears_of_reactions(telegram: Sandbox) -> None:
    anna = telegram.person("Anna")
    group = telegram.group("Art club", [anna])
    message = telegram.say(anna, group, "hello")
    await _heard(telegram)
    telegram.react(anna, message, "👍")
    assert await _heard(telegram) == []
    telegram.add_bot(group, anna, admin=True)
    telegram.react(anna, message, "👎")
    assert [one["user"]["id"] for one in await _heard(telegram)] == [anna.id]
