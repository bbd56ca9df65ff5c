"""Limit how often the same warning is given, so that a flood gets one answer per window."""

from collections.abc import Callable
from hashlib import sha256
from time import monotonic

from aiogram.types import Message

from store import processes
from store.database.database import Database

WINDOW_S = 60.0
MAX_REMEMBERED = 10_000  # at this many, those whose window has ended are forgotten


class Throttle:
    """Allow each key once per window, whichever of several processes asks.

    What this process has allowed it remembers, so that a flood costs the store one write.
    """

    def __init__(
        self,
        db: Database,
        window_s: float = WINDOW_S,
        clock: Callable[[], float] = monotonic,
        max_remembered: int = MAX_REMEMBERED,
    ) -> None:
        self._db, self._window_s = db, window_s
        self._clock, self._max_remembered = clock, max_remembered
        self._until: dict[tuple[object, ...], float] = {}

    async def allow(self, message: Message, *key: object) -> bool:
        """Return True for the first message with this key in a window, and start the window.

        A message that comes again after a crash is allowed again.
        """
        now = self._clock()
        if now < self._until.get(key, now):
            return False
        # Names of leases are short, and what people write is not to be read there.
        name = f"said:{sha256(repr(key).encode()).hexdigest()[:24]}"
        holder = f"message:{message.chat.id}:{message.message_id}"
        if not await processes.hold(self._db, name, holder, self._window_s):
            return False
        if len(self._until) >= self._max_remembered:
            self._until = {old: until for old, until in self._until.items() if until > now}
        self._until[key] = now + self._window_s
        return True
