"""Alert the administrators to what stands still, before people ask where their pictures are."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from store.admin.metrics import age_s
from store.database.database import Database
from store.faults import outage
from store.faults.availability import log_unless_outage
from store.messages import alerts
from store.model import Notice
from store.system.operating_system import free_bytes
from store.waiting import wait_or_timeout

log = logging.getLogger(__name__)

Tell = Callable[[Notice], object]  # to the administrators, without the store


@dataclass(frozen=True)
class WatchSettings:
    """Limits and times in seconds."""

    poll_s: float = 30.0
    receiving_s: float = 180.0  # for which no update could arrive
    outbox_s: float = 600.0  # of the oldest message that is due
    inbox_s: float = 300.0  # of the oldest update that is not handled
    away_s: float = 60.0  # of the database
    free_bytes: int = 500_000_000
    quiet_s: float = 3600.0  # between two alerts of a kind


class Watch:
    """Look at the store and at this process now and then; one alert for each outage and hour."""

    def __init__(
        self,
        db: Database,
        folders: Mapping[str, Path],
        trouble: Callable[[], str | None],
        tell: Tell,
        *,
        settings: WatchSettings | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Watch local folders of the store, and `trouble`, why no update can arrive, or None.

        tell: sends a notice to the administrators while the database is away.
        """
        self._db, self._folders, self._trouble, self._tell = db, folders, trouble, tell
        self._settings, self._clock = settings or WatchSettings(), clock
        self._receiving_at = clock()
        self._away_since: float | None = None
        self._told = False

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
            self._back()
        except Exception as error:
            if outage(error) is None:
                log_unless_outage(log, error, "what stands still cannot be looked for")
            else:
                self._away()

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
        away = 0.0 if self._away_since is None else self._clock() - self._away_since
        if away > settings.away_s:
            found.append(Notice("alert-database", {"minutes": max(int(away / 60), 1)}))
        return found

    def _away(self) -> None:
        """Tell of a database that stays away, once, by what works without it."""
        self._away_since = self._clock() if self._away_since is None else self._away_since
        if not self._told and self._clock() - self._away_since > self._settings.away_s:
            self._told = True
            self._tell(Notice("alert-database-away"))

    def _back(self) -> None:
        self._away_since, self._told = None, False
