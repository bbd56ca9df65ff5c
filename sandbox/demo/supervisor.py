"""Keep bot and engine running as far as wished: start, stop, kill, and notice when one dies."""

import asyncio
from collections.abc import Callable, MutableMapping, Sequence
from contextlib import suppress
from pathlib import Path

from sandbox.demo.processes import (
    GRACE_SECONDS,
    ManagedProcess,
    ProgramCommand,
    start_process,
    stop_processes,
)
from sandbox.errors import Misuse
from sandbox.state.json_object import JsonObject

RUNNING, ENDED, STOPPED = "running", "ended", "stopped"


class Supervisor:
    """Programs of one environment; `changed(name)` is called when one starts or ends."""

    def __init__(
        self,
        programs: Sequence[ProgramCommand],
        environment: MutableMapping[str, str],
        logs: Path,
        changed: Callable[[str], None],
        started: Callable[[int], None] = lambda number: None,
    ) -> None:
        """Take what is called with the number of each process that was started."""
        self._programs = {program.name: program for program in programs}
        self._logs, self._changed, self._started = logs, changed, started
        self.environment = environment
        """What programs find that start from now on."""
        self._processes: dict[str, ManagedProcess] = {}
        self._states: dict[str, str] = dict.fromkeys(self._programs, STOPPED)
        self._starting = asyncio.Lock()  # two presses at once start one process
        self._is_over = False  # what is being restarted then does not start any more
        self._watchers: set[asyncio.Task[None]] = set()

    @property
    def dead(self) -> list[ManagedProcess]:
        """Return the programs that ended by themselves or were killed."""
        return [self._processes[name] for name, state in self._states.items() if state == ENDED]

    def states(self) -> list[JsonObject]:
        """Return what the page shows of each program."""
        described = []
        for name, state in self._states.items():
            process = self._processes.get(name)
            code = process.process.returncode if process else None
            tail = process.tail() if process else []
            described.append({"name": name, "state": state, "code": code, "tail": tail})
        return described

    async def act(self, name: str, action: str) -> None:
        """Start, stop or kill a program."""
        actions = {"start": self.start, "stop": self._stop, "kill": self._kill}
        if name not in self._programs or action not in actions:
            raise Misuse(f"there is no program {name!r} to {action}")
        await actions[action](name)

    async def start_all(self) -> None:
        """Start what does not run."""
        for name in self._programs:
            await self.start(name)

    async def start(self, name: str) -> None:
        """Start a program unless it runs; its log goes on in the same file."""
        async with self._starting:
            if self._states[name] != RUNNING and not self._is_over:
                await self._start(name)

    async def _start(self, name: str) -> None:
        log, program = self._logs / f"{name}.log", self._programs[name]
        process = await start_process(program, self.environment, log, append=True, reads=True)
        if self._is_over:
            process.kill()
            await process.wait()
            return
        self._started(process.process.pid)
        self._processes[name], self._states[name] = process, RUNNING
        watcher = asyncio.create_task(self._watch(name, process))
        self._watchers.add(watcher)
        watcher.add_done_callback(self._watchers.discard)
        self._changed(name)

    async def stop_all(self, kill_now: asyncio.Event) -> None:
        """Stop everything; kill what is left once `kill_now` is set."""
        self._is_over = True
        running = [self._processes[name] for name in self.running()]
        self._states = dict.fromkeys(self._states, STOPPED)
        await stop_processes(running, kill_now)
        for watcher in self._watchers:
            watcher.cancel()

    async def stop_running(self) -> Sequence[str]:
        """Stop what runs; return the names."""
        running = self.running()
        for name in running:
            await self._stop(name)
        return running

    def numbers(self) -> list[int]:
        """Return the process numbers of what runs."""
        return [self._processes[name].process.pid for name in self.running()]

    async def tell(self, line: str) -> None:
        """Write a line to the standard input of what runs."""
        for name in self.running():
            if pipe := self._processes[name].process.stdin:
                with suppress(ConnectionError):  # it has just ended
                    pipe.write(line.encode())
                    await pipe.drain()

    def running(self) -> list[str]:
        """Return the names of what runs."""
        return [name for name, state in self._states.items() if state == RUNNING]

    async def _stop(self, name: str) -> None:
        if name in self.running():
            self._states[name] = STOPPED
            process = self._processes[name]
            process.stop()
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), GRACE_SECONDS)
            process.kill()
            await process.wait()
            self._changed(name)

    async def _kill(self, name: str) -> None:
        if name in self.running():
            self._processes[name].kill()
            await self._processes[name].wait()

    async def _watch(self, name: str, process: ManagedProcess) -> None:
        await process.wait()
        if self._processes[name] is process and self._states[name] == RUNNING:
            self._states[name] = ENDED
            self._changed(name)
