"""Fetching updates: told as dealt with only when they are, chat by chat, and through troubles."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, cast

import pytest
from aiogram import Bot, Dispatcher
from aiogram.exceptions import (
    TelegramConflictError,
    TelegramNetworkError,
    TelegramUnauthorizedError,
)
from aiogram.methods import GetUpdates
from aiogram.types import Update

from bot.middlewares.retry import StoreUnavailable
from bot.polling import CONFLICT, Polling, PollingSettings
from tests.fixtures.bot import ANNA, BORIS, GROUP, person

Answer = list[Update] | Callable[[GetUpdates], Exception]


def update(number: int, chat: int, user: int = ANNA) -> Update:
    message = {
        "message_id": number,
        "date": 0,
        "chat": {"id": chat, "type": "private" if chat > 0 else "supergroup"},
        "from": person(user),
        "text": "кот",
    }
    return Update.model_validate({"update_id": number, "message": message})


def tap(number: int, chat: int, user: int) -> Update:
    message = {"message_id": 1, "date": 0, "chat": {"id": chat, "type": "supergroup"}}
    query = {"id": "q", "from": person(user), "chat_instance": "c", "message": message}
    return Update.model_validate({"update_id": number, "callback_query": query})


def inline(number: int, user: int) -> Update:
    query = {"id": "q", "from": person(user), "query": "", "offset": ""}
    return Update.model_validate({"update_id": number, "inline_query": query})


class PollingHarness:
    """Telegram on one side, handlers on the other; both do as they are told."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.questions: list[GetUpdates] = []
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.gates: dict[int, asyncio.Event] = {}  # by update
        self.broken: set[int] = set()
        self.away: list[int] = []  # how often the store cannot take which update
        self.stop = asyncio.Event()
        settings = PollingSettings(failure_pauses_s=(0.0,), store_retry_s=0.0)
        self.polling = Polling(cast(Bot, self._ask), cast(Dispatcher, self), settings)

    def resolve_used_update_types(self) -> list[str]:
        return ["message"]

    async def feed_update(self, bot: Bot, update: Update) -> None:
        number = update.update_id
        self.begun.append(number)
        await self.gates[number].wait() if number in self.gates else await asyncio.sleep(0)
        if number in self.broken:
            raise RuntimeError("a fault of ours")
        if number in self.away:
            self.away.remove(number)
            raise StoreUnavailable("the server starts up")
        self.ended.append(number)

    async def _ask(self, question: GetUpdates, request_timeout: int) -> list[Update]:
        assert question.timeout is not None and request_timeout > question.timeout
        self.questions.append(question)
        if not self.answers:
            await asyncio.sleep(3600)
        answer = self.answers.pop(0)
        if isinstance(answer, list):
            return answer
        raise answer(question)

    async def until(self, look: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not look():
                await asyncio.sleep(0)


async def test_chats_do_not_wait_for_each_other_and_each_keeps_its_order() -> None:
    batch = [update(1, ANNA), update(2, GROUP), tap(3, GROUP, BORIS), inline(4, ANNA)]
    harness = PollingHarness(batch)
    harness.gates = {1: asyncio.Event(), 2: asyncio.Event()}
    running = asyncio.create_task(harness.polling.run(harness.stop))
    await harness.until(lambda: len(harness.begun) == 2)
    await asyncio.sleep(0.01)
    assert harness.begun == [1, 2]  # the third is of the second's chat, the fourth of the first's
    harness.gates[2].set()
    await harness.until(lambda: harness.ended == [2, 3])
    harness.gates[1].set()
    await harness.until(lambda: harness.ended == [2, 3, 1, 4])
    harness.stop.set()
    await running


async def test_telegram_hears_that_updates_are_dealt_with_when_all_of_them_are() -> None:
    harness = PollingHarness([update(1, ANNA), update(7, BORIS)])
    harness.gates = {1: asyncio.Event()}
    running = asyncio.create_task(harness.polling.run(harness.stop))
    await harness.until(lambda: harness.ended == [7])
    await asyncio.sleep(0.01)
    assert len(harness.questions) == 1
    harness.gates[1].set()
    await harness.until(lambda: len(harness.questions) == 2)
    assert [question.offset for question in harness.questions] == [None, 8]
    assert harness.questions[0].allowed_updates == ["message"]
    harness.stop.set()
    await running


async def test_an_end_lets_what_has_begun_come_to_its_end() -> None:
    harness = PollingHarness([update(1, ANNA)])
    harness.gates = {1: asyncio.Event()}
    running = asyncio.create_task(harness.polling.run(harness.stop))
    await harness.until(lambda: harness.begun == [1])
    harness.stop.set()
    await asyncio.sleep(0.01)
    assert not running.done()
    harness.gates[1].set()
    await asyncio.wait_for(running, 5)
    assert (harness.ended, len(harness.questions)) == ([1], 1)


async def test_an_update_that_fails_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    harness = PollingHarness([update(1, ANNA), update(2, ANNA), update(3, BORIS)], [])
    harness.broken = {1}
    running = asyncio.create_task(harness.polling.run(harness.stop))
    await harness.until(lambda: len(harness.questions) == 3)
    assert sorted(harness.ended) == [2, 3]
    assert [question.offset for question in harness.questions] == [None, 4, 4]
    assert "update 1 failed" in caplog.text
    harness.stop.set()
    await running


async def test_what_the_store_cannot_take_waits_for_it_with_all_that_follows() -> None:
    harness = PollingHarness([update(1, ANNA), update(2, ANNA), update(3, BORIS)])
    harness.away = [1, 1]
    running = asyncio.create_task(harness.polling.run(harness.stop))
    await harness.until(lambda: len(harness.questions) == 2)
    assert harness.begun == [1, 3, 1, 1, 2]
    assert harness.ended == [3, 1, 2]
    harness.stop.set()
    await running


async def test_an_end_leaves_to_telegram_what_the_store_could_not_take() -> None:
    harness = PollingHarness([update(1, ANNA)])
    harness.away = [1] * 1000
    running = asyncio.create_task(harness.polling.run(harness.stop))
    await harness.until(lambda: len(harness.begun) > 2)
    harness.stop.set()
    await asyncio.wait_for(running, 5)
    assert len(harness.questions) == 1


async def test_what_is_written_after_a_groups_move_comes_after_it() -> None:
    first, move, after = update(1, GROUP), update(2, GROUP), update(3, -100500)
    assert move.message is not None
    message = move.message.model_copy(update={"migrate_to_chat_id": -100500})
    move = move.model_copy(update={"message": message})
    harness = PollingHarness([first, move, after])
    harness.gates = {1: asyncio.Event()}
    running = asyncio.create_task(harness.polling.run(harness.stop))
    await harness.until(lambda: harness.begun == [1])
    await asyncio.sleep(0.01)
    harness.gates[1].set()
    await harness.until(lambda: len(harness.questions) == 2)
    assert harness.ended == [1, 2, 3]
    harness.stop.set()
    await running


async def test_a_kind_of_update_that_nobody_knows_is_passed_over() -> None:
    harness = PollingHarness([Update(update_id=1), update(2, ANNA)])
    harness.broken = {1}  # aiogram raises, too
    running = asyncio.create_task(harness.polling.run(harness.stop))
    await harness.until(lambda: len(harness.questions) == 2)
    assert (harness.ended, harness.questions[1].offset) == ([2], 3)
    harness.stop.set()
    await running


async def test_a_trouble_is_told_once_and_so_is_its_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    def conflict(method: GetUpdates) -> Exception:
        return TelegramConflictError(method, "Conflict: terminated by other getUpdates request")

    def offline(method: GetUpdates) -> Exception:
        return TelegramNetworkError(method, "no route")

    def garbled(method: GetUpdates) -> Exception:
        return UnicodeDecodeError("utf-8", b"\xcf", 0, 1, "a page of some proxy")

    harness = PollingHarness(conflict, conflict, offline, offline, garbled, [])
    running = asyncio.create_task(harness.polling.run(harness.stop))
    await harness.until(lambda: len(harness.questions) == 7)
    assert caplog.text.count(CONFLICT) == 1
    assert caplog.text.count("Telegram cannot be asked for updates") == 2
    assert caplog.text.count("updates arrive again") == 1
    assert harness.polling.answered.is_set() and not harness.polling.refused.is_set()
    harness.stop.set()
    await running


async def test_a_withdrawn_token_is_noticed() -> None:
    def unauthorized(method: Any) -> Exception:
        return TelegramUnauthorizedError(method, "Unauthorized")

    harness = PollingHarness(unauthorized)
    running = asyncio.create_task(harness.polling.run(harness.stop))
    await asyncio.wait_for(harness.polling.refused.wait(), 5)
    assert not harness.polling.answered.is_set()
    harness.stop.set()
    await running
