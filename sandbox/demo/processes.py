"""Child processes in their own process groups, with log files, that end with their parent."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from store.system.operating_system import kill_group, own_process_group, stop_group

GRACE_SECONDS = 10.0


@dataclass(frozen=True)
class ProgramCommand:
    """A program; `health` is a command that exits with 0 once the program is ready, or empty."""

    name: str
    command: Sequence[str]
    health: Sequence[str] = ()


@dataclass(frozen=True)
class ManagedProcess:
    """A running program and its log file."""

    program: ProgramCommand
    process: asyncio.subprocess.Process
    log: Path

    async def wait(self) -> int:
        """Wait for the end and return the exit code."""
        return await self.process.wait()

    def tail(self, lines: int = 15) -> list[str]:
        """Return the last lines of the log."""
        return self.log.read_text("utf-8", errors="replace").splitlines()[-lines:]

    def stop(self) -> None:
        """Ask the program to stop."""
        stop_group(self.process)

    def kill(self) -> None:
        """Kill the program and its children."""
        kill_group(self.process)


async def start_process(
    program: ProgramCommand,
    environment: Mapping[str, str],
    log: Path,
    *,
    append: bool = False,
    reads: bool = False,
) -> ManagedProcess:
    """Start a program whose output goes to the log file, or with `append` to its end.

    reads: whether it can be told something through its standard input.
    """
    with log.open("ab" if append else "wb") as output:
        process = await asyncio.create_subprocess_exec(
            *program.command,
            env=environment,
            stdin=asyncio.subprocess.PIPE if reads else asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            # A separate process group: Ctrl-C reaches only the parent, which stops them in order.
            **own_process_group(),
        )
    return ManagedProcess(program, process, log)


async def until_healthy(program: ProgramCommand, environment: Mapping[str, str]) -> None:
    """Run the health command every second until it succeeds."""
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
    processes: Iterable[ManagedProcess], kill_now: asyncio.Event, grace: float = GRACE_SECONDS
) -> None:
    """Ask all to stop; kill them after `grace` seconds, or as soon as `kill_now` is set."""
    processes = list(processes)
    for managed in processes:
        managed.stop()
    all_ended = asyncio.gather(*(managed.wait() for managed in processes))
    kill_requested = asyncio.ensure_future(kill_now.wait())
    waited_for: set[asyncio.Future[Any]] = {all_ended, kill_requested}
    await asyncio.wait(waited_for, timeout=grace, return_when=asyncio.FIRST_COMPLETED)
    for managed in processes:
        managed.kill()
    kill_requested.cancel()
    await all_ended
