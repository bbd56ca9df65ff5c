"""Alert the administrators to what stands still, before people ask where their pictures are."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from store.admin.metrics import age_s
from store.database.database import Database
from store.faults.availability import log_unless_outage
from store.messages import alerts
from store.model import Notice
from store.system.operating_system import free_bytes
from store.waiting import wait_or_timeout

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WatchSettings:
    """Limits and times in seconds."""

    poll_s: float = 30.0
    receiving_s: float = 180.0  # for which no update could arrive
    outbox_s: float = 600.0  # of the oldest message that is due
    inbox_s: float = 300.0  # of the oldest update that is not handled
    free_bytes: int = 500_000_000
    quiet_s: float = 3600.0  # between two alerts of a kind


class Watch:
    """Look at the store and at this process now and then; one alert of each kind an hour.

    Outages of the store are told by `OutageNotices`, which needs no store.
    """

    def __init__(
        self,
        db: Database,
        folders: Mapping[str, Path],
        trouble: Callable[[], str | None],
        *,
        settings: WatchSettings | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Watch local folders of the store, and `trouble`, why no update can arrive, or None."""
        self._db, self._folders, self._trouble = db, folders, trouble
        self._settings, self._clock = settings or WatchSettings(), clock
        self._receiving_at = clock()

    async def run(self, stop: asyncio.Event) -> None:
        """Look until `stop`."""
        while not stop.is_set():
            await wait_or_timeout(self._settings.poll_s, stop)
            if not stop.is_set():
                await self.look()

    async def look(self) -> None:
        """Look once, and record the alerts that are due."""
        settings = self._settings
        if self._trouble() is None:
            self._receiving_at = self._clock()
        try:
            for notice in await self._notices():
                kind = notice.key.removeprefix("alert-")
                await alerts.record_unless_recent(self._db, kind, notice, settings.quiet_s)
        except Exception as error:
            log_unless_outage(log, error, "what stands still cannot be looked for")

    async def _notices(self) -> Iterable[Notice]:
        settings = self._settings
        ages = {name: await age_s(self._db, name) for name in ("outbox", "inbox")}
        found = []
        if (silence := self._clock() - self._receiving_at) > settings.receiving_s:
            found.append(Notice("alert-polling", {"minutes": int(silence / 60)}))
        for name, limit in (("outbox", settings.outbox_s), ("inbox", settings.inbox_s)):
            if ages[name] > limit:
                found.append(Notice(f"alert-{name}", {"minutes": int(ages[name] / 60)}))
        for place, folder in self._folders.items():
            free = await asyncio.to_thread(free_bytes, folder)
            if free is not None and free < settings.free_bytes:
                found.append(Notice("alert-disk", {"place": place, "megabytes": free // 10**6}))
        return found
