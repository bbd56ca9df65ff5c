"""How often a worker does things, and how it retries while its store is away."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import TypeVar

from engine.logs import log_error
from engine.worker.files.saved_latents import SaveIntervals
from store.faults import outage
from store.faults.availability import when_available

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class Intervals:
    """Intervals and limits of a worker, in seconds."""

    poll: float = 0.3  # of the queue, while there is no job
    beat: float = 1.0  # of a job: its lease and its progress
    heartbeat: float = 4.0  # of the engine
    reap: float = 5.0  # of leases that have expired
    refresh: float = 4.0  # of the list of models on the disk
    lease: float = 30.0  # of a job, until another engine may take it
    store_retry: float = 2.0  # of a store that is away
    give_up: float = 60.0  # of retries, where anything else prevents recording the end of a job
    grace: float = 60.0  # for a step to end once the painting has taken too long
    stop_grace: float = 4.0  # for a step to end once the engine is to stop
    check: float = 120.0  # that a check of the engine may take, before it counts as stuck
    fault_pauses: tuple[float, ...] = (5.0, 10.0, 30.0, 60.0, 120.0, 300.0)  # before each check
    save: SaveIntervals = field(default_factory=SaveIntervals)


async def run_every(
    seconds: float, over: asyncio.Event, what: str, act: Callable[[], Awaitable[None]]
) -> None:
    """Call `act` at intervals until `over` is set; log errors and go on."""
    while not over.is_set():
        try:
            await act()
        except Exception as error:
            if outage(error) is None:  # which is logged once, by the store
                log_error(log, logging.WARNING, f"{what} failed, trying again", error)
        await wait_or_timeout(over, seconds)


async def wait_or_timeout(event: asyncio.Event, seconds: float) -> None:
    """Wait for the event, but not longer than that."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


async def retry(act: Callable[[], Awaitable[T]], intervals: Intervals, stop: asyncio.Event) -> T:
    """Call `act` until the store takes it, however long it is away; at `stop` only once.

    Any other error is raised after `intervals.give_up`.
    """
    started = monotonic()
    while True:
        try:
            return await when_available(act, stop, intervals.store_retry)
        except Exception as error:
            if stop.is_set() or monotonic() - started > intervals.give_up:
                raise
            log_error(log, logging.WARNING, "the store did not take it, trying again", error)
            await asyncio.sleep(intervals.beat)
