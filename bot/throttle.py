"""Limit how often the same warning is given, so that a flood gets one answer per window."""

from collections.abc import Callable
from time import monotonic

WINDOW_S = 60.0
MAX_REMEMBERED = 10_000  # at this many, those whose window has ended are forgotten


class Throttle:
    """Allow each key once per window. Kept in memory only: a restart starts all windows anew."""

    def __init__(
        self,
        window_s: float = WINDOW_S,
        clock: Callable[[], float] = monotonic,
        max_remembered: int = MAX_REMEMBERED,
    ) -> None:
        self._window_s, self._clock, self._max_remembered = window_s, clock, max_remembered
        self._until: dict[tuple[object, ...], float] = {}

    def allow(self, *key: object) -> bool:
        """Return True for the first call with this key in a window, and start the window."""
        now = self._clock()
        if now < self._until.get(key, now):
            return False
        if len(self._until) >= self._max_remembered:
            self._until = {old: until for old, until in self._until.items() if until > now}
        self._until[key] = now + self._window_s
        return True
