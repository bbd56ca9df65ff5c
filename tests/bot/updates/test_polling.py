"""Polling stores updates before it confirms them to Telegram, and outlives every trouble."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, cast

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramConflictError,
    TelegramNetworkError,
    TelegramUnauthorizedError,
)
from aiogram.methods import DeleteWebhook
from sqlalchemy.exc import OperationalError

from bot.updates.polling import CONFLICT, WEBHOOK, GetRawUpdates, Polling, PollingSettings
from store.database.database import Database
from store.messages import inbox

Raw = dict[str, Any]
Answer = list[Raw] | Callable[[GetRawUpdates], Exception]


def update(number: Any) -> Raw:
    return {"update_id": number, "message": {"chat": {"id": 100}, "text": "кот"}}


async def test_only_the_bot_whose_turn_it_is_polls(db: Database) -> None:
    telegram, turn = Telegram(db, [], [], []), asyncio.Event()
    quick = PollingSettings(turn_poll_s=0.001)
    bot = cast(Bot, telegram._ask)
    telegram.polling = Polling(bot, db, ["message"], telegram.arrived, quick, turn=turn)
    running = asyncio.create_task(telegram.polling.run(telegram.stop))
    await asyncio.sleep(0.05)
    assert telegram.questions == []
    turn.set()
    async with asyncio.timeout(5):
        while len(telegram.questions) < 3:
            await asyncio.sleep(0)
    telegram.stop.set()
    await running


class Telegram:
    """Gives its answers one after the other, then none any more."""

    def __init__(self, db: Database, *answers: Answer) -> None:
        self.answers = list(answers)
        self.questions: list[GetRawUpdates] = []
        self.webhooks_removed = 0
        self.stop = asyncio.Event()
        self.arrived = asyncio.Event()
        quick = PollingSettings(failure_pauses_s=(0.0,), store_retry_s=0.0)
        self.polling = Polling(cast(Bot, self._ask), db, ["message"], self.arrived, quick)

    async def _ask(self, question: Any, request_timeout: int = 0) -> Any:
        if isinstance(question, DeleteWebhook):
            self.webhooks_removed += 1
            return True
        assert question.timeout is not None and request_timeout > question.timeout
        self.questions.append(question)
        if not self.answers:
            await asyncio.sleep(3600)
        answer = self.answers.pop(0)
        if isinstance(answer, list):
            return answer
        raise answer(question)

    async def asked(self, times: int) -> None:
        """Poll until Telegram has been asked so often; then stop."""
        running = asyncio.create_task(self.polling.run(self.stop))
        async with asyncio.timeout(5):
            while len(self.questions) < times:
                await asyncio.sleep(0)
        self.stop.set()
        await asyncio.wait_for(running, 5)


async def test_updates_are_stored_before_they_are_confirmed(db: Database) -> None:
    telegram = Telegram(db, [update(1), update(7)], [update(8)])
    await telegram.asked(3)
    assert [question.offset for question in telegram.questions] == [None, 8, 9]
    assert telegram.questions[0].allowed_updates == ["message"]
    assert await inbox.count(db, "waiting") == 3 and telegram.arrived.is_set()


async def test_what_the_store_cannot_take_is_not_confirmed(
    db: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    receive, away = inbox.receive, [1, 2, 3]

    async def sometimes(db: Database, updates: Any) -> int:
        if away:
            away.pop()
            raise OperationalError("INSERT", {}, Exception("the server starts up"))
        return await receive(db, updates)

    monkeypatch.setattr(inbox, "receive", sometimes)
    # Meanwhile more of them come.
    telegram = Telegram(
        db, [update(1)], [update(1)], [update(1), update(2)], [update(1), update(2)]
    )
    await telegram.asked(5)
    assert [question.offset for question in telegram.questions] == [None] * 4 + [3]
    assert caplog.text.count("updates have to wait: the server starts up") == 1
    assert await inbox.count(db, "waiting") == 2


async def test_an_end_leaves_to_telegram_what_the_store_could_not_take(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(db: Database, updates: Any) -> int:
        telegram.stop.set()
        raise OSError("connection refused")

    monkeypatch.setattr(inbox, "receive", never)
    telegram = Telegram(db, [update(1)])
    await asyncio.wait_for(telegram.polling.run(telegram.stop), 5)
    assert len(telegram.questions) == 1


@pytest.mark.parametrize("number", [None, "1", True, 1 << 63, 1.5])
async def test_an_update_without_a_number_stops_no_other(number: Any, db: Database) -> None:
    telegram = Telegram(db, [update(number), update(5)])
    await telegram.asked(2)
    assert telegram.questions[1].offset == 6
    assert await inbox.count(db, "waiting") == 1


async def test_a_trouble_is_told_once_and_so_is_its_end(
    db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    def conflict(method: GetRawUpdates) -> Exception:
        return TelegramConflictError(method, "Conflict: terminated by other getUpdates request")

    def offline(method: GetRawUpdates) -> Exception:
        return TelegramNetworkError(method, "no route")

    def garbled(method: GetRawUpdates) -> Exception:
        return UnicodeDecodeError("utf-8", b"\xcf", 0, 1, "a page of some proxy")

    telegram = Telegram(db, conflict, conflict, offline, offline, garbled, [])
    await telegram.asked(7)
    assert caplog.text.count(CONFLICT) == 1
    assert caplog.text.count("Telegram cannot be asked for updates") == 2
    assert caplog.text.count("updates arrive again") == 1
    assert telegram.polling.answered.is_set() and not telegram.polling.refused.is_set()
    assert telegram.webhooks_removed == 0


async def test_a_webhook_that_was_left_behind_is_removed_and_told(
    db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def conflict(method: GetRawUpdates) -> Exception:
        reason = "can't use getUpdates method while webhook is active; use deleteWebhook"
        return TelegramConflictError(method, f"Conflict: {reason}")

    telegram = Telegram(db, conflict, [update(1)])
    await telegram.asked(3)
    assert telegram.webhooks_removed == 1 and caplog.text.count(WEBHOOK) == 1
    assert await inbox.count(db, "waiting") == 1


async def test_a_withdrawn_token_is_noticed(db: Database) -> None:
    def unauthorized(method: Any) -> Exception:
        return TelegramUnauthorizedError(method, "Unauthorized")

    telegram = Telegram(db, unauthorized)
    running = asyncio.create_task(telegram.polling.run(telegram.stop))
    await asyncio.wait_for(telegram.polling.refused.wait(), 5)
    assert not telegram.polling.answered.is_set()
    telegram.stop.set()
    await running
