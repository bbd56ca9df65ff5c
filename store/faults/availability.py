"""Whether the store can be used: one line in the log for each outage, and waiting for its end."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TypeVar

from store.faults.classification import outage
from store.waiting import wait_or_timeout

log = logging.getLogger(__name__)

T = TypeVar("T")

RETRY_S = 2.0  # before a store that is away is tried again


class Availability:
    """What one process knows of one part of the store: the database, or the files."""

    def __init__(self, what: str, clock: Callable[[], float] = monotonic) -> None:
        self._what, self._clock = what, clock
        self._away_since: float | None = None
        self._back_at: float | None = None
        self._refuses_writes = False

    @property
    def is_away(self) -> bool:
        """Return whether there is an outage, which has been logged then."""
        return self._away_since is not None

    @property
    def away_s(self) -> float:
        """Return for how many seconds the store has been away; 0.0 if it can be used."""
        return 0.0 if self._away_since is None else self._clock() - self._away_since

    @property
    def back_s(self) -> float:
        """Return the seconds since the last outage ended; infinite if there was none."""
        return float("inf") if self._back_at is None else self._clock() - self._back_at

    @contextmanager
    def watch(self, *, writing: bool) -> Iterator[None]:
        """Take the end of the block as a sign that the store can be used, an outage as none.

        writing: whether the block writes. A full disk can be read, which ends no outage then.
        """
        try:
            yield
        except Exception as error:
            self.failed(error, writing=writing)
            raise
        self.succeeded(writing=writing)

    def failed(self, error: BaseException, *, writing: bool = True) -> None:
        """Note an error; the first one of an outage is logged, others than outages are ignored."""
        reason = outage(error)
        if reason is None:
            return
        self._refuses_writes = self._refuses_writes or writing
        if self._away_since is None:
            self._away_since = self._clock()
            log.error("%s cannot be used, so everything waits: %s", self._what, reason)

    def succeeded(self, *, writing: bool = True) -> None:
        """Log the end of an outage, if there was one."""
        if self._away_since is not None and (writing or not self._refuses_writes):
            self._refuses_writes = False
            log.info("%s can be used again after %.0f s", self._what, self.away_s)
            self._away_since, self._back_at = None, self._clock()


def log_unless_outage(
    logger: logging.Logger, error: Exception, message: str, *values: object
) -> None:
    """Log an error with its traceback; an outage has been logged already, once."""
    if outage(error) is None:
        logger.error(message, *values, exc_info=error)


async def when_available(
    act: Callable[[], Awaitable[T]], stop: asyncio.Event, retry_s: float = RETRY_S
) -> T:
    """Call `act` again and again while the store is away, until `stop`; return its result.

    Any other error is raised at once, and at `stop` also that of the outage.
    """
    while True:
        try:
            return await act()
        except Exception as error:
            if outage(error) is None or stop.is_set():
                raise
        await wait_or_timeout(retry_s, stop)
