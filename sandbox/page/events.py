"""Server-sent events: every browser tab hears of each change."""

import asyncio
import json
from collections.abc import Callable

from aiohttp import web

from sandbox.control.control import Control
from sandbox.page.snapshot import bot_now, chat_now, event_now, everything
from sandbox.state.chats import SandboxChat
from sandbox.state.json_object import JsonObject
from sandbox.state.world import WorldEvent

BEAT_SECONDS = 15.0  # after which a comment tells a tab that is gone from a quiet one

Queue = asyncio.Queue[bytes | None]


class EventStream:
    """An observer of the sandbox; a tab begins with the whole state, also after an interruption."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._tabs: set[Queue] = set()
        self._troubles: JsonObject = {}  # as they were told last
        self.more: list[Callable[[], JsonObject]] = []
        """What else belongs to the whole state."""
        control.world.observers.append(self._on_event)
        control.world.chat_observers.append(self._on_chat)
        control.world.profile_observers.append(self._on_profile)

    def send(self, name: str, data: JsonObject) -> None:
        """Send an event to all tabs."""
        line = _event(name, data)
        for tab in self._tabs:
            tab.put_nowait(line)

    def send_troubles(self) -> None:
        """Tell all tabs what is wrong now, if that has changed: a call uses up a fault."""
        if self._tabs and (now := self._control.troubles()) != self._troubles:
            self._troubles = now
            self.send("trouble", now)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer a tab until it is closed or the server stops."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        tab: Queue = asyncio.Queue()
        state = everything(self._control)
        for part in self.more:
            state |= part()
        self._troubles = self._control.troubles()
        tab.put_nowait(_event("state", state))
        self._tabs.add(tab)
        try:
            while (line := await _next(tab)) is not None:
                await response.write(line)
        except ConnectionError:  # the tab is gone
            pass
        finally:
            self._tabs.discard(tab)
        return response

    async def close(self, app: web.Application) -> None:
        """End all streams: open ones would hold the server's shutdown."""
        for tab in self._tabs:
            tab.put_nowait(None)

    def _on_event(self, event: WorldEvent) -> None:
        if self._tabs:
            self.send(*event_now(self._control.world, event))

    def _on_profile(self) -> None:
        self.send("bot", bot_now(self._control.world))

    def _on_chat(self, chat: SandboxChat) -> None:
        if self._tabs:
            self.send("chat", chat_now(self._control.world, chat))


async def _next(tab: Queue) -> bytes | None:
    try:
        async with asyncio.timeout(BEAT_SECONDS):
            return await tab.get()
    except TimeoutError:
        return b": beat\n\n"


def _event(name: str, data: JsonObject) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
