"""Who has been told of a limit lately: a flood gets one warning for each window, not one each."""

from collections.abc import Callable
from time import monotonic

WINDOW_S = 60.0
MAX_REMEMBERED = 10_000  # from so many on, those whose window is over are forgotten


class Throttle:
    """In memory only: after a restart somebody may be told once more."""

    def __init__(self, window_s: float = WINDOW_S, clock: Callable[[], float] = monotonic) -> None:
        self._window_s, self._clock = window_s, clock
        self._until: dict[tuple[object, ...], float] = {}

    def first(self, *about: object) -> bool:
        """True once in a window for the same person, place and limit."""
        now = self._clock()
        if now < self._until.get(about, now):
            return False
        if len(self._until) >= MAX_REMEMBERED:
            self._until = {key: until for key, until in self._until.items() if until > now}
        self._until[about] = now + self._window_s
        return True
