"""Telegram's flood limits: so many messages and edits a second and a minute, or 429."""

import math
from collections import deque
from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.errors import flood


@dataclass(frozen=True)
class RateLimits:
    """Telegram publishes no exact figures; these are the ones its FAQ and its users name."""

    chat_per_second: float = 1.0
    chat_burst: int = 5
    group_per_minute: int = 20
    overall_per_second: int = 30


USUAL_LIMITS = RateLimits()


class _TokenBucket:
    """Tokens that drip in at a steady rate; each call takes one."""

    def __init__(self, rate: float, size: float, now: float) -> None:
        self.rate, self.size = rate, size
        self.level, self.at = size, now

    def wait(self, now: float) -> float:
        self.level = min(self.size, self.level + (now - self.at) * self.rate)
        self.at = now
        return max(0.0, (1.0 - self.level) / self.rate)


class RateLimiter:
    """Counts what the bot does in each chat; sends and edits share one account."""

    def __init__(self, limits: RateLimits | None, clock: Clock) -> None:
        self.limits = limits
        self._clock = clock
        self._buckets: dict[int, _TokenBucket] = {}
        self._minutes: dict[int, deque[float]] = {}
        self._overall: deque[float] = deque()

    def take(self, chat_id: int, *, group: bool) -> None:
        """Count one call in this chat, or refuse it with the seconds to wait."""
        if self.limits is None:
            return
        now, limits = self._clock.now(), self.limits
        bucket = self._buckets.setdefault(
            chat_id, _TokenBucket(limits.chat_per_second, limits.chat_burst, now)
        )
        minute = self._minutes.setdefault(chat_id, deque())
        wait = max(
            bucket.wait(now),
            _window_wait(minute, limits.group_per_minute, 60.0, now) if group else 0.0,
            _window_wait(self._overall, limits.overall_per_second, 1.0, now),
        )
        if wait > 0:
            # The caller sleeps in real seconds, whatever the clock's pace.
            raise flood(max(1, math.ceil(wait / self._clock.factor)))
        bucket.level -= 1.0
        minute.append(now)
        self._overall.append(now)


def _window_wait(calls: deque[float], most: int, seconds: float, now: float) -> float:
    while calls and calls[0] <= now - seconds:
        calls.popleft()
    return 0.0 if len(calls) < most else calls[-most] + seconds - now
