"""The sandbox's clock, which can run faster than real time or be advanced."""

import time


class Clock:
    """Seconds since creation; `factor` sandbox seconds pass in one real second."""

    def __init__(self, factor: float = 1.0) -> None:
        self.factor = factor
        self._start = time.monotonic()
        self._start_date = time.time()
        self._advanced = 0.0

    def now(self) -> float:
        """Return the sandbox time in seconds."""
        return (time.monotonic() - self._start) * self.factor + self._advanced

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self._advanced += seconds

    @property
    def ahead(self) -> float:
        """Return by how many seconds the clock was moved forward."""
        return self._advanced

    def date(self) -> int:
        """Return the Unix time that messages carry."""
        return int(self._start_date + self.now())
