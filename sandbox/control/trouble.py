"""Troubles that a bot meets with at Telegram: rights, conflicts, strange updates, slow networks."""

import asyncio
from contextlib import suppress

from sandbox.control.setup import SetupControl
from sandbox.errors import Misuse, Refusal
from sandbox.state.chats import MessageContent, SandboxChat, SandboxMessage, SandboxUser
from sandbox.state.json_object import JsonObject
from sandbox.state.permissions import DENIABLE
from sandbox.state.updates import WebhookState
from sandbox.state.world import World

NEIGHBOUR_ID = 5_151_515_151
_POLL_SECONDS = 5


class TroubleControl(SetupControl):
    """Each trouble holds until it is taken back, or for as long as it says."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._pollers: set[asyncio.Task[None]] = set()

    def push(self, update: JsonObject) -> int:
        """Queue an update as it stands, even one that no library can parse; return its number.

        A missing `update_id` is filled in: without one Telegram sends none.
        """
        return self.world.updates.push(update)

    def deny(self, chat: SandboxChat, *kinds: str) -> None:
        """Forbid members, the bot too unless it administers the chat, to send these kinds.

        They are names of `DENIABLE`; without any, everything is allowed again.
        """
        if chat.is_private:
            raise Misuse("in a private chat nobody can be forbidden to write")
        if unknown := set(kinds) - DENIABLE.keys():
            raise Misuse(f"no such permission: {', '.join(sorted(unknown))}")
        chat.denied = set(kinds)
        self.world.chat_changed(chat)

    def leave_webhook(self, url: str) -> None:
        """Set a webhook that somebody else left behind, or remove it with an empty address."""
        self.world.updates.webhook = WebhookState(url)
        self.world.updates.wake_poller()

    def second_poller(self, seconds: float) -> "asyncio.Task[None]":
        """Poll as a second process with the same token would, for so many real seconds."""
        task = asyncio.get_running_loop().create_task(self._poll(seconds))
        self._pollers.add(task)
        task.add_done_callback(self._pollers.discard)
        return task

    def neighbour_says(self, chat: SandboxChat, text: str) -> SandboxMessage:
        """Let another bot write in a group: then a bare command is no longer for this bot.

        Bots never see what other bots write.
        """
        if not chat.is_group:
            raise Misuse("another bot lives in a group")
        other = SandboxUser(NEIGHBOUR_ID, "Another bot", username="another_bot", is_bot=True)
        self.world.users[other.id] = other
        chat.members[other.id] = "member"
        return self.world.add(self._message(other, chat, MessageContent(text)))

    def slow_down(self, seconds: float) -> None:
        """Delay the answer of every call but getUpdates by so many real seconds."""
        self.world.faults.delay = seconds

    def local_mode(self, on: bool) -> None:
        """Give files out by their paths on this machine, as in `--local` mode, or by links."""
        files = self.world.files
        if on and files.spare_folder is None:
            raise Misuse("this server has no folder for files")
        files.local_folder = files.spare_folder if on else None

    def end_troubles(self) -> None:
        """Take back faults, delay, webhook and other pollers; rights and members stay."""
        self.world.faults.clear()
        self.leave_webhook("")
        for task in self._pollers:
            task.cancel()

    def troubles(self) -> JsonObject:
        """Return what is wrong at this moment."""
        faults = [
            {"method": fault.method, "kind": fault.kind, "times": fault.times}
            for fault in self.world.faults.scheduled
        ]
        return {
            "faults": faults,
            "delay": self.world.faults.delay,
            "webhook": self.world.updates.webhook.url,
            "privacy": self.world.privacy,
            "local": self._files_are_local(),
            "limits": self.world.rate_limiter.limits is not None,
            "ahead": self.world.clock.ahead,
        }

    def _files_are_local(self) -> bool | None:
        """Return whether files are given out by their paths; None: that cannot be."""
        files = self.world.files
        return None if files.spare_folder is None else files.local_folder is not None

    async def _poll(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    with suppress(Refusal):  # the bot's own poll took over
                        await self.world.updates.get(0, 1, _POLL_SECONDS)
                    await asyncio.sleep(0.5)
