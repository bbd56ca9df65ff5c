"""Simulated users who write to the bot at a constant rate, and the times of its answers."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import cycle
from time import monotonic
from typing import Any

from sandbox import Sandbox
from sandbox.state.chats import SandboxChat, SandboxMessage, SandboxUser
from sandbox.state.faults import Call

PRIVATE, GROUPS = 160, 40  # chats; Telegram allows 20 calls per minute and group
PROMPTS = "подсолнух", "a red heart", "снеговик на синем фоне", "a panda on a pink background"


@dataclass
class SentUpdate:
    """An update sent to the bot; times are monotonic, None until the event."""

    update_id: int
    message: SandboxMessage
    is_request: bool  # requests a picture; otherwise cancels the previous request
    handed_out: float | None = None
    committed: float | None = None
    acknowledged: float | None = None
    acknowledgements: int = 0


class SimulatedUsers:
    """Users who alternately request a picture and cancel it, one chat after the other."""

    def __init__(self, telegram: Sandbox) -> None:
        self.telegram = telegram
        self.sent_updates: dict[int, SentUpdate] = {}
        self._by_message: dict[tuple[int, int], SentUpdate] = {}
        self._calls_read = 0  # number of the sandbox's calls that are evaluated
        self._pending_calls: list[Call] = []
        self._chats = [*self._private(), *self._groups()]
        self._record_deliveries()

    async def write(self, rate: float, seconds: float) -> None:
        """Send `rate` updates per second for `seconds`, independent of the bot."""
        start = monotonic()
        numbered_chats = zip(range(round(rate * seconds)), cycle(self._chats), strict=False)
        for number, (chat, user) in numbered_chats:
            await asyncio.sleep(max(0.0, start + number / rate - monotonic()))
            self._send(chat, user, number)

    async def wait_until_answered(self, timeout: float) -> None:
        """Wait until every request is acknowledged or `timeout` seconds have passed."""
        deadline = monotonic() + timeout
        while monotonic() < deadline and any(
            sent.is_request and sent.acknowledged is None for sent in self.sent_updates.values()
        ):
            await asyncio.sleep(0.1)
            self.read_calls()

    def read_calls(self) -> None:
        """Find acknowledgements among the bot's new calls: replies to requests."""
        new = self.telegram.calls[self._calls_read :]
        self._calls_read += len(new)
        calls = self._pending_calls + [call for call in new if call.method == "sendMessage"]
        start = monotonic() - self.telegram.clock.now()
        for call in calls:
            if call.ok:
                self._acknowledged(call.arguments, start + call.at)
        self._pending_calls = [call for call in calls if not call.status]

    def read_commits(self, lines: Iterable[str]) -> None:
        """Read the commit times recorded by `benchmarks.bot_observed`."""
        for line in lines:
            number, _, time = line.partition(" ")
            if (sent := self.sent_updates.get(int(number))) and sent.committed is None:
                sent.committed = float(time)

    def _acknowledged(self, arguments: dict[str, Any], time: float) -> None:
        reply = json.loads(arguments.get("reply_parameters") or "{}")
        key = int(arguments["chat_id"]), int(reply.get("message_id", 0))
        sent = self._by_message.get(key)
        # The announcement of a finished picture replies to the request too, but has no button.
        has_button = "reply_markup" in arguments
        if sent is not None and sent.is_request and (sent.acknowledged is None or has_button):
            sent.acknowledged = sent.acknowledged or time
            sent.acknowledgements += 1

    def _send(self, chat: SandboxChat, user: SandboxUser, number: int) -> None:
        is_request = number // len(self._chats) % 2 == 0
        text = f"/draw {PROMPTS[number % len(PROMPTS)]}" if is_request else "/cancel"
        message = self.telegram.say(user, chat, text)
        update_id = self.telegram.world.updates.history[-1]["update_id"]
        sent = SentUpdate(update_id, message, is_request)
        self.sent_updates[update_id] = self._by_message[chat.id, message.id] = sent

    def _private(self) -> list[tuple[SandboxChat, SandboxUser]]:
        users = [
            self.telegram.person(f"P{number}", language=("ru", "en")[number % 2])
            for number in range(PRIVATE)
        ]
        return [(self.telegram.private(user), user) for user in users]

    def _groups(self) -> list[tuple[SandboxChat, SandboxUser]]:
        users = [self.telegram.person(f"G{number}") for number in range(GROUPS)]
        return [(self.telegram.group(user.name, [user], supergroup=True), user) for user in users]

    def _record_deliveries(self) -> None:
        updates = self.telegram.world.updates
        get = updates.get

        async def get_and_record(*arguments: Any) -> list[dict[str, Any]]:
            updates_delivered = await get(*arguments)
            for update in updates_delivered:
                sent = self.sent_updates.get(update["update_id"])
                if sent is not None and sent.handed_out is None:
                    sent.handed_out = monotonic()
            return updates_delivered

        setattr(updates, "get", get_and_record)  # noqa: B010 (replaces a method)
