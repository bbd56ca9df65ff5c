"""Poll Telegram for updates and handle those of each chat in order."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aiogram import Bot, Dispatcher
from aiogram.exceptions import TelegramConflictError
from aiogram.methods import GetUpdates
from aiogram.types import CallbackQuery, Update
from aiogram.types.update import UpdateTypeLookupError

from bot.delivery.outcomes import is_token_refused
from bot.middlewares.retry import StoreUnavailable
from store.waiting import wait_or_timeout

log = logging.getLogger(__name__)

LONG_POLL_S = 25  # how long Telegram may hold a request without updates
ANSWER_GRACE_S = 15  # for the answer to arrive after that
CONFLICT = (
    "another program polls Telegram with this bot's token: stop it, and this one goes on by itself"
)
REFUSED = "Telegram does not accept MAZOK_TOKEN: compare it with the one that @BotFather gave"


@dataclass(frozen=True)
class PollingSettings:
    """Pauses in seconds."""

    failure_pauses_s: tuple[float, ...] = (1.0, 2.0, 5.0)  # after failed requests in a row
    store_retry_s: float = 2.0  # before updates are retried that the store could not take


class Polling:
    """Log once that polling fails, and once that it works again.

    `refused` is set when Telegram does not know the token, `answered` after the first answer,
    even one without updates.
    """

    def __init__(
        self, bot: Bot, dispatcher: Dispatcher, settings: PollingSettings | None = None
    ) -> None:
        self.refused = asyncio.Event()
        self.answered = asyncio.Event()
        self._bot, self._dispatcher = bot, dispatcher
        self._settings = settings or PollingSettings()
        self._update_types = dispatcher.resolve_used_update_types()
        self._trouble: str | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop`, and finish the updates that are being handled then.

        Asking for the next updates tells Telegram that the last ones are stored. Those of one chat
        are handled in order; the chats are handled concurrently, so that their writes can share a
        commit.
        """
        offset, failures = None, 0
        pauses_s = self._settings.failure_pauses_s
        while not stop.is_set():
            updates = await self._fetch(offset, stop)
            if updates is None:
                await wait_or_timeout(pauses_s[min(failures, len(pauses_s) - 1)], stop)
                failures += 1
                continue
            failures, left = 0, updates
            while left := await self._handle(left):
                await wait_or_timeout(self._settings.store_retry_s, stop)
                if stop.is_set():  # Telegram gives them out again
                    return
            if updates:
                offset = updates[-1].update_id + 1

    async def _fetch(self, offset: int | None, stop: asyncio.Event) -> Sequence[Update] | None:
        """Return the next updates, or None if Telegram gave no answer."""
        method = GetUpdates(offset=offset, timeout=LONG_POLL_S, allowed_updates=self._update_types)
        asking = asyncio.create_task(
            self._bot(method, request_timeout=LONG_POLL_S + ANSWER_GRACE_S)
        )
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

    async def _handle(self, updates: Sequence[Update]) -> list[Update]:
        """Return the updates that are left because the store is unavailable."""
        chats = map(self._handle_in_order, _by_chat(updates))
        return [update for left in await asyncio.gather(*chats) for update in left]

    async def _handle_in_order(self, updates: Sequence[Update]) -> Sequence[Update]:
        for index, update in enumerate(updates):
            try:
                await self._dispatcher.feed_update(self._bot, update)
            except StoreUnavailable as error:
                log.warning("update %d has to wait: %s", update.update_id, error)
                return updates[index:]
            except Exception:
                log.exception("update %d failed", update.update_id)
        return []

    def _report(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            log.error("%s", trouble)


def _by_chat(updates: Iterable[Update]) -> Iterable[list[Update]]:
    chats, migrated = defaultdict[int, list[Update]](list), dict[int, int]()
    for update in updates:
        chat_id = _chat_id(update)
        if update.message is not None and update.message.migrate_to_chat_id is not None:
            migrated[update.message.migrate_to_chat_id] = chat_id
        chats[migrated.get(chat_id, chat_id)].append(update)
    return chats.values()


def _chat_id(update: Update) -> int:
    """Return the chat of an update, or the user's own id if Telegram names no chat."""
    try:
        event = update.event
    except UpdateTypeLookupError:  # newer than aiogram
        return 0
    message = event.message if isinstance(event, CallbackQuery) else event
    chat = getattr(message, "chat", None) or getattr(event, "from_user", None)
    return chat.id if chat is not None else 0
