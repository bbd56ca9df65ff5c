"""Many people who write to the bot at a steady pace, and the clock beside them."""

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

PRIVATE, GROUPS = 160, 40  # chats; in groups Telegram takes no more than 20 calls a minute
WORDS = "подсолнух", "a red heart", "снеговик на синем фоне", "a panda on a pink background"


@dataclass
class Wish:
    """An update of somebody's; the times are monotonic, None until it has happened."""

    update_id: int
    message: SandboxMessage
    asks: bool  # for a picture; else it takes the last one back
    handed_out: float | None = None
    committed: float | None = None
    acknowledged: float | None = None
    acknowledgements: int = 0


class Crowd:
    """Each chat in its turn asks for a picture, and the next time takes it back."""

    def __init__(self, telegram: Sandbox) -> None:
        self.telegram = telegram
        self.wishes: dict[int, Wish] = {}
        self._by_message: dict[tuple[int, int], Wish] = {}
        self._read = 0  # of the sandbox's calls
        self._under_way: list[Call] = []
        self._places = [*self._private(), *self._groups()]
        self._watch_updates()

    async def write(self, rate: float, seconds: float) -> None:
        """`rate` updates a second, whatever the bot does meanwhile."""
        began = monotonic()
        turns = zip(range(round(rate * seconds)), cycle(self._places), strict=False)
        for number, (chat, user) in turns:
            await asyncio.sleep(max(0.0, began + number / rate - monotonic()))
            self._say(chat, user, number)

    async def answered(self, patience: float) -> None:
        """Waits until every request is acknowledged, or for so many seconds."""
        until = monotonic() + patience
        while monotonic() < until and any(
            one.asks and one.acknowledged is None for one in self.wishes.values()
        ):
            await asyncio.sleep(0.1)
            self.look()

    def look(self) -> None:
        """Finds the acknowledgements among the bot's calls: its replies to requests."""
        new = self.telegram.calls[self._read :]
        self._read += len(new)
        calls = self._under_way + [call for call in new if call.method == "sendMessage"]
        began = monotonic() - self.telegram.clock.now()
        for call in calls:
            if call.ok:
                self._acknowledged(call.arguments, began + call.at)
        self._under_way = [call for call in calls if not call.status]

    def read(self, lines: Iterable[str]) -> None:
        """What the observed bot noted."""
        for line in lines:
            number, _, at = line.partition(" ")
            if (wish := self.wishes.get(int(number))) and wish.committed is None:
                wish.committed = float(at)

    def _acknowledged(self, arguments: dict[str, Any], at: float) -> None:
        reply = json.loads(arguments.get("reply_parameters") or "{}")
        place = int(arguments["chat_id"]), int(reply.get("message_id", 0))
        wish = self._by_message.get(place)
        # The line that announces a finished picture answers the request too, but has no button.
        again = "reply_markup" in arguments
        if wish is not None and wish.asks and (wish.acknowledged is None or again):
            wish.acknowledged = wish.acknowledged or at
            wish.acknowledgements += 1

    def _say(self, chat: SandboxChat, user: SandboxUser, number: int) -> None:
        asks = number // len(self._places) % 2 == 0
        words = f"/draw {WORDS[number % len(WORDS)]}" if asks else "/cancel"
        message = self.telegram.say(user, chat, words)
        update_id = self.telegram.world.updates.history[-1]["update_id"]
        wish = Wish(update_id, message, asks)
        self.wishes[update_id] = self._by_message[chat.id, message.id] = wish

    def _private(self) -> list[tuple[SandboxChat, SandboxUser]]:
        people = [
            self.telegram.person(f"P{number}", language=("ru", "en")[number % 2])
            for number in range(PRIVATE)
        ]
        return [(self.telegram.private(one), one) for one in people]

    def _groups(self) -> list[tuple[SandboxChat, SandboxUser]]:
        people = [self.telegram.person(f"G{number}") for number in range(GROUPS)]
        return [(self.telegram.group(one.name, [one], supergroup=True), one) for one in people]

    def _watch_updates(self) -> None:
        updates = self.telegram.world.updates
        get = updates.get

        async def observed(*arguments: Any) -> list[dict[str, Any]]:
            found = await get(*arguments)
            for update in found:
                wish = self.wishes.get(update["update_id"])
                if wish is not None and wish.handed_out is None:
                    wish.handed_out = monotonic()
            return found

        setattr(updates, "get", observed)  # noqa: B010 (the sandbox knows nothing of this)
