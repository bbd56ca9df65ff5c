"""How often an engine does things, and how it goes on while its database is away."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import TypeVar

from engine.logs import log_error

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class Intervals:
    """In seconds."""

    poll: float = 0.3  # looking for a job while there is none
    beat: float = 1.0  # of a job
    heartbeat: float = 4.0  # of the engine
    reap: float = 5.0
    look: float = 4.0  # at the models' folder
    lease: float = 30.0  # of a job, until another engine may take it
    timeouts: float = 60.0  # with a database that does not take the end of a job
    grace: float = 60.0  # for a step to end once the painting is to stop


async def run_every(
    seconds: float, over: asyncio.Event, what: str, act: Callable[[], Awaitable[None]]
) -> None:
    """Acts until it is over; what fails now may work the next time."""
    while not over.is_set():
        try:
            await act()
        except Exception as error:
            log_error(log, logging.WARNING, f"{what} failed, trying again", error)
        await wait_or_timeout(over, seconds)


async def wait_or_timeout(event: asyncio.Event, seconds: float) -> None:
    """Waits for the event, but not longer than that."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


async def retry(act: Callable[[], Awaitable[T]], pace: Intervals) -> T:
    """Tries again while the database is locked, full or away, within reason."""
    began = monotonic()
    while True:
        try:
            return await act()
        except Exception as error:
            if monotonic() - began > pace.timeouts:
                raise
            log_error(log, logging.WARNING, "the database did not take it, trying again", error)
            await asyncio.sleep(pace.beat)
