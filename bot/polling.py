"""Fetches what people write, and deals with it chat by chat."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence

from aiogram import Bot, Dispatcher
from aiogram.exceptions import (
    TelegramConflictError,
)
from aiogram.methods import GetUpdates
from aiogram.types import CallbackQuery, Update
from aiogram.types.update import UpdateTypeLookupError

from bot.delivery.outcomes import is_token_refused
from bot.middlewares.retry import StoreUnavailable
from store.waiting import wait_or_timeout

log = logging.getLogger(__name__)

POLL_S = 25  # how long Telegram holds a question for updates
GRACE_S = 15  # for the answer to arrive
PAUSES_S = (1.0, 2.0, 5.0)
AGAIN_S = 2.0  # until what the store could not take is tried again
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
                await wait_or_timeout(PAUSES_S[min(failures, len(PAUSES_S) - 1)], stop)
                failures += 1
                continue
            failures, left = 0, updates
            while left := await self._deal_with(left):
                await wait_or_timeout(AGAIN_S, stop)
                if stop.is_set():  # Telegram keeps them
                    return
            if updates:
                offset = updates[-1].update_id + 1

    async def _next(self, offset: int | None, stop: asyncio.Event) -> Sequence[Update] | None:
        """None where Telegram gave no answer."""
        question = GetUpdates(offset=offset, timeout=POLL_S, allowed_updates=self._kinds)
        asking = asyncio.create_task(self._bot(question, request_timeout=POLL_S + GRACE_S))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                return []
            updates = asking.result()
        except TelegramConflictError:
            self._report(CONFLICT)
        except Exception as error:
            if is_token_refused(error):
                self.refused.set()
                return None
            self._report(f"Telegram cannot be asked for updates: {error}")
        else:
            self.answered.set()
            if self._trouble is not None:
                self._trouble = None
                log.info("updates arrive again")
            return updates
        finally:
            asking.cancel()
            stopping.cancel()
            await asyncio.gather(asking, stopping, return_exceptions=True)
        return None

    async def _deal_with(self, updates: Sequence[Update]) -> list[Update]:
        """Those that are left, because the store is away."""
        chats = map(self._one_after_the_other, _by_chat(updates))
        return [update for left in await asyncio.gather(*chats) for update in left]

    async def _one_after_the_other(self, updates: Sequence[Update]) -> Sequence[Update]:
        for number, update in enumerate(updates):
            try:
                await self._dispatcher.feed_update(self._bot, update)
            except StoreUnavailable as error:
                log.warning("update %d has to wait: %s", update.update_id, error)
                return updates[number:]
            except Exception:
                log.exception("update %d failed", update.update_id)
        return []

    def _report(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            log.error("%s", trouble)


def _by_chat(updates: Iterable[Update]) -> Iterable[list[Update]]:
    chats, moved = defaultdict[int, list[Update]](list), dict[int, int]()
    for update in updates:
        chat_id = _chat_of(update)
        if update.message is not None and update.message.migrate_to_chat_id is not None:
            moved[update.message.migrate_to_chat_id] = chat_id
        chats[moved.get(chat_id, chat_id)].append(update)
    return chats.values()


def _chat_of(update: Update) -> int:
    """Where it happened; a person's own number where Telegram does not say."""
    try:
        event = update.event
    except UpdateTypeLookupError:  # newer than aiogram
        return 0
    place = event.message if isinstance(event, CallbackQuery) else event
    chat = getattr(place, "chat", None) or getattr(event, "from_user", None)
    return chat.id if chat is not None else 0
