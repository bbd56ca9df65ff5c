"""Simulated users: which of their messages reach the bot, and the controls over HTTP."""

import asyncio
import base64
import re
import signal
import sys
from typing import Any

import aiohttp
import pytest

from sandbox import Misuse, Sandbox
from tests.fixtures.image import png
from tests.fixtures.telegram.sandbox import call, post


async def _heard(telegram: Sandbox) -> list[dict[str, Any]]:
    """The updates the bot has not confirmed yet, confirmed."""
    updates = (await call(telegram, "getUpdates"))["result"]
    if updates:
        await call(telegram, "getUpdates", offset=updates[-1]["update_id"] + 1)
    return list(updates)


async def _texts(telegram: Sandbox) -> list[str]:
    return [update["message"].get("text", "") for update in await _heard(telegram)]


async def test_privacy_hides_the_talk_of_a_group_but_not_commands_and_replies(
    telegram: Sandbox,
) -> None:
    anna = telegram.person("Anna")
    group = telegram.group("Art club", [anna])
    for text in ("hello", "/draw a cat", "/draw@Mazok_bot a dog", "/draw@other_bot", "see /draw"):
        telegram.say(anna, group, text)
    assert await _texts(telegram) == ["/draw a cat", "/draw@Mazok_bot a dog"]
    await call(telegram, "sendMessage", chat_id=group.id, text="painting")
    telegram.say(anna, group, "again", reply_to=group.from_bot[0])
    assert await _texts(telegram) == ["again"]
    talk = telegram.group("Open", [anna], bot="administrator")
    telegram.say(anna, talk, "administrators hear everything")
    assert await _texts(telegram) == ["administrators hear everything"]


async def test_commands_are_marked_as_entities_in_utf16(telegram: Sandbox) -> None:
    anna = telegram.person("Anna")
    telegram.say(anna, anna, "🎨 /draw кота")
    (update,) = await _heard(telegram)
    assert update["message"]["entities"] == [{"type": "bot_command", "offset": 3, "length": 5}]


async def test_messages_of_a_topic_carry_its_number_and_answers_stay_in_it(
    telegram: Sandbox,
) -> None:
    anna = telegram.person("Anna")
    forum = telegram.group("Forum", [anna], forum=True)
    topic = telegram.topic(forum, "Cats", by=anna)
    telegram.say(anna, forum, "/draw a cat", topic=topic)
    opened, asked = (update["message"] for update in await _heard(telegram))
    assert opened["forum_topic_created"]["name"] == "Cats"
    assert (asked["message_thread_id"], asked["is_topic_message"]) == (topic, True)
    assert asked["reply_to_message"]["message_id"] == topic
    reply = {"message_id": asked["message_id"]}
    answers = [
        await call(telegram, "sendMessage", chat_id=forum.id, text="x", reply_parameters=reply),
        await call(telegram, "sendMessage", chat_id=forum.id, text="x", message_thread_id=topic),
    ]
    assert [answer["result"]["message_thread_id"] for answer in answers] == [topic, topic]


async def test_the_thread_of_a_reply_outside_topics_is_no_topic(telegram: Sandbox) -> None:
    anna = telegram.person("Anna")
    group = telegram.group("Big group", [anna], supergroup=True)
    first = telegram.say(anna, group, "/draw a cat")
    telegram.say(anna, group, "/draw", reply_to=first)
    reply = (await _heard(telegram))[-1]["message"]
    assert reply["message_thread_id"] == first.id and "is_topic_message" not in reply
    answer = await call(
        telegram, "sendMessage", chat_id=group.id, text="x", message_thread_id=first.id
    )
    assert answer["description"] == "Bad Request: message thread not found"


async def test_edits_blocks_and_anonymous_administrators_are_told(telegram: Sandbox) -> None:
    anna = telegram.person("Anna")
    group = telegram.group("Art club", admins=[anna])
    said = telegram.say(anna, anna, "a cat")
    telegram.edit(said, "a dog")
    telegram.say(anna, group, "/draw a fox", anonymous=True)
    telegram.block(anna)
    first, edited, hidden, blocked = await _heard(telegram)
    assert (first["message"]["text"], edited["edited_message"]["text"]) == ("a cat", "a dog")
    assert hidden["message"]["sender_chat"]["id"] == group.id
    assert hidden["message"]["from"]["username"] == "GroupAnonymousBot"
    assert blocked["my_chat_member"]["new_chat_member"]["status"] == "kicked"


async def test_an_album_comes_in_parts_and_in_a_group_without_those_that_say_nothing(
    telegram: Sandbox,
) -> None:
    anna = telegram.person("Anna")
    data = png()
    for chat in (telegram.private(anna), telegram.group("Art club", [anna])):
        telegram.say(anna, chat, "/draw a cat", photo=data, album="7")
        telegram.say(anna, chat, document=("b.png", data), album="7")
    messages = [update["message"] for update in await _heard(telegram)]
    assert [one["media_group_id"] for one in messages] == ["7"] * 3
    assert [one.get("caption") for one in messages] == ["/draw a cat", None, "/draw a cat"]
    assert [one["chat"]["type"] for one in messages] == ["private", "private", "group"]
    with pytest.raises(Misuse, match="made of files"):
        telegram.say(anna, anna, "a cat", album="8")


async def test_a_file_of_more_than_20_mb_has_no_link(telegram: Sandbox) -> None:
    anna = telegram.person("Anna")
    most = 20 * 2**20
    for size in (most, most + 1):
        telegram.say(anna, anna, document=("a.png", bytes(size)))
    fits, heavy = [update["message"]["document"]["file_id"] for update in await _heard(telegram)]
    assert (await call(telegram, "getFile", file_id=fits))["result"]["file_path"]
    refusal = await call(telegram, "getFile", file_id=heavy)
    assert (refusal["error_code"], refusal["description"]) == (400, "Bad Request: file is too big")


async def test_nobody_can_do_what_no_person_could(telegram: Sandbox) -> None:
    anna, ben = telegram.person("Anna"), telegram.person("Ben")
    group = telegram.group("Art club", [anna])
    with pytest.raises(Misuse, match="Ben is not in"):
        telegram.say(ben, group, "hello")
    telegram.block(anna)
    with pytest.raises(Misuse, match="has blocked the bot"):
        telegram.say(anna, anna, "hello")
    with pytest.raises(Misuse, match="no such fault"):
        telegram.fault("sendMessage", "rain")


async def test_a_button_of_a_deleted_message_can_still_be_tapped(telegram: Sandbox) -> None:
    anna = telegram.person("Anna")
    telegram.private(anna)
    markup = {"inline_keyboard": [[{"text": "Again", "callback_data": "again:1"}]]}
    await call(telegram, "sendMessage", chat_id=anna.id, text="done", reply_markup=markup)
    (message,) = telegram.chat(anna).from_bot
    button = message.button("Again")
    await call(telegram, "deleteMessage", chat_id=anna.id, message_id=message.id)
    telegram.tap(button)
    (update,) = await _heard(telegram)
    assert update["callback_query"]["message"]["date"] == 0
    assert update["callback_query"]["data"] == "again:1"


async def _get(session: aiohttp.ClientSession, path: str) -> Any:
    async with session.get(path) as response:
        assert response.status == 200, await response.text()
        return await response.json()


async def test_another_process_drives_the_sandbox_over_http() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", "serve", "--port", "0", "--token", "77:secret"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    url = re.sub(r"Bot API\s+", "", (await process.stdout.readline()).decode().strip())
    async with aiohttp.ClientSession(url) as session:
        anna = await post(session, "/sandbox/person", first_name="Аня", language="ru")
        group = await post(session, "/sandbox/group", title="Art club", members=[anna["id"]])
        data = png()
        photo = base64.b64encode(data).decode()
        talk = {"user": anna["id"], "chat": group["id"]}
        said = await post(session, "/sandbox/say", **talk, text="/draw кот", photo=photo)
        heard = await post(session, "/bot77:secret/getUpdates")
        assert heard["result"][0]["message"]["caption"] == "/draw кот"
        async with session.get(said["media"]) as response:
            assert await response.read() == data

        markup = {"inline_keyboard": [[{"text": "Стоп", "callback_data": "stop"}]]}
        status = {"chat_id": group["id"], "text": "10 %", "reply_markup": markup}
        sent = (await post(session, "/bot77:secret/sendMessage", **status))["result"]
        edit = {**status, "message_id": sent["message_id"], "text": "20 %"}
        await post(session, "/bot77:secret/editMessageText", **edit)
        tapped = await post(
            session, "/sandbox/tap", **talk, message=sent["message_id"], button="стоп"
        )
        answer = {"callback_query_id": tapped["id"], "text": "Остановлено"}
        await post(session, "/bot77:secret/answerCallbackQuery", **answer)
        query = await _get(session, f"/sandbox/queries/{tapped['id']}")
        assert query["answer"] == {"text": "Остановлено", "alert": False}

        shown = (await _get(session, f"/sandbox/chats/{group['id']}"))["messages"][-1]
        assert [version["text"] for version in shown["versions"]] == ["10 %", "20 %"]
        await post(session, "/sandbox/fault", method="getMe", kind=500)
        async with session.post("/bot77:secret/getMe") as response:
            assert response.status == 500
        calls = await _get(session, "/sandbox/calls?after=1")
        assert [call["status"] for call in calls] == [200, 200, 200, 500]
        async with session.post("/sandbox/say", json={"user": 5, "chat": 5}) as response:
            assert (response.status, await response.json()) == (400, {"error": "no person 5"})
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0


async def _reactions_heard(telegram: Sandbox) -> list[dict[str, Any]]:
    asked: dict[str, Any] = await call(
        telegram, "getUpdates", allowed_updates=["message", "message_reaction"]
    )
    return [one["message_reaction"] for one in asked["result"] if "message_reaction" in one]


async def test_a_reaction_is_shown_with_its_person_and_taken_back(telegram: Sandbox) -> None:
    anna = telegram.person("Anna")
    message = telegram.say(anna, anna, "hello")
    assert await _reactions_heard(telegram) == []
    body = {"user": anna.id, "chat": anna.id, "message": message.id}
    async with aiohttp.ClientSession(telegram.url) as session:
        told = await post(session, "/sandbox/react", **body, emoji="🔥")
    assert told["people_reactions"] == {str(anna.id): "🔥"}
    telegram.react(anna, message)
    first, second = await _reactions_heard(telegram)
    fire = [{"type": "emoji", "emoji": "🔥"}]
    assert (first["old_reaction"], first["new_reaction"]) == ([], fire)
    assert (second["old_reaction"], second["new_reaction"]) == (fire, [])
    assert not message.people_reactions


async def test_in_a_group_only_an_administrator_hears_of_reactions(telegram: Sandbox) -> None:
    anna = telegram.person("Anna")
    group = telegram.group("Art club", [anna])
    message = telegram.say(anna, group, "hello")
    await _reactions_heard(telegram)
    telegram.react(anna, message, "👍")
    assert await _reactions_heard(telegram) == []
    telegram.add_bot(group, anna, admin=True)
    telegram.react(anna, message, "👎")
    assert [one["user"]["id"] for one in await _reactions_heard(telegram)] == [anna.id]
