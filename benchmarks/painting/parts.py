"""Where the time of a step goes: its functions are replaced by timed ones for one step."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from benchmarks.painting.meter import Meter

TimedPlace = tuple[str, Any, str]  # the part, and the object and attribute of a function that is it


@contextmanager
def timed(meter: Meter, places: Sequence[TimedPlace]) -> Iterator[dict[str, float]]:
    """Yield seconds by part, of what runs within; a part within another counts for itself alone."""
    seconds: dict[str, float] = defaultdict(float)
    inner: list[float] = []  # of the parts that run now: seconds of the parts within them

    def wrapped(part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **named: Any) -> Any:
            started = meter.now()
            inner.append(0.0)
            try:
                return function(*arguments, **named)
            finally:
                taken = meter.now() - started
                seconds[part] += taken - inner.pop()
                if inner:
                    inner[-1] += taken

        return run

    patches = [patch.object(o, name, wrapped(p, getattr(o, name))) for p, o, name in places]
    for one in patches:
        one.start()
    try:
        yield seconds
    finally:
        for one in patches:
            one.stop()
