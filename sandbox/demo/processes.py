"""Child processes with their own logs, which never outlive the one that started them."""

import asyncio
import os
import signal
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GRACE_SECONDS = 10.0


@dataclass(frozen=True)
class ProgramCommand:
    """`health` is a command that ends with 0 once the program is ready; none: ready at once."""

    name: str
    command: Sequence[str]
    health: Sequence[str] = ()


@dataclass(frozen=True)
class ManagedProcess:
    program: ProgramCommand
    process: asyncio.subprocess.Process
    log: Path

    async def death(self) -> int:
        return await self.process.wait()

    def tail(self, lines: int = 15) -> list[str]:
        return self.log.read_text("utf-8", errors="replace").splitlines()[-lines:]

    def signal(self, number: int) -> None:
        """To the whole process group: a child's children go with it."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)


async def start_process(
    program: ProgramCommand, environment: Mapping[str, str], log: Path
) -> ManagedProcess:
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *program.command,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            # A group of its own: Ctrl-C reaches us alone, and we end them in good order.
            start_new_session=True,
        )
    return ManagedProcess(program, process, log)


async def until_healthy(program: ProgramCommand, environment: Mapping[str, str]) -> None:
    """Ask the health command once a second until it is content."""
    while program.health:
        process = await asyncio.create_subprocess_exec(
            *program.health,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            if await process.wait() == 0:
                return
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        await asyncio.sleep(1.0)


async def stop_processes(
    children: Iterable[ManagedProcess], hurry: asyncio.Event, grace: float = GRACE_SECONDS
) -> None:
    """SIGTERM to all; SIGKILL to those still there after `grace` seconds, or at once on `hurry`."""
    children = list(children)
    for child in children:
        child.signal(signal.SIGTERM)
    everyone = asyncio.gather(*(child.death() for child in children))
    hurried = asyncio.ensure_future(hurry.wait())
    waited_for: set[asyncio.Future[Any]] = {everyone, hurried}
    await asyncio.wait(waited_for, timeout=grace, return_when=asyncio.FIRST_COMPLETED)
    for child in children:
        child.signal(signal.SIGKILL)
    hurried.cancel()
    await everyone
