"""Messages whose answer was lost: none comes twice, and no other one is written over."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox import Sandbox
from sandbox.state.chats import SandboxChat, SandboxMessage, SandboxUser
from sandbox.state.faults import Fault, Faults
from tests.fixtures.telegram.http import FAST_CHATS, HttpHarness, open_http_harness

pytestmark = pytest.mark.thorough

OTHERS = 10  # people who write meanwhile: as many ids that belong to other chats


class _Scripted(Faults):
    """Faults of methods in their order; `meanwhile` happens while the first one is under way."""

    def __init__(
        self, *steps: tuple[str, int | str], meanwhile: Callable[[], object] | None = None
    ) -> None:
        super().__init__()
        self.steps, self._meanwhile = list(steps), meanwhile

    def consume(self, method: str, chat_id: int | None) -> Fault | None:
        step = next((one for one in self.steps if one[0] == method), None)
        if step is None:
            return None
        self.steps.remove(step)
        if self._meanwhile:
            self._meanwhile()
            self._meanwhile = None
        return Fault(method, step[1], retry_after=1)


def _answers_to(chat: SandboxChat, text: str) -> list[SandboxMessage]:
    return [one for one in chat.from_bot if one.reply_to and one.reply_to.text.startswith(text)]


async def _greeted(telegram: Sandbox, person: SandboxUser) -> SandboxChat:
    """Return the chat of a person to whom the bot has answered, so that it knows an id."""
    chat = telegram.private(person)
    telegram.say(person, chat, "/help")
    await telegram.until(lambda: chat.from_bot)
    return chat


async def test_83_telegram_that_asks_to_wait_in_the_search_makes_no_second_line(
    http_harness: HttpHarness,
) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Anna")
    chat = await _greeted(telegram, anna)
    telegram.world.faults = _Scripted(("sendMessage", "drop-after"), ("editMessageText", 429))
    telegram.say(anna, chat, "/draw a sunflower")
    await telegram.until(lambda: len(chat.from_bot) == 2)
    await http_harness.all_delivered()
    assert len(chat.from_bot) == 2


async def test_83_of_two_lost_messages_each_keeps_its_text(http_harness: HttpHarness) -> None:
    telegram = http_harness.telegram
    anna = telegram.person("Anna")
    chat = await _greeted(telegram, anna)
    telegram.world.faults = _Scripted(("sendMessage", "drop-after"))
    telegram.say(anna, chat, "/draw a sunflower")
    await telegram.until(lambda: len(chat.from_bot) == 2)
    await _greeted(telegram, telegram.person("Boris"))  # which tells how far ids had come
    telegram.world.faults = _Scripted(("sendMessage", "drop-after"))
    telegram.say(anna, chat, "/help")
    await http_harness.all_delivered()
    await telegram.until(lambda: len(_answers_to(chat, "/help")) >= 2, 10)
    assert all(len(one.versions) == 1 for one in _answers_to(chat, "/help"))
    assert len(_answers_to(chat, "/draw")) == 1


async def test_83_a_bot_that_began_anew_writes_over_no_message_of_before(
    tmp_path: Path, telegram: Sandbox
) -> None:
    anna = telegram.person("Anna")
    chat = telegram.private(anna)
    async with open_http_harness(tmp_path, telegram, runtime=FAST_CHATS):
        again = [("sendMessage", "drop-before"), ("editMessageText", "drop-before")] * 4
        telegram.world.faults = faults = _Scripted(("sendMessage", "drop-before"))
        telegram.say(anna, chat, "/draw a sunflower")
        await telegram.until(lambda: not faults.steps)
        telegram.say(anna, chat, "/help")
        await telegram.until(lambda: chat.from_bot)
        telegram.world.faults = _Scripted(*again)
    telegram.world.faults = _Scripted(("sendMessage", "drop-after"))
    async with open_http_harness(tmp_path, telegram, runtime=FAST_CHATS) as harness:
        await harness.all_delivered()
    assert [len(one.versions) for one in _answers_to(chat, "/help")] == [1]
    assert _answers_to(chat, "/draw")


async def test_83_a_line_is_found_behind_messages_that_the_bot_does_not_see(
    http_harness: HttpHarness,
) -> None:
    telegram = http_harness.telegram
    anna, boris = telegram.person("Anna"), telegram.person("Boris")
    chat = await _greeted(telegram, anna)
    group = telegram.group("Art", [boris])

    def talk() -> None:
        for _ in range(OTHERS):
            telegram.say(boris, group, "hi all")

    telegram.world.faults = _Scripted(("sendMessage", "drop-after"), meanwhile=talk)
    telegram.say(anna, chat, "/draw a sunflower")
    await telegram.until(lambda: len(chat.from_bot) == 2)
    await http_harness.all_delivered()
    assert len(chat.from_bot) == 2


async def test_83_a_picture_is_found_by_a_bot_that_began_anew_behind_messages_of_others(
    tmp_path: Path, telegram: Sandbox
) -> None:
    people = [telegram.person(f"B{number}") for number in range(OTHERS)]

    def talk() -> None:
        for person in people:
            telegram.say(person, person, "/help")

    def answered(times: int) -> bool:
        return all(len(telegram.private(one).from_bot) == times for one in people)

    async with open_http_harness(tmp_path, telegram, runtime=FAST_CHATS) as harness:
        talk()
        await telegram.until(lambda: answered(1), 15)
        anna = telegram.person("Anna")
        chat = telegram.private(anna)
        telegram.say(anna, chat, "/draw a sunflower")
        await telegram.until(lambda: chat.from_bot, 10)
        unfound = [("editMessageCaption", "drop-before")] * 9
        telegram.world.faults = _Scripted(("sendPhoto", "drop-after"), *unfound, meanwhile=talk)
        await harness.finish(await harness.claim())
        await telegram.until(lambda: answered(2), 15)
    telegram.world.faults = _Scripted()
    async with open_http_harness(tmp_path, telegram, runtime=FAST_CHATS) as harness:
        await harness.all_delivered(30)
    assert [one.kind for one in chat.from_bot] == ["animation", "photo"]


@pytest.mark.parametrize("deleted", [False, True], ids=["answered", "answered_no_more"])
async def test_83_a_file_is_not_taken_for_the_picture(
    deleted: bool, tmp_path: Path, telegram: Sandbox
) -> None:
    anna = telegram.person("Anna")
    chat = telegram.private(anna)
    unsent = [("editMessageCaption", "drop-before"), ("sendPhoto", "drop-before")] * 9
    async with open_http_harness(tmp_path, telegram, runtime=FAST_CHATS) as harness:
        telegram.say(anna, chat, "/draw a sunflower")
        await telegram.until(lambda: chat.from_bot)
        await harness.finish(await harness.claim())
        await telegram.until(lambda: len(chat.from_bot) == 2, 15)
        picture = chat.from_bot[1]
        telegram.tap(picture.button("more"))
        await telegram.until(lambda: len(picture.buttons) > 3)
        telegram.say(anna, chat, "/draw a tower")
        await telegram.until(lambda: len(chat.from_bot) == 3)
        telegram.world.faults = faults = _Scripted(*unsent)
        await harness.finish(await harness.claim())
        await telegram.until(lambda: len(faults.steps) < len(unsent), 15)
        telegram.tap(picture.button("do:gif"))
        if deleted:
            telegram.delete(picture)
        await telegram.until(lambda: any(one.kind == "document" for one in chat.from_bot), 10)
    telegram.world.faults = _Scripted()
    async with open_http_harness(tmp_path, telegram, runtime=FAST_CHATS) as harness:
        await harness.all_delivered()
        await asyncio.sleep(0.5)
    (file,) = [one for one in chat.from_bot if one.kind == "document"]
    assert not file.text and not file.buttons
    photos = [one for one in chat.from_bot if one.kind == "photo" and not one.deleted]
    assert len(photos) == (1 if deleted else 2)
