"""Telegram's flood limits on messages and edits per second and minute (error 429)."""

import math
from collections import deque
from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.errors import flood


@dataclass(frozen=True)
class RateLimits:
    """Calls per second and minute; estimates, as Telegram publishes no exact figures."""

    chat_per_second: float = 1.0
    chat_burst: int = 5
    group_per_minute: int = 20
    overall_per_second: int = 30


DEFAULT_LIMITS = RateLimits()


class _TokenBucket:
    """A token bucket that refills at `rate` tokens per second; each call takes one."""

    def __init__(self, rate: float, size: float, now: float) -> None:
        self.rate, self.size = rate, size
        self.tokens, self.updated_at = size, now

    def wait(self, now: float) -> float:
        self.tokens = min(self.size, self.tokens + (now - self.updated_at) * self.rate)
        self.updated_at = now
        return max(0.0, (1.0 - self.tokens) / self.rate)


class RateLimiter:
    """Counts the bot's calls in each chat; sends and edits count alike."""

    def __init__(self, limits: RateLimits | None, clock: Clock) -> None:
        self.limits = limits
        self._clock = clock
        self._buckets: dict[int, _TokenBucket] = {}
        self._recent_calls: dict[int, deque[float]] = {}
        self._all_calls: deque[float] = deque()

    def acquire(self, chat_id: int, *, group: bool) -> None:
        """Count one call in this chat; raise a flood refusal if it exceeds a limit."""
        if self.limits is None:
            return
        now, limits = self._clock.now(), self.limits
        bucket = self._buckets.setdefault(
            chat_id, _TokenBucket(limits.chat_per_second, limits.chat_burst, now)
        )
        recent_calls = self._recent_calls.setdefault(chat_id, deque())
        wait = max(
            bucket.wait(now),
            _window_wait(recent_calls, limits.group_per_minute, 60.0, now) if group else 0.0,
            _window_wait(self._all_calls, limits.overall_per_second, 1.0, now),
        )
        if wait > 0:
            # The caller sleeps in real seconds, whatever the clock's factor.
            raise flood(max(1, math.ceil(wait / self._clock.factor)))
        bucket.tokens -= 1.0
        recent_calls.append(now)
        self._all_calls.append(now)


def _window_wait(calls: deque[float], limit: int, seconds: float, now: float) -> float:
    while calls and calls[0] <= now - seconds:
        calls.popleft()
    return 0.0 if len(calls) < limit else calls[-limit] + seconds - now
