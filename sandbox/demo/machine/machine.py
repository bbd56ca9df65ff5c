"""Bot and engine on a machine whose disk, clock and way of updates can be changed."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace

from sandbox.demo.machine import launcher
from sandbox.demo.machine.disk import Disk
from sandbox.demo.processes import ProgramCommand
from sandbox.demo.supervisor import Supervisor
from sandbox.errors import Misuse
from sandbox.state.json_object import JsonObject

_PYTHON = (sys.executable, "-m")


def with_own_clock(program: ProgramCommand) -> ProgramCommand:
    """Return the command of a Python module with a clock that can be moved; others keep theirs."""
    if tuple(program.command[:2]) != _PYTHON:
        return program
    return replace(program, command=(*_PYTHON, launcher.__name__, *program.command[2:]))


class Machine:
    """Programs with their surroundings, which the page shows and changes."""

    def __init__(self, programs: Supervisor, disk: Disk, bot: str, webhook: str) -> None:
        """Take the bot's name, and the address of this machine at which it can listen."""
        self._programs, self._disk, self._bot = programs, disk, bot
        self._listen = webhook
        self._ahead = 0.0  # seconds
        self._by_webhook = False
        self._changing = asyncio.Lock()  # a change restarts programs, and the next waits for it

    def states(self) -> Sequence[JsonObject]:
        """Return what the page shows of each program."""
        return self._programs.states()

    async def act(self, name: str, action: str) -> None:
        """Start, stop or kill a program."""
        await self._programs.act(name, action)

    def surroundings(self) -> JsonObject:
        """Return what is changed of the usual surroundings, and what can be."""
        return {
            "disk": self._disk.state,
            "disk_can": list(self._disk.can),
            "ahead": self._ahead,
            "webhook": self._by_webhook,
        }

    async def surround(self, body: JsonObject) -> None:
        """Change the state of the `disk`, move the `clock` by seconds, or switch the `webhook`."""
        changes = {"disk": self._set_disk, "clock": self._move_clock, "webhook": self._set_webhook}
        if unknown := body.keys() - changes:
            raise Misuse(f"nothing around the programs is named {', '.join(sorted(unknown))}")
        async with self._changing:
            for name, value in body.items():
                await changes[name](value)

    async def _set_disk(self, state: object) -> None:
        leaves = self._disk.state in self._disk.needs_stop
        stopped = leaves or state in self._disk.needs_stop
        running = await self._programs.stop_running() if stopped else ()
        # Those that could not live with the disk as it was live again.
        ended = [one.program.name for one in self._programs.dead] if leaves else []
        self._disk.change(str(state), self._programs.numbers())
        for name in (*running, *ended):
            await self._programs.start(name)

    async def _move_clock(self, seconds: object) -> None:
        jump = float(str(seconds))
        self._ahead += jump
        self._programs.environment[launcher.AHEAD] = str(self._ahead)
        await self._programs.tell(f"{jump}\n")

    async def _set_webhook(self, on: object) -> None:
        self._by_webhook = bool(on)
        variables = {
            "MAZOK_WEBHOOK": f"http://{self._listen}/sandbox",
            "MAZOK_WEBHOOK_LISTEN": self._listen,
        }
        for name, value in variables.items():
            self._programs.environment.pop(name, None)
            if on:
                self._programs.environment[name] = value
        if self._bot in self._programs.running():
            await self._programs.act(self._bot, "stop")
            await self._programs.start(self._bot)
