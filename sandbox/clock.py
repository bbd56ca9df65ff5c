"""The sandbox's own time, which can run faster than the wall's or be pushed forward."""

import time


class Clock:
    """Seconds since the sandbox was made; `factor` sandbox seconds pass in one real second."""

    def __init__(self, factor: float = 1.0) -> None:
        self.factor = factor
        self._born = time.monotonic()
        self._born_date = time.time()
        self._pushed = 0.0

    def now(self) -> float:
        return (time.monotonic() - self._born) * self.factor + self._pushed

    def advance(self, seconds: float) -> None:
        self._pushed += seconds

    def date(self) -> int:
        """The Unix time that messages carry."""
        return int(self._born_date + self.now())
