"""Telegram's limit over all chats: about thirty messages and edits a second from one bot."""

import asyncio
from collections import deque
from time import monotonic

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType

CALLS_PER_SECOND = 27
EDITS = 5  # of them at the least, while there are as many messages to send as may be
UNQUEUED = 20  # calls in a second; only up to here do edits take more than that
COUNTED = ("send", "edit", "copy", "forward")
UNCOUNTED = ("sendChatAction",)

SendSlot = asyncio.Future[None]


class GlobalRateLimiter(BaseRequestMiddleware):
    """Calls wait here for their turn, since a refused one makes its whole chat wait.

    What is sent goes before what is edited: it is what somebody waits for.
    """

    def __init__(self) -> None:
        self._made: deque[tuple[float, bool]] = deque()  # when, and whether it was an edit
        self._sends: deque[SendSlot] = deque()
        self._edits: deque[SendSlot] = deque()
        self._timer: asyncio.TimerHandle | None = None

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        name = method.__api_method__
        if name.startswith(COUNTED) and name not in UNCOUNTED:
            turn: SendSlot = asyncio.get_running_loop().create_future()
            (self._edits if name.startswith("edit") else self._sends).append(turn)
            self._let_through()
            await turn
        return await make_request(bot, method)

    def _let_through(self) -> None:
        now = monotonic()
        while self._made and self._made[0][0] <= now - 1:
            self._made.popleft()
        while (lane := self._next()) is not None:
            turn = lane.popleft()
            if not turn.done():  # else nobody waits for it any more
                turn.set_result(None)
                self._made.append((now, lane is self._edits))
        if self._timer is None and (self._sends or self._edits):
            wait = self._made[0][0] + 1 - now
            self._timer = asyncio.get_running_loop().call_later(wait, self._again)

    def _next(self) -> deque[SendSlot] | None:
        """Whose first call may go now."""
        made, edits = len(self._made), sum(edit for _, edit in self._made)
        if made < CALLS_PER_SECOND:
            if self._sends and made - edits < CALLS_PER_SECOND - EDITS:
                return self._sends
            if self._edits and (made < UNQUEUED or edits < EDITS):
                return self._edits
        return None

    def _again(self) -> None:
        self._timer = None
        self._let_through()
