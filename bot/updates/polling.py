"""Poll Telegram for updates, and store them before they are confirmed to Telegram."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aiogram import Bot
from aiogram.exceptions import TelegramConflictError
from aiogram.methods import DeleteWebhook, TelegramMethod

from bot.delivery.outcomes import is_token_refused
from store.database.database import Database
from store.faults import outage
from store.messages import inbox
from store.messages.inbox import IncomingUpdate, read_update
from store.waiting import wait_or_timeout

log = logging.getLogger(__name__)

LONG_POLL_S = 25  # how long Telegram may hold a request without updates
ANSWER_GRACE_S = 15  # for the answer to arrive after that
CONFLICT = (
    "another program polls Telegram with this bot's token: stop it, and this one goes on by itself"
)
WEBHOOK = "another program has set a webhook for this bot: it is removed, so that polling works"
REFUSED = "Telegram does not accept MAZOK_TOKEN: compare it with the one that @BotFather gave"


@dataclass(frozen=True)
class PollingSettings:
    """Pauses in seconds."""

    failure_pauses_s: tuple[float, ...] = (1.0, 2.0, 5.0)  # after failed requests in a row
    store_retry_s: float = 2.0  # before an unavailable store is tried again
    turn_poll_s: float = 1.0  # between looks whether it is this bot that polls


class GetRawUpdates(TelegramMethod[list[dict[str, Any]]]):
    """Ask for updates without parsing them, so that a malformed one does not stop the others."""

    __returning__ = list[dict[str, Any]]
    __api_method__ = "getUpdates"

    offset: int | None = None
    timeout: int | None = None
    allowed_updates: list[str] | None = None


class Polling:
    """Fetch updates and store them; log once that this fails, and once that it works again.

    `refused` is set when Telegram does not know the token, `answered` after the first answer,
    even one without updates.
    """

    def __init__(
        self,
        bot: Bot,
        db: Database,
        kinds: Sequence[str],
        arrived: asyncio.Event,
        settings: PollingSettings | None = None,
        *,
        turn: asyncio.Event | None = None,
        waiting: Callable[[Sequence[IncomingUpdate]], Awaitable[None]] | None = None,
    ) -> None:
        """Poll for updates of these kinds; `arrived` is set when some have been stored.

        turn: set while this bot is the one that polls; None: it is the only one. waiting: is called
            with the updates that cannot be stored yet, after each try.
        """
        self._settings = settings or PollingSettings()
        self.refused = asyncio.Event()
        self.refusal = REFUSED
        self.answered = asyncio.Event()
        self._bot, self._db, self._arrived = bot, db, arrived
        self._kinds, self._turn = list(kinds), turn
        self._waiting = waiting
        self._trouble: str | None = None  # with Telegram
        self._store_trouble: str | None = None

    @property
    def trouble(self) -> str | None:
        """Return why no update can arrive; None while they can."""
        return self._trouble or self._store_trouble

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop`; asking for the next updates confirms those that are stored."""
        offset, failures = None, 0
        pauses_s = self._settings.failure_pauses_s
        while not stop.is_set():
            if not self._is_our_turn():
                offset = None  # Telegram knows better, after another bot has polled
                await wait_or_timeout(self._settings.turn_poll_s, stop)
                continue
            raw = await self._fetch(offset, stop)
            if raw is None:
                await wait_or_timeout(pauses_s[min(failures, len(pauses_s) - 1)], stop)
                failures += 1
                continue
            failures = 0
            updates = list(_readable(raw))
            if not updates:
                continue
            if await self._store(updates):
                self._arrived.set()
                offset = max(update.update_id for update in updates) + 1
            else:  # Telegram keeps them, and gives them out again with those that follow
                await wait_or_timeout(self._settings.store_retry_s, stop)

    async def _fetch(self, offset: int | None, stop: asyncio.Event) -> list[dict[str, Any]] | None:
        """Return the next updates, or None if Telegram gave no answer."""
        method = GetRawUpdates(offset=offset, timeout=LONG_POLL_S, allowed_updates=self._kinds)
        asking = asyncio.create_task(
            self._bot(method, request_timeout=LONG_POLL_S + ANSWER_GRACE_S)
        )
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                return []
            updates = asking.result()
        except TelegramConflictError as error:
            await self._resolve_conflict(error)
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

    def _is_our_turn(self) -> bool:
        return self._turn is None or self._turn.is_set()

    async def _resolve_conflict(self, error: TelegramConflictError) -> None:
        if "webhook" not in error.message:
            if self._is_our_turn():
                self._report(CONFLICT)
            return
        self._report(WEBHOOK)
        try:
            await self._bot(DeleteWebhook())
        except Exception as again:
            log.warning("the webhook cannot be removed yet: %s", again)

    async def _store(self, updates: Sequence[IncomingUpdate]) -> bool:
        """Return whether the updates are stored; if not, say so to those who wait."""
        try:
            await inbox.receive(self._db, updates)
        except Exception as error:
            trouble = f"updates have to wait: {outage(error) or error}"
            if trouble != self._store_trouble and not self._db.availability.is_away:
                log.error("%s", trouble)
            self._store_trouble = trouble
            if self._waiting is not None:
                await self._waiting(updates)
            return False
        self._store_trouble = None
        return True

    def _report(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            log.error("%s", trouble)


def _readable(raw: Sequence[dict[str, Any]]) -> list[IncomingUpdate]:
    readable = []
    for update in raw:
        try:
            readable.append(read_update(update))
        except ValueError as error:
            log.error("%s was passed over", error)
    return readable
