"""Run the bot and record what it does: `python -m benchmarks.bot_observed COMMITS HOLDS`.

In COMMITS each line holds the number of an update and a time of the monotonic clock, which all
processes of a machine share. It is taken when the handler has the store's answer, shortly after the
commit. HOLDS tells for how long the event loop is held, while which nobody is answered: a task
wakes at short intervals and is late by the time for which other callbacks, other threads and other
programs ran. The processor time of the loop's thread between two wakes depends on no other program.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic, thread_time
from typing import Any, TextIO, TypeVar

from bot import app
from bot.__main__ import main
from store import jobs

T = TypeVar("T")
RECORDED = (jobs.enqueue, jobs.cancel)
INTERVAL_S = 0.005  # between two wakes


def recorded(function: Callable[..., Awaitable[T]], output: TextIO) -> Callable[..., Awaitable[T]]:
    """Wrap a store function so that each call writes a line when it returns."""

    async def call_and_record(*arguments: Any, update_id: int | None = None, **keywords: Any) -> T:
        result = await function(*arguments, update_id=update_id, **keywords)
        print(update_id, monotonic(), file=output)
        return result

    return call_and_record


async def record_holds(output: TextIO) -> None:
    """Write a line for each wake: the time, and by how many seconds it was late and computed."""
    woken, used = monotonic(), thread_time()
    while True:
        await asyncio.sleep(INTERVAL_S)
        now, used_now = monotonic(), thread_time()
        print(now, max(0.0, now - woken - INTERVAL_S), used_now - used, file=output)
        woken, used = now, used_now


def watched(serve: Callable[..., Awaitable[T]], output: TextIO) -> Callable[..., Awaitable[T]]:
    """Wrap the main function of the bot so that the holds of its event loop are recorded."""

    async def serve_and_record(*arguments: Any) -> T:
        recording = asyncio.create_task(record_holds(output))
        try:
            return await serve(*arguments)
        finally:
            recording.cancel()

    return serve_and_record


if __name__ == "__main__":
    commits, holds = (Path(name) for name in sys.argv[1:])
    with commits.open("w", buffering=1) as output, holds.open("w", buffering=1) as held:
        for function in RECORDED:
            setattr(jobs, function.__name__, recorded(function, output))
        setattr(app, app.serve.__name__, watched(app.serve, held))
        sys.exit(main([]))
