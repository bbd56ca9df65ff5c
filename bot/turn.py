"""What only one of several bots does at a time, such as polling."""

import asyncio
import logging
from time import monotonic

from store import processes
from store.database.database import Database
from store.faults.availability import log_unless_outage
from store.waiting import wait_or_timeout

log = logging.getLogger(__name__)

LEASE_S = 20.0  # after which another bot takes over from one that is silent
RENEW_S = 5.0


class Turn:
    """A lease in the store that one of the bots holds; `mine` is set while this bot does."""

    def __init__(self, db: Database, lease: str, holder: str) -> None:
        self.mine = asyncio.Event()
        self.was_mine = False  # by the last answer of the store, however long ago
        self._db, self._lease, self._holder = db, lease, holder
        self._until = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Take the lease when it is free, and keep it until `stop`."""
        while not stop.is_set():
            await self.renew()
            await wait_or_timeout(RENEW_S, stop)
        if self.mine.is_set():
            self.mine.clear()
            try:
                await processes.give_up(self._db, self._lease, self._holder)
            except Exception as error:
                log_unless_outage(log, error, "the lease of %s stays until its end", self._lease)

    async def renew(self) -> None:
        """Take or renew the lease once; while the store is away it lasts until its end."""
        asked_at = monotonic()
        try:
            held = await processes.hold(self._db, self._lease, self._holder, LEASE_S)
        except Exception as error:
            log_unless_outage(log, error, "the lease of %s cannot be renewed", self._lease)
            held = self.mine.is_set() and monotonic() < self._until
        else:
            self._until, self.was_mine = asked_at + LEASE_S, held
        if held and not self.mine.is_set():
            log.info("%s is done here from now on", self._lease)
            self.mine.set()
        elif not held and self.mine.is_set():
            log.warning("%s is done by another bot from now on", self._lease)
            self.mine.clear()
