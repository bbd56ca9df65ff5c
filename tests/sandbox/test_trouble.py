"""Troubles as Telegram makes them: rights, conflicts, strange updates, a slow network."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox import Misuse, Sandbox
from sandbox.page.people import invite
from tests.fixtures.image import png
from tests.fixtures.telegram.sandbox import call, post, refused_polls


async def test_any_update_can_be_pushed_in_its_turn(telegram: Sandbox) -> None:
    anna = telegram.person("Anna")
    strange: list[dict[str, Any]] = [
        {},
        {"telepathy": {"thought": 1}},
        {"message": {"text": 42}},
        {"update_id": 900_000_000, "message": None},
    ]
    numbers = [telegram.push(update) for update in strange]
    telegram.say(anna, anna, "after all of them")
    heard = (await call(telegram, "getUpdates"))["result"]
    assert [update["update_id"] for update in heard] == [*numbers, 900_000_001]
    assert heard[2]["message"] == {"text": 42}
    for number in (5, "no number", None):
        with pytest.raises(Misuse, match="update_id must be a number from 900000002 on"):
            telegram.push({"update_id": number})


async def test_what_a_group_forbids_is_refused_in_telegrams_words(telegram: Sandbox) -> None:
    people = invite(telegram)
    group = people.group
    telegram.deny(group, "photos", "documents")
    photo: dict[str, Any] = {"chat_id": group.id, "photo": png()}
    refused = await call(telegram, "sendPhoto", **photo)
    assert refused["description"] == ("Bad Request: not enough rights to send photos to the chat")
    assert (await call(telegram, "sendMessage", chat_id=group.id, text="words"))["ok"]
    permissions = (await call(telegram, "getChat", chat_id=group.id))["result"]["permissions"]
    assert not permissions["can_send_photos"] and permissions["can_send_messages"]
    telegram.deny(group, "text", "photos", "animations", "documents")
    refused = await call(telegram, "sendMessage", chat_id=group.id, text="words")
    assert refused["description"] == "Bad Request: have no rights to send a message"
    group.members[telegram.bot.id] = "administrator"
    assert (await call(telegram, "sendPhoto", **photo))["ok"]
    people.channel.members[telegram.bot.id] = "member"
    refused = await call(telegram, "sendMessage", chat_id=people.channel.id, text="words")
    assert refused["description"] == ("Bad Request: need administrator rights in the channel chat")
    with pytest.raises(Misuse):
        telegram.deny(group, "thoughts")


async def test_a_webhook_that_was_left_stops_polling_until_it_is_removed(telegram: Sandbox) -> None:
    telegram.leave_webhook("https://somewhere.example/hook")
    assert "webhook is active" in (await call(telegram, "getUpdates"))["description"]
    assert telegram.troubles()["webhook"] == "https://somewhere.example/hook"
    await call(telegram, "deleteWebhook")
    assert (await call(telegram, "getUpdates"))["ok"]


async def test_a_second_poller_takes_turns_with_the_bot_for_a_while(telegram: Sandbox) -> None:
    polling = asyncio.create_task(call(telegram, "getUpdates", timeout=30))
    await telegram.until(lambda: telegram.world.updates.polls)
    other = telegram.second_poller(60)
    assert (await polling)["error_code"] == 409
    assert refused_polls(telegram) == 1
    telegram.end_troubles()
    with pytest.raises(asyncio.CancelledError):
        await other
    assert (await call(telegram, "getUpdates"))["ok"]


async def test_a_bare_command_is_for_the_bot_that_spoke_last(telegram: Sandbox) -> None:
    people = invite(telegram)
    await call(telegram, "getUpdates", offset=-1)

    async def heard(text: str) -> bool:
        before = telegram.world.updates.pending
        telegram.say(people.english, people.group, text)
        return telegram.world.updates.pending > before

    assert await heard("/draw cat")
    telegram.neighbour_says(people.group, "hello")
    assert not await heard("/draw cat")
    assert await heard("/draw@mazok_bot cat")
    await call(telegram, "sendMessage", chat_id=people.group.id, text="here I am")
    assert await heard("/draw cat")


async def test_a_slow_network_delays_all_but_polling(telegram: Sandbox) -> None:
    telegram.slow_down(0.2)
    begun = asyncio.get_running_loop().time()
    await call(telegram, "getUpdates")
    polled = asyncio.get_running_loop().time() - begun
    await call(telegram, "getMe")
    assert asyncio.get_running_loop().time() - begun - polled >= 0.2


async def test_a_proxys_page_comes_instead_of_an_answer(telegram: Sandbox) -> None:
    telegram.fault("getMe", "page")
    url = f"{telegram.url}/bot{telegram.token}/getMe"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        assert (response.status, response.content_type) == (502, "text/html")
    assert (await call(telegram, "getMe"))["ok"]


async def test_of_a_cut_answer_half_arrives_though_the_call_took_effect(telegram: Sandbox) -> None:
    anna = telegram.person("Anna")
    telegram.private(anna)
    telegram.fault("sendMessage", "cut")
    url = f"{telegram.url}/bot{telegram.token}/sendMessage"
    words = {"chat_id": anna.id, "text": "hello"}
    async with aiohttp.ClientSession() as session, session.post(url, json=words) as response:
        assert response.status == 200
        half = await response.text()
    with pytest.raises(json.JSONDecodeError):
        json.loads(half)
    assert [one.text for one in telegram.chat(anna).from_bot] == ["hello"]


async def test_troubles_are_made_and_ended_over_http(telegram: Sandbox) -> None:
    people = invite(telegram)
    troubles: dict[str, dict[str, Any]] = {
        "fault": {"method": "*", "kind": 502, "times": 3},
        "slow": {"seconds": 0.01},
        "leave_webhook": {"url": "https://somewhere.example/hook"},
        "privacy": {"on": False},
        "limits": {"on": True},
        "deny": {"chat": people.group.id, "kinds": ["text"]},
        "neighbour": {"chat": people.group.id, "text": "hello"},
        "push": {"update": {"telepathy": 1}},
        "second_poller": {"seconds": 1},
    }
    async with aiohttp.ClientSession(telegram.url) as session:
        for action, body in troubles.items():
            told = await post(session, f"/sandbox/{action}", **body)
        assert told["faults"] == [{"method": "*", "kind": 502, "times": 3}]
        assert (told["delay"], told["privacy"], told["limits"]) == (0.01, False, True)
        advanced = await post(session, "/sandbox/advance", seconds=7200)
        assert advanced["ahead"] == 7200
        told = await post(session, "/sandbox/end_troubles")
        assert (told["faults"], told["delay"], told["webhook"]) == ([], 0, "")
    assert people.group.denied == {"text"}


async def test_a_server_goes_into_local_mode_and_back(telegram: Sandbox, tmp_path: Path) -> None:
    anna = telegram.person("Anna")
    with pytest.raises(Misuse, match="no folder for files"):
        telegram.local_mode(True)
    assert telegram.troubles()["local"] is None
    telegram.world.files.spare_folder = tmp_path / "files"
    sent = telegram.say(anna, anna, photo=png())
    file_id = sent.to_json(telegram.world.files)["photo"][-1]["file_id"]
    telegram.local_mode(True)
    told = (await call(telegram, "getFile", file_id=file_id))["result"]["file_path"]
    assert Path(told).is_relative_to(tmp_path) and Path(told).stat().st_size > 0
    telegram.local_mode(False)
    told = (await call(telegram, "getFile", file_id=file_id))["result"]["file_path"]
    assert not Path(told).is_absolute() and telegram.troubles()["local"] is False
