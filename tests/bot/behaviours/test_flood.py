"""Telegram's limit over all chats: no call is refused for it, and answers go before edits."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest
from aiogram import Bot
from aiogram.methods import (
    AnswerCallbackQuery,
    EditMessageText,
    GetUpdates,
    SendChatAction,
    SendMessage,
    TelegramMethod,
)

from bot.delivery.rate_limit import (
    CALLS_PER_SECOND,
    FREE_CALLS,
    MIN_EDITS_PER_SECOND,
    GlobalRateLimiter,
)
from tests.fixtures.bot import TOKEN

SEND = SendMessage(chat_id=1, text="кот")
EDIT = EditMessageText(chat_id=1, message_id=1, text="кот")


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def on(self, telegram: "Telegram", seconds: float) -> list[str]:
        """What goes out from now on until so many seconds later."""
        before, self.now = len(telegram.calls), self.now + seconds
        telegram.limiter._on_timer()
        await settled()
        return telegram.calls[before:]


class Telegram:
    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.limiter = GlobalRateLimiter(clock)
        self.calls: list[str] = []
        self._bot = Bot(TOKEN)

    async def call(self, method: TelegramMethod[Any]) -> None:
        await self.limiter(self._made, self._bot, method)

    def begin(self, *methods: TelegramMethod[Any]) -> list[asyncio.Task[None]]:
        return [asyncio.create_task(self.call(method)) for method in methods]

    async def _made(self, bot: Bot, method: TelegramMethod[Any]) -> Any:
        self.calls.append(method.__api_method__)


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def test_a_second_has_so_many_calls_and_the_others_wait(clock: Clock) -> None:
    telegram = Telegram(clock)
    tasks = telegram.begin(*[SEND] * 20, *[EDIT] * 20)
    await settled()
    assert len(telegram.calls) == 20 + MIN_EDITS_PER_SECOND <= CALLS_PER_SECOND
    assert await clock.on(telegram, 0.5) == []
    assert len(await clock.on(telegram, 0.5)) == 20 - MIN_EDITS_PER_SECOND
    assert all(task.done() for task in tasks)


async def test_answers_go_first_and_edits_are_never_forgotten(clock: Clock) -> None:
    telegram = Telegram(clock)
    tasks = telegram.begin(*[EDIT] * 40, *[SEND] * 60)
    await settled()
    assert telegram.calls.count("editMessageText") == FREE_CALLS  # there was nothing else to do yet
    for _ in range(2):
        calls = await clock.on(telegram, 1.0)
        assert calls.count("sendMessage") == CALLS_PER_SECOND - MIN_EDITS_PER_SECOND
        assert calls.count("editMessageText") == MIN_EDITS_PER_SECOND
    for task in tasks:
        task.cancel()


async def test_what_telegram_does_not_count_goes_at_once(clock: Clock) -> None:
    telegram = Telegram(clock)
    tasks = telegram.begin(*[SEND] * 40)
    await settled()
    before = len(telegram.calls)
    await telegram.call(GetUpdates())
    await telegram.call(AnswerCallbackQuery(callback_query_id="1"))
    await telegram.call(SendChatAction(chat_id=1, action="upload_photo"))
    assert telegram.calls[before:] == ["getUpdates", "answerCallbackQuery", "sendChatAction"]
    for task in tasks:
        task.cancel()


async def test_whoever_gives_up_takes_nobodys_turn(clock: Clock) -> None:
    telegram = Telegram(clock)
    telegram.begin(*[SEND] * CALLS_PER_SECOND)
    late = telegram.begin(SEND, SEND)
    await settled()
    before = len(telegram.calls)
    for task in late:
        task.cancel()
    more = telegram.begin(*[SEND] * 5)
    await settled()
    assert len(telegram.calls) == before
    await clock.on(telegram, 1.0)
    assert all(task.done() for task in more)


async def test_the_wait_ends_by_itself() -> None:
    telegram, began = Telegram(), monotonic()
    await asyncio.gather(*telegram.begin(*[SEND] * (CALLS_PER_SECOND - MIN_EDITS_PER_SECOND + 1)))
    assert monotonic() - began >= 0.99
