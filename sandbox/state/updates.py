"""The update queue: read by getUpdates, one poller at a time, or delivered to a webhook."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

from sandbox.errors import Misuse, Refusal
from sandbox.state.json_object import JsonObject

_NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
_LONGEST_POLL = 50


class _Poller:
    def __init__(self) -> None:
        self.wake = asyncio.Event()
        self.replaced = False


@dataclass(frozen=True)
class WebhookState:
    """Where updates are delivered to, and the last failure of that."""

    url: str = ""
    secret: str = ""
    failed_at: int = 0  # seconds since 1970
    failure: str = ""


class Updates:
    """Updates stay queued, and are delivered again, until a later offset confirms them."""

    def __init__(self) -> None:
        self.webhook = WebhookState()
        self.changed = asyncio.Event()  # there is another update, or another webhook
        self.allowed: list[str] = []
        self.polls = 0  # number of getUpdates calls
        self._next_id = 100_001
        self.history: list[JsonObject] = []
        self._pending: list[JsonObject] = []
        self._redelivered: list[JsonObject] = []
        self._poller: _Poller | None = None

    @property
    def pending(self) -> int:
        """Return the number of unconfirmed updates."""
        return len(self._pending)

    def add(self, kind: str, payload: JsonObject) -> int | None:
        """Queue an update and return its id, or None if the bot did not subscribe to its kind."""
        subscribed = kind in self.allowed if self.allowed else kind not in _NOT_BY_DEFAULT
        if not subscribed:
            return None
        return self.push({kind: payload})

    def push(self, update: JsonObject) -> int:
        """Queue an update as it is, with a number if it has none; return the number."""
        update = {"update_id": self._next_id, **update}
        update_id = update["update_id"]
        if not isinstance(update_id, int) or update_id < self._next_id:
            raise Misuse(f"update_id must be a number from {self._next_id} on")
        self._next_id = update_id + 1
        self.history.append(update)
        self._pending.append(update)
        self.wake_poller()
        return update_id

    def redeliver(self, update_id: int | None = None) -> None:
        """Deliver an update (by default the newest) once more, even though it was confirmed."""
        matching = [update for update in self.history if update_id in (None, update["update_id"])]
        if not matching:
            raise Misuse(f"there was no update {update_id or ''}".strip())
        self._redelivered.append(matching[-1])
        self.wake_poller()

    def clear(self) -> None:
        """Drop all pending updates."""
        self._pending.clear()

    async def get(self, offset: int, limit: int, timeout: int) -> list[JsonObject]:
        """Confirm updates below `offset`; return pending ones, waiting up to `timeout` seconds."""
        if self.webhook.url:
            raise Refusal(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        if self._poller:  # the newer call wins, the waiting one gets a conflict
            self._poller.replaced = True
            self._poller.wake.set()
        self._poller = poller = _Poller()
        try:
            self._confirm(offset)
            if not (self._pending or self._redelivered) and timeout > 0:
                await _wait(poller.wake, min(timeout, _LONGEST_POLL))
            if poller.replaced:
                raise Refusal(
                    409,
                    "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                )
            redelivered, self._redelivered = self._redelivered, []
            return (redelivered + self._pending)[: max(1, min(limit, 100))]
        finally:
            if self._poller is poller:
                self._poller = None

    def next_for_webhook(self) -> JsonObject | None:
        """Return the first update that is still to be delivered, if there is a webhook."""
        waiting = self._redelivered or self._pending
        return waiting[0] if self.webhook.url and waiting else None

    def confirm_delivered(self, update: JsonObject) -> None:
        """Remove an update that the webhook has accepted."""
        waiting = self._redelivered if update in self._redelivered else self._pending
        if update in waiting:
            waiting.remove(update)

    def wake_poller(self) -> None:
        """End a waiting poll with the updates that there are; wake the webhook's sender too."""
        self.changed.set()
        if self._poller:
            self._poller.wake.set()

    def _confirm(self, offset: int) -> None:
        if offset > 0:
            self._pending = [update for update in self._pending if update["update_id"] >= offset]
        elif offset < 0:
            self._pending = self._pending[offset:]


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass


def is_on_this_machine(url: str) -> bool:
    """Return whether a URL leads to a loopback address by plain HTTP."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
