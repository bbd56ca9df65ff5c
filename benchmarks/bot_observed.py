"""`python -m benchmarks.bot_observed FILE`: the bot, which notes when each update was committed.

A line has the update's number and the monotonic clock, which all processes of a machine share, at
the moment at which the handler has its answer from the store: the commit was a little earlier.
"""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic
from typing import Any, TextIO, TypeVar

from bot.__main__ import main
from store import jobs

T = TypeVar("T")


def noted(act: Callable[..., Awaitable[T]], record: TextIO) -> Callable[..., Awaitable[T]]:
    async def observed(*arguments: Any, update_id: int | None = None, **more: Any) -> T:
        done = await act(*arguments, update_id=update_id, **more)
        print(update_id, monotonic(), file=record)
        return done

    return observed


if __name__ == "__main__":
    with Path(sys.argv[1]).open("w", buffering=1) as record:
        for function in (jobs.enqueue, jobs.cancel):
            setattr(jobs, function.__name__, noted(function, record))
        sys.exit(main([]))
