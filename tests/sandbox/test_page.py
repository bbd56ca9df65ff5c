"""The chat page: who may ask for it, what it hears, and what people do there."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from sandbox import Sandbox
from sandbox.page.people import invite
from tests.fixtures.image import png
from tests.fixtures.telegram.sandbox import call, post

HEARD_S = 10.0


class Tab:
    """A tab of the page: the events that it hears."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def hear(self, name: str) -> Any:
        """Return the data of the next event of this name."""
        async with asyncio.timeout(HEARD_S):
            while True:
                event = (await self._response.content.readline()).decode().strip()
                data = (await self._response.content.readline()).decode().strip()
                await self._response.content.readline()
                if event == f"event: {name}":
                    return json.loads(data.removeprefix("data: "))
                assert event, "the stream ended"


@asynccontextmanager
async def open_tab(telegram: Sandbox) -> AsyncIterator[Tab]:
    url = f"{telegram.url}/sandbox/events"
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        assert response.content_type == "text/event-stream"
        yield Tab(response)


async def test_only_the_page_itself_and_programs_of_this_machine_are_answered(
    telegram: Sandbox,
) -> None:
    anna = telegram.person("Anna")
    here = telegram.url
    foreign: list[dict[str, str]] = [
        {"Host": "evil.example"},
        {"Host": f"127.0.0.1.evil.example:{telegram.port}"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"http://127.0.0.1:{telegram.port + 1}"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate"},
    ]
    own: list[dict[str, str]] = [
        {},
        {"Host": f"localhost:{telegram.port}"},
        {"Origin": here, "Sec-Fetch-Site": "same-origin"},
    ]
    places = ["/page/main.js", "/sandbox/chats", f"/bot{telegram.token}/getMe", "/no"]
    async with aiohttp.ClientSession(here) as session:
        for place in places:
            for headers in foreign:
                async with session.get(place, headers=headers) as response:
                    assert response.status == 403, (place, headers)
            for headers in own:
                async with session.get(place, headers=headers) as response:
                    assert response.status == (404 if place == "/no" else 200), (place, headers)
        say = {"user": anna.id, "chat": anna.id, "text": "/forget"}
        telegram.private(anna)
        async with session.post("/sandbox/say", json=say, headers=foreign[2]) as response:
            assert response.status == 403
        linked = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
        async with session.get("/", headers=linked) as response:  # a link leads to the page
            assert response.status == 200
    assert telegram.chat(anna).messages == []


def test_the_server_listens_on_this_machine_only() -> None:
    for host in ("0.0.0.0", "::", "10.0.0.1", "example.org"):
        with pytest.raises(ValueError, match="no address of this machine alone"):
            Sandbox(host=host)


async def test_every_answer_forbids_foreign_scripts_frames_and_guesses(telegram: Sandbox) -> None:
    async with aiohttp.ClientSession(telegram.url) as session:
        for place in ("/", "/page/main.js", "/favicon.ico", "/sandbox/chats", "/no"):
            async with session.get(place) as response:
                policy = response.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy and "unsafe" not in policy
                assert response.headers["X-Content-Type-Options"] == "nosniff"
                if place == "/favicon.ico":
                    assert (response.status, response.content_type) == (200, "image/svg+xml")


async def test_no_path_of_a_request_reaches_the_disk(telegram: Sandbox) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("/page/../routes.py", "/page/%2e%2e/routes.py", "/page//etc/passwd", "/page/"):
            async with session.get(URL(telegram.url + path, encoded=True)) as answer:
                assert answer.status == 404, path


async def test_the_name_of_an_upload_leads_nowhere_on_the_disk(tmp_path: Path) -> None:
    folder = tmp_path / "server"
    suffixes = {"b.tar.gz": "gz", "a./../../outside": "bin", "c./in/side": "bin", "d.": "bin"} | {
        "e": "bin",
        "f.\\..\\x": "bin",
        "g.имя": "bin",
    }
    async with Sandbox(local=folder) as telegram:
        anna = telegram.person("Anna")
        for name in suffixes:
            telegram.say(anna, anna, document=(name, name.encode()))
        for update in (await call(telegram, "getUpdates"))["result"]:
            file_id = update["message"]["document"]["file_id"]
            told = (await call(telegram, "getFile", file_id=file_id))["result"]
            assert Path(told["file_path"]).parent == folder / telegram.token / "documents"
    written = sorted(path.name for path in tmp_path.rglob("*") if path.is_file())
    assert written == [f"file_{n}.{end}" for n, end in enumerate(suffixes.values(), 1)]


async def test_a_file_is_offered_for_saving_whatever_it_says_it_is(telegram: Sandbox) -> None:
    anna = telegram.person("Anna")
    chat = telegram.private(anna)
    page = b"<script>alert(1)</script>"
    telegram.say(anna, chat, document=('a"\r\nb.html', page))
    telegram.say(anna, chat, photo=png())
    async with aiohttp.ClientSession(telegram.url) as session:
        async with session.get(f"/sandbox/chats/{anna.id}") as response:
            file, photo = (one["media"] for one in (await response.json())["messages"])
        async with session.get(file) as response:
            assert response.content_type == "application/octet-stream"
            assert response.headers["Content-Disposition"].startswith("attachment")
            assert "sandbox" in response.headers["Content-Security-Policy"]
            assert await response.read() == page
        async with session.get(photo) as response:
            assert response.content_type == "image/png"


async def test_a_tab_begins_with_everything_and_hears_what_changes(telegram: Sandbox) -> None:
    people = invite(telegram)
    chat = telegram.chat(people.russian)
    telegram.say(people.russian, chat, "раньше")
    async with open_tab(telegram) as tab:
        told = await tab.hear("state")
        assert [user["first_name"] for user in told["users"]] == ["Аня", "Ben", "Олег"]
        kinds = {room["type"] for room in told["chats"]}
        assert kinds == {"private", "group", "supergroup", "channel"}
        assert told["chats"][0]["messages"][0]["text"] == "раньше"
        markup = {"force_reply": True}
        await call(telegram, "sendMessage", chat_id=chat.id, text="Что?", reply_markup=markup)
        assert (await tab.hear("message"))["markup"] == markup
        photo = await call(
            telegram, "sendPhoto", chat_id=chat.id, photo=png(), has_spoiler=True, caption="<кот>"
        )
        sent = await tab.hear("message")
        assert sent["has_media_spoiler"] and sent["caption"] == "<кот>"
        assert photo["result"]["has_media_spoiler"]
        number = sent["message_id"]
        react = {"chat_id": chat.id, "message_id": number, "reaction": [{"emoji": "👀"}]}
        await call(telegram, "setMessageReaction", **react)
        assert (await tab.hear("reaction"))["reactions"] == ["👀"]
        await call(telegram, "sendChatAction", chat_id=chat.id, action="upload_photo")
        assert (await tab.hear("chat"))["action"] == "upload_photo"
        await call(telegram, "deleteMessage", chat_id=chat.id, message_id=number)
        assert (await tab.hear("delete"))["deleted"] is True
        await call(telegram, "setMyDescription", description="Рисую")
        assert (await tab.hear("bot"))["descriptions"] == {"": "Рисую"}
        async with aiohttp.ClientSession(telegram.url) as session:
            await post(session, "/sandbox/fault", method="getMe", kind=502)
        assert [fault["kind"] for fault in (await tab.hear("trouble"))["faults"]] == [502]
        await call(telegram, "getMe")  # it uses up the fault
        assert (await tab.hear("trouble"))["faults"] == []


async def test_an_open_tab_does_not_hold_the_end_of_the_server() -> None:
    telegram = await Sandbox().__aenter__()
    async with open_tab(telegram) as tab:
        await tab.hear("state")
        async with asyncio.timeout(5):
            await telegram.__aexit__(None, None, None)


async def test_the_menu_is_the_one_of_the_persons_language_and_chat(telegram: Sandbox) -> None:
    people = invite(telegram)

    async def menu(user: int, chat: int) -> list[str]:
        async with aiohttp.ClientSession(telegram.url) as session:
            told = await post(session, "/sandbox/menu", user=user, chat=chat)
        return [one["description"] for one in told["commands"]]

    scopes: list[dict[str, Any]] = [
        {},
        {"language_code": "ru"},
        {"scope": {"type": "chat", "chat_id": people.admin.id}},
        {"scope": {"type": "all_chat_administrators"}},
    ]
    for words, scope in zip(("usual", "обычное", "admin", "of groups"), scopes, strict=True):
        commands = [{"command": "draw", "description": words}]
        assert (await call(telegram, "setMyCommands", commands=commands, **scope))["ok"]
    assert await menu(people.english.id, people.english.id) == ["usual"]
    assert await menu(people.russian.id, people.russian.id) == ["обычное"]
    assert await menu(people.admin.id, people.admin.id) == ["admin"]
    assert await menu(people.admin.id, people.group.id) == ["of groups"]
    telegram.set_language(people.russian, "en")
    assert await menu(people.russian.id, people.russian.id) == ["usual"]


async def test_a_changed_language_comes_with_the_next_message(telegram: Sandbox) -> None:
    anna = telegram.person("Аня", language="ru")
    telegram.private(anna)
    telegram.set_language(anna, "en")
    telegram.say(anna.id, anna.id, "cat")
    update = (await call(telegram, "getUpdates"))["result"][0]
    assert update["message"]["from"]["language_code"] == "en"
    assert telegram.chat(anna).visible[0].sender == anna


async def test_a_channel_speaks_by_itself(telegram: Sandbox) -> None:
    people = invite(telegram)
    await call(telegram, "getUpdates", offset=-1)
    posted = telegram.say(people.admin, people.channel, "/draw кот")
    update = (await call(telegram, "getUpdates", offset=-1))["result"][0]
    heard = update["channel_post"]
    assert "from" not in heard and heard["sender_chat"]["id"] == people.channel.id
    answer = await call(telegram, "sendMessage", chat_id=people.channel.id, text="Нет")
    assert "from" not in answer["result"]
    assert [one.text for one in people.channel.from_bot] == ["Нет"]
    telegram.edit(posted, "/draw пёс")
    update = (await call(telegram, "getUpdates", offset=-1))["result"][0]
    assert update["edited_channel_post"]["text"] == "/draw пёс"


async def test_a_part_of_a_message_is_quoted(telegram: Sandbox) -> None:
    anna = telegram.person("Anna")
    first = telegram.say(anna, anna, "🎨 a cat in a hat")
    telegram.say(anna, anna, "why?", reply_to=first, quote="a hat")
    heard = (await call(telegram, "getUpdates"))["result"][1]["message"]
    assert heard["quote"] == {"text": "a hat", "position": 12, "is_manual": True}


async def test_a_tap_presses_exactly_the_button_that_is_meant(telegram: Sandbox) -> None:
    anna = telegram.person("Anna")
    telegram.private(anna)
    rows = [[{"text": name, "callback_data": f"open:{name}"} for name in ("13", "3")]]
    markup = {"inline_keyboard": rows}
    await call(telegram, "sendMessage", chat_id=anna.id, text="?", reply_markup=markup)
    sent = telegram.chat(anna).from_bot[0]
    assert sent.button("3").data == "open:3" and sent.button("open:3").text == "3"
    assert sent.button("1").text == "13"
