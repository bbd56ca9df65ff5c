"""Run the bot and record when each update was committed: `python -m benchmarks.bot_observed FILE`.

Each line holds the number of an update and a time of the monotonic clock, which all processes of a
machine share. It is taken when the handler has the store's answer, shortly after the commit.
"""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic
from typing import Any, TextIO, TypeVar

from bot.__main__ import main
from store import jobs

T = TypeVar("T")
RECORDED = (jobs.enqueue, jobs.cancel)


def recorded(function: Callable[..., Awaitable[T]], output: TextIO) -> Callable[..., Awaitable[T]]:
    """Wrap a store function so that each call writes a line when it returns."""

    async def call_and_record(*arguments: Any, update_id: int | None = None, **keywords: Any) -> T:
        result = await function(*arguments, update_id=update_id, **keywords)
        print(update_id, monotonic(), file=output)
        return result

    return call_and_record


if __name__ == "__main__":
    with Path(sys.argv[1]).open("w", buffering=1) as output:
        for function in RECORDED:
            setattr(jobs, function.__name__, recorded(function, output))
        sys.exit(main([]))
