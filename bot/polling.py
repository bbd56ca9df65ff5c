"""Fetches what people write, and deals with it chat by chat."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence

from aiogram import Bot, Dispatcher
from aiogram.exceptions import (
    AiogramError,
    TelegramConflictError,
    TelegramNotFound,
    TelegramUnauthorizedError,
)
from aiogram.methods import GetUpdates
from aiogram.types import CallbackQuery, Update

from bot.pause import pause

log = logging.getLogger(__name__)

POLL_S = 25  # how long Telegram holds a question for updates
GRACE_S = 15  # for the answer to arrive
PAUSES_S = (1.0, 2.0, 5.0)
CONFLICT = (
    "another program polls Telegram with this bot's token: stop it, and this one goes on by itself"
)
REFUSED = "Telegram does not accept MAZOK_TOKEN: compare it with the one that @BotFather gave"


class Polling:
    """Says once what hinders it, and once that it works again.

    `refused` is set when the token is withdrawn, `answered` when updates have come, were it none.
    """

    def __init__(self, bot: Bot, dispatcher: Dispatcher) -> None:
        self.refused = asyncio.Event()
        self.answered = asyncio.Event()
        self._bot, self._dispatcher = bot, dispatcher
        self._kinds = dispatcher.resolve_used_update_types()
        self._trouble: str | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; what has begun by then is dealt with.

        To ask for the next updates is to tell Telegram that the last ones are in the store. Those
        of one chat follow each other; the chats do not wait for each other, and what they ask for
        reaches the disk together.
        """
        offset, failures = None, 0
        while not stop.is_set():
            updates = await self._next(offset, stop)
            if updates is None:
                await pause(PAUSES_S[min(failures, len(PAUSES_S) - 1)], stop)
                failures += 1
                continue
            failures = 0
            chats = defaultdict[int, list[Update]](list)
            for update in updates:
                chats[_chat_of(update)].append(update)
            await asyncio.gather(*(self._deal_with(group) for group in chats.values()))
            if updates:
                offset = updates[-1].update_id + 1

    async def _next(self, offset: int | None, stop: asyncio.Event) -> Sequence[Update] | None:
        """None where Telegram gave no answer."""
        question = GetUpdates(offset=offset, timeout=POLL_S, allowed_updates=self._kinds)
        asking = asyncio.create_task(self._bot(question, request_timeout=POLL_S + GRACE_S))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not asking.done():
            asking.cancel()
            await asyncio.wait([asking])
            return []
        try:
            updates = asking.result()
        except (TelegramUnauthorizedError, TelegramNotFound):
            self.refused.set()
        except TelegramConflictError:
            self._report(CONFLICT)
        except AiogramError as error:
            self._report(f"Telegram cannot be asked for updates: {error}")
        else:
            self.answered.set()
            if self._trouble is not None:
                self._trouble = None
                log.info("updates arrive again")
            return updates
        return None

    async def _deal_with(self, updates: Sequence[Update]) -> None:
        for update in updates:
            try:
                await self._dispatcher.feed_update(self._bot, update)
            except Exception:
                log.exception("update %d failed", update.update_id)

    def _report(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            log.error("%s", trouble)


def _chat_of(update: Update) -> int:
    """Where it happened; a person's own number where Telegram does not say."""
    event = update.event
    place = event.message if isinstance(event, CallbackQuery) else event
    chat = getattr(place, "chat", None) or getattr(event, "from_user", None)
    return chat.id if chat is not None else 0
