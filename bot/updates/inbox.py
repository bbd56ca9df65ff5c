"""Handle the updates of the inbox: chats concurrently, the updates of each chat in order."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from aiogram import Bot, Dispatcher
from aiogram.types import Update
from pydantic import ValidationError

from bot.middlewares.retry import StoreUnavailable, UpdateFailed
from store.database.database import Database
from store.faults import outage
from store.messages import inbox
from store.messages.inbox import ClaimedUpdate, IncomingUpdate, read_update
from store.waiting import wait_or_timeout

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class InboxSettings:
    """Limits and times in seconds."""

    concurrent_chats: int = 32
    lease_s: float = 10.0  # after which the updates of a dead process are claimed again
    poll_s: float = 1.0  # for updates that another process stored, or left behind
    store_retry_s: float = 2.0  # before an unavailable store is tried again


class InboxProcessor:
    """Claim updates, give them to the dispatcher and store how each ended.

    The caller sets `arrived` after storing new updates.
    """

    def __init__(
        self,
        bot: Bot,
        db: Database,
        dispatcher: Dispatcher,
        settings: InboxSettings | None = None,
        *,
        waiting: Callable[[Sequence[IncomingUpdate]], Awaitable[None]] | None = None,
    ) -> None:
        """Take what is called with the updates that have to wait for the store, after each try."""
        self._settings = settings or InboxSettings()
        self.arrived = asyncio.Event()
        self._bot, self._db, self._dispatcher = bot, db, dispatcher
        self._stop = asyncio.Event()
        self._tasks = set[asyncio.Task[None]]()
        self._handled_now = dict[int, float]()  # since when each is claimed
        self._interrupted: int | None = None  # the one of them that was interrupted before
        self._waiting = waiting
        self._trouble: str | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Handle updates until `stop`, and finish those that are being handled then."""
        self._stop = stop
        while not stop.is_set():
            self.arrived.clear()
            if not await self._start_claimed():
                await self._wait_for_updates()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def run_once(self) -> int:
        """Handle all open updates and those that follow them; return how many there were."""
        count = 0
        while started := await self._start_claimed():
            count += started
            await asyncio.wait(self._tasks)
        return count

    async def _start_claimed(self) -> int:
        free = self._settings.concurrent_chats - len(self._tasks)
        try:
            await self._renew()
            if free <= 0:
                return 0
            one = self._interrupted is None
            lease_s = self._settings.lease_s
            claimed = await inbox.claim(self._db, free, lease_s, interrupted=one)
        except Exception as error:
            self._report(error)
            await wait_or_timeout(self._settings.store_retry_s, self._stop)
            return 0
        self._trouble = None
        # While the store was away a lease may have ended before it could be renewed.
        new = [update for update in claimed if update.update_id not in self._handled_now]
        for update in new:
            self._handled_now[update.update_id] = monotonic()
            if update.interrupted:
                self._interrupted = update.update_id
            task = asyncio.create_task(self._handle(update))
            self._tasks.add(task)
            task.add_done_callback(self._on_done)
        return len(new)

    async def _renew(self) -> None:
        """Keep the updates whose handling takes long from the other bots."""
        lease_s, now = self._settings.lease_s, monotonic()
        long = [number for number, at in self._handled_now.items() if now - at > lease_s / 3]
        if long:
            await inbox.renew(self._db, long, lease_s)
            self._handled_now.update(
                (number, now) for number in long if number in self._handled_now
            )

    def _on_done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self.arrived.set()  # the next update of its chat may follow
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("an update was left to the next try", exc_info=error)

    async def _wait_for_updates(self) -> None:
        waits = {asyncio.create_task(self.arrived.wait()), asyncio.create_task(self._stop.wait())}
        await asyncio.wait(
            waits, timeout=self._settings.poll_s, return_when=asyncio.FIRST_COMPLETED
        )
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)

    async def _handle(self, claimed: ClaimedUpdate) -> None:
        try:
            await self._handle_and_record(claimed)
        finally:
            self._handled_now.pop(claimed.update_id, None)
            if self._interrupted == claimed.update_id:
                self._interrupted = None

    async def _handle_and_record(self, claimed: ClaimedUpdate) -> None:
        update_id = claimed.update_id
        try:
            reason = await self._reason_to_set_aside(claimed)
        except StoreUnavailable:  # at the stop: it is handled after the restart
            return
        while True:
            try:
                if reason is None:
                    await inbox.finish(self._db, update_id)
                else:
                    log.warning("update %d (%s) is set aside: %s", update_id, claimed.kind, reason)
                    await inbox.set_aside(self._db, update_id, reason)
            except Exception as error:
                if outage(error) is None or self._stop.is_set():
                    raise
                self._report(error)
                await wait_or_timeout(self._settings.store_retry_s, self._stop)
            else:
                return

    async def _reason_to_set_aside(self, claimed: ClaimedUpdate) -> str | None:
        """Handle an update; return None, or a short reason if that is impossible."""
        try:
            raw = json.loads(claimed.body)
            update = Update.model_validate(raw, context={"bot": self._bot})
        except (ValueError, ValidationError, RecursionError) as error:
            return f"it cannot be read ({type(error).__name__})"
        while True:
            try:
                await self._dispatcher.feed_update(self._bot, update)
            except StoreUnavailable as error:
                log.debug("update %d has to wait: %s", claimed.update_id, error)
                if self._waiting is not None:
                    await self._waiting([read_update(raw)])
                await wait_or_timeout(self._settings.store_retry_s, self._stop)
                if self._stop.is_set():
                    raise
            except UpdateFailed as error:
                return f"it cannot be handled ({error})"
            except Exception as error:
                return f"it cannot be handled ({type(error).__name__})"
            else:
                return None

    def _report(self, error: Exception) -> None:
        trouble = outage(error) or f"{type(error).__name__}: {error}"
        if trouble != self._trouble and not self._db.availability.is_away:
            log.error("the inbox cannot be read: %s", trouble)
        self._trouble = trouble
