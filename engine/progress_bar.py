"""Show progress: as a bar in a terminal, else as a line every few seconds."""

import math
from collections.abc import Callable
from time import monotonic
from typing import TextIO

LINE_INTERVAL_S = 5.0  # without a terminal; with one the bar is updated each time
BAR = 24  # characters
ROUNDING = 1e-6  # seconds, by which shares are inexact

ProgressText = Callable[[int, int | None, int | None], str]  # done, total, seconds left


class ProgressBar:
    """A callable that shows how much of a total is done.

    text: formats it; clock: seconds, for tests.
    """

    def __init__(self, stream: TextIO, text: ProgressText, clock: Callable[[], float] = monotonic):
        # The share of all work that lies before a share of the total, where the two differ.
        self.work_until: Callable[[float], float] = float
        self._stream = stream
        self._text = text
        self._clock = clock
        self._bar = stream.isatty()
        self._started: tuple[float, int] | None = None  # time, and how much was done then
        self._shown = -math.inf
        self._width = 0

    def __call__(self, done: int, total: int | None) -> None:
        """Show that `done` of `total` is done."""
        now = self._clock()
        self._started = self._started or (now, done)
        if not self._bar and now - self._shown < LINE_INTERVAL_S and done != total:
            return
        self._shown = now
        text = self._text(done, total, self._left(now, done, total))
        if not self._bar:
            self._stream.write(text + "\n")
        else:
            full = BAR * min(done, total) // max(total, 1) if total is not None else 0
            line = f"[{'#' * full}{'.' * (BAR - full)}] {text}"
            self._stream.write("\r" + line.ljust(self._width))
            self._width = len(line)
        self._stream.flush()

    def close(self) -> None:
        """End the bar's line, so that further output starts on its own."""
        if self._width:
            self._stream.write("\n")
            self._stream.flush()
        self._width = 0

    def _left(self, now: float, done: int, total: int | None) -> int | None:
        if self._started is None or not total or done <= self._started[1]:
            return None
        began, first = self._started
        before, worked = self.work_until(first / total), self.work_until(done / total)
        return math.ceil((1 - worked) * (now - began) / (worked - before) - ROUNDING)
