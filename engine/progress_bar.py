"""How far something is: a bar in a terminal, else a plain line every few seconds."""

import math
from collections.abc import Callable
from time import monotonic
from typing import TextIO

LINE_EVERY_S = 5.0  # without a terminal; with one the bar moves each time
BAR = 24  # characters

ProgressWords = Callable[[int, int | None, int | None], str]  # done, of how much, seconds left


class ProgressBar:
    """Told how much is done, of how much; the words are the caller's."""

    def __init__(
        self, stream: TextIO, words: ProgressWords, clock: Callable[[], float] = monotonic
    ):
        self._stream = stream
        self._words = words
        self._clock = clock
        self._bar = stream.isatty()
        self._began: tuple[float, int] | None = None  # when, and how much was done then
        self._said = -math.inf
        self._width = 0

    def __call__(self, done: int, total: int | None) -> None:
        now = self._clock()
        self._began = self._began or (now, done)
        if not self._bar and now - self._said < LINE_EVERY_S and done != total:
            return
        self._said = now
        words = self._words(done, total, self._left(now, done, total))
        if not self._bar:
            self._stream.write(words + "\n")
        else:
            full = BAR * min(done, total) // max(total, 1) if total is not None else 0
            line = f"[{'#' * full}{'.' * (BAR - full)}] {words}"
            self._stream.write("\r" + line.ljust(self._width))
            self._width = len(line)
        self._stream.flush()

    def close(self) -> None:
        """Leaves the bar's line, so that what follows starts on its own."""
        if self._width:
            self._stream.write("\n")
            self._stream.flush()
        self._width = 0

    def _left(self, now: float, done: int, total: int | None) -> int | None:
        if self._began is None or total is None or done <= self._began[1]:
            return None
        return math.ceil((total - done) * (now - self._began[0]) / (done - self._began[1]))
