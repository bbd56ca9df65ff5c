"""Keep to Telegram's limits: those of each chat, and about thirty calls a second over all."""

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType

from store.database.database import Database
from store.messages import outbox, rate_limits
from store.messages.outbox import Delivery
from store.messages.rate_limits import ChatRateLimits

CALLS_PER_SECOND = 27
MIN_EDITS_PER_SECOND = 5  # that go through even while more messages wait than may be sent
FREE_CALLS = 20  # in a second; up to here edits are not limited to their minimum
COUNTED = ("send", "edit", "copy", "forward")  # prefixes of methods
UNCOUNTED = ("sendChatAction",)

MAX_SHORT_WAIT_S = 2.0  # for a chat's limit; before a longer wait a message is given back

SendSlot = asyncio.Future[None]


async def acquire_chat(db: Database, delivery: Delivery, limits: ChatRateLimits) -> bool:
    """Return whether the chat's limits allow a call, after a short wait if need be."""
    chat_id, can_wait = delivery.chat_id, delivery.kind == "tidy"
    while wait := await rate_limits.acquire(db, chat_id, chat_id < 0, limits, can_wait=can_wait):
        if wait > MAX_SHORT_WAIT_S:
            await outbox.postpone(db, delivery, wait, chat_wide=False)
            return False
        await asyncio.sleep(wait)
    return True


class GlobalRateLimiter(BaseRequestMiddleware):
    """Delay calls that Telegram would refuse, since a refusal blocks the whole chat for a while.

    New messages go before edits: somebody is waiting for them.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._bots = 1
        self._recent: deque[tuple[float, bool]] = deque()  # calls: when, and whether an edit
        self._sends: deque[SendSlot] = deque()
        self._edits: deque[SendSlot] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def share(self, bots: int) -> None:
        """Share the limit among so many bots."""
        self._bots = max(bots, 1)

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        """Make the request once the limit allows it."""
        name = method.__api_method__
        if name.startswith(COUNTED) and name not in UNCOUNTED:
            slot: SendSlot = asyncio.get_running_loop().create_future()
            (self._edits if name.startswith("edit") else self._sends).append(slot)
            self._release()
            await slot
        return await make_request(bot, method)

    def _release(self) -> None:
        """Let the calls go that fit into the current second, and set the timer for the others."""
        now = self._clock()
        while self._recent and self._recent[0][0] <= now - 1:
            self._recent.popleft()
        while (queue := self._next_queue()) is not None:
            slot = queue.popleft()
            if not slot.done():  # else its caller was cancelled
                slot.set_result(None)
                self._recent.append((now, queue is self._edits))
        if self._timer is None and (self._sends or self._edits):
            wait = self._recent[0][0] + 1 - now
            self._timer = asyncio.get_running_loop().call_later(wait, self._on_timer)

    def _next_queue(self) -> deque[SendSlot] | None:
        """Return the queue whose first call may go now, or None."""
        calls, edits = len(self._recent), sum(edit for _, edit in self._recent)
        limit, least_edits = self._share(CALLS_PER_SECOND), self._share(MIN_EDITS_PER_SECOND)
        if calls < limit:
            if self._sends and calls - edits < max(limit - least_edits, 1):
                return self._sends
            if self._edits and (calls < self._share(FREE_CALLS) or edits < least_edits):
                return self._edits
        return None

    def _share(self, calls: int) -> int:
        """Return this bot's part of a number of calls, which is one at least."""
        return max(calls // self._bots, 1)

    def _on_timer(self) -> None:
        self._timer = None
        self._release()
