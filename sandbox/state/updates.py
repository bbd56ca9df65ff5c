"""The queue that getUpdates reads: long polling, offsets, one poller at a time."""

import asyncio

from sandbox.errors import Misuse, Refusal
from sandbox.state.json_object import JsonObject

_NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
_LONGEST_POLL = 50


class _Poller:
    def __init__(self) -> None:
        self.woken = asyncio.Event()
        self.replaced = False


class Updates:
    """Updates wait until a later offset confirms them; until then they are given out again."""

    def __init__(self) -> None:
        self.webhook = ""
        self.allowed: list[str] = []
        self.polls = 0  # how often the bot has asked
        self._next_id = 100_001
        self.history: list[JsonObject] = []
        self._pending: list[JsonObject] = []
        self._repeats: list[JsonObject] = []
        self._poller: _Poller | None = None

    @property
    def pending(self) -> int:
        return len(self._pending)

    def put(self, kind: str, payload: JsonObject) -> int | None:
        """Queue an update; None where the bot does not ask for this kind."""
        wanted = kind in self.allowed if self.allowed else kind not in _NOT_BY_DEFAULT
        if not wanted:
            return None
        update_id = self._next_id
        self._next_id += 1
        update = {"update_id": update_id, kind: payload}
        self.history.append(update)
        self._pending.append(update)
        self.release()
        return update_id

    def repeat(self, update_id: int | None = None) -> None:
        """Give an update (the newest by default) out once more, though it was confirmed."""
        fitting = [one for one in self.history if update_id in (None, one["update_id"])]
        if not fitting:
            raise Misuse(f"there was no update {update_id or ''}".strip())
        self._repeats.append(fitting[-1])
        self.release()

    def clear(self) -> None:
        self._pending.clear()

    async def get(self, offset: int, limit: int, timeout: int) -> list[JsonObject]:
        if self.webhook:
            raise Refusal(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        if self._poller:  # the newcomer wins, whoever waited is turned away
            self._poller.replaced = True
            self._poller.woken.set()
        self._poller = poller = _Poller()
        try:
            self._confirm(offset)
            if not (self._pending or self._repeats) and timeout > 0:
                await _wait(poller.woken, min(timeout, _LONGEST_POLL))
            if poller.replaced:
                raise Refusal(
                    409,
                    "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                )
            repeats, self._repeats = self._repeats, []
            return (repeats + self._pending)[: max(1, min(limit, 100))]
        finally:
            if self._poller is poller:
                self._poller = None

    def release(self) -> None:
        """Let a waiting poller go, with what there is."""
        if self._poller:
            self._poller.woken.set()

    def _confirm(self, offset: int) -> None:
        if offset > 0:
            self._pending = [one for one in self._pending if one["update_id"] >= offset]
        elif offset < 0:
            self._pending = self._pending[offset:]


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
