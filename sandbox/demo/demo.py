"""The demonstration: two simulated users, the real bot and the real engine, without Telegram."""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sandbox.demo.conversation_log import ConversationLog
from sandbox.demo.localisation import DemoError
from sandbox.demo.processes import (
    ManagedProcess,
    ProgramCommand,
    start_process,
    stop_processes,
    until_healthy,
)
from sandbox.demo.receive import DemoRequest, await_result, save
from sandbox.demo.terminal import Terminal
from sandbox.errors import SandboxError
from sandbox.server import Sandbox
from store.system.operating_system import handle_signals, restore_signals, signals_to_stop

T = TypeVar("T")

_READY_SECONDS = 60.0


def _python(name: str, *arguments: str, health: bool = False) -> ProgramCommand:
    module = (sys.executable, "-m", name)
    return ProgramCommand(name, (*module, *arguments), (*module, "--health") if health else ())


async def two_users(options: "DemoOptions", telegram: Sandbox, terminal: Terminal) -> list[Path]:
    """Send a request in each language, one in private and one in a group; save the results."""
    anna = telegram.person("Аня", language="ru", username="anya")
    ben = telegram.person("Ben", language="en", username="ben")
    club = telegram.group("Art club", [anna, ben])
    telegram.world.observers.append(ConversationLog(terminal, telegram.bot).record)
    russian = DemoRequest("russian", anna, telegram.say(anna, anna, options.russian))
    await telegram.until(lambda: telegram.chat(anna).from_bot, options.timeout)
    # To a group the animation comes only if it is asked for.
    words = f"/draw {options.english}, with animation"
    english = DemoRequest("english", ben, telegram.say(ben, club, words))
    saved: list[Path] = []
    for request in (russian, english):
        saved += save(options.out, request, await await_result(telegram, request))
    return saved


Scenario = Callable[["DemoOptions", Sandbox, Terminal], Coroutine[Any, Any, list[Path]]]


@dataclass(frozen=True)
class DemoOptions:
    """Prompts, programs, scenario and time limit (seconds) of a demonstration."""

    out: Path = Path("demo")
    russian: str = "красный круг на синем фоне"
    english: str = "a panda on a pink background"
    bot: ProgramCommand = field(default_factory=lambda: _python("bot"))
    engine: ProgramCommand = field(default_factory=lambda: _python("engine", "serve", health=True))
    timeout: float = 280.0
    scenario: Scenario = two_users  # returns the paths of saved files
    settings: Mapping[str, str] = field(default_factory=dict)  # of both programs
    log_folder: Path | None = None  # folder of the logs, if not that of the pictures

    @property
    def logs(self) -> Path:
        """Return the folder of the logs."""
        return self.log_folder or self.out


async def run(options: DemoOptions, terminal: Terminal) -> int:
    """Run the demonstration; return 0, 1 on failure, or 128 + signal number when interrupted."""
    demo = _Demo(options, terminal)
    demo.handle_signals()
    try:
        async with asyncio.timeout(options.timeout):
            await demo.run_scenario()
        return 0
    except TimeoutError:
        late = DemoError("demo-too-slow", seconds=f"{options.timeout:g}")
        demo.report_failure(late, demo.processes)
    except (SandboxError, OSError) as error:
        demo.report_failure(error, demo.failed_processes or demo.processes)
    except _Interrupted as interrupted:
        terminal.line(terminal.say("demo-interrupted"))
        return 128 + interrupted.number
    finally:
        demo.restore_signals()
    return 1


class _Interrupted(Exception):
    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class _Demo:
    def __init__(self, options: DemoOptions, terminal: Terminal) -> None:
        self.options = options
        self.terminal = terminal
        self.processes: list[ManagedProcess] = []
        self.failed_processes: list[ManagedProcess] = []
        self._started = time.monotonic()
        self._signalled: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._kill_now = asyncio.Event()
        self._stopping = False
        self._signals = signals_to_stop(hangup=True)

    def handle_signals(self) -> None:
        """Handle signals by stopping the demonstration."""
        handle_signals(self._signals, self._signal)

    def restore_signals(self) -> None:
        """Restore the default signal handling."""
        restore_signals(self._signals)

    def _signal(self, number: int) -> None:
        if self._stopping:  # a second Ctrl-C kills the processes at once
            self._kill_now.set()
        elif not self._signalled.done():
            self._signalled.set_result(number)

    async def run_scenario(self) -> None:
        """Start bot and engine, run the scenario and report its files."""
        for folder in (self.options.out, self.options.logs):
            folder.mkdir(parents=True, exist_ok=True)
        self._line("demo-title")
        self.terminal.line()
        async with AsyncExitStack() as stack:
            data = stack.enter_context(tempfile.TemporaryDirectory(prefix="mazok-demo-"))
            telegram = await stack.enter_async_context(Sandbox())
            variables = {**environment(telegram, Path(data)), **self.options.settings}
            stack.push_async_callback(self._stop)
            for program in (self.options.bot, self.options.engine):
                log = self.options.logs / f"{program.name}.log"
                self.processes.append(await start_process(program, variables, log))
            await self._unless_stopped(self._ready(telegram, variables))
            saved = await self._unless_stopped(
                self.options.scenario(self.options, telegram, self.terminal)
            )
        self._report_files(saved)

    async def _ready(self, telegram: Sandbox, variables: Mapping[str, str]) -> None:
        self._line("demo-telegram", "  ", address=telegram.url)
        try:
            await telegram.until(lambda: telegram.world.updates.polls > 0, _READY_SECONDS)
        except TimeoutError:
            self.failed_processes = self.processes[:1]
            raise DemoError("demo-no-updates", seconds=round(_READY_SECONDS)) from None
        self._line("demo-bot", "  ", seconds=self._seconds)
        with suppress(TimeoutError):  # the bot queues requests until an engine is ready
            async with asyncio.timeout(_READY_SECONDS):
                await until_healthy(self.options.engine, variables)
            self._line("demo-engine", "  ", seconds=self._seconds)
        self.terminal.line()

    async def _unless_stopped(self, work: Coroutine[Any, Any, T]) -> T:
        """Return the result of the work unless a process ends or a signal arrives first."""
        task = asyncio.create_task(work)
        ends = {asyncio.create_task(process.wait()): process for process in self.processes}
        try:
            futures: set[asyncio.Future[Any]] = {task, self._signalled, *ends}
            await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
            if self._signalled.done():
                raise _Interrupted(self._signalled.result())
            for end, process in ends.items():
                if end.done():
                    self.failed_processes = [process]
                    values = {"program": process.program.name, "code": end.result()}
                    raise DemoError("demo-ended", **values)
            return task.result()
        finally:
            for pending in (task, *ends):
                pending.cancel()
            await asyncio.gather(task, *ends, return_exceptions=True)

    async def _stop(self) -> None:
        self._stopping = True
        await stop_processes(self.processes, self._kill_now)

    @property
    def _seconds(self) -> int:
        return round(time.monotonic() - self._started)

    def _line(self, key: str, indent: str = "", **values: object) -> None:
        self.terminal.line(indent + self.terminal.say(key, **values))

    def _report_files(self, saved: list[Path]) -> None:
        self.terminal.line()
        self._line("demo-painted", seconds=self._seconds)
        for path in saved:
            self.terminal.line(f"  {path}")

    def report_failure(self, error: Exception, processes: list[ManagedProcess]) -> None:
        """Print the reason and the last log lines of the processes."""
        reason = error if isinstance(error, DemoError | OSError) else str(error)
        self.terminal.line()
        self._line("demo-failed", reason=reason)
        for process in processes:
            self.terminal.line()
            self._line("demo-log-end", log=process.log)
            for line in process.tail() or [self.terminal.say("demo-log-empty")]:
                self.terminal.line(f"  {line}")


def environment(telegram: Sandbox, data: Path) -> dict[str, str]:
    """Return the environment in which bot and engine use this folder and the sandbox."""
    return {
        **os.environ,
        "MAZOK_DATABASE": f"sqlite+aiosqlite:///{data}/mazok.db",
        "MAZOK_FILES": str(data / "files"),
        "MAZOK_TOKEN": telegram.token,
        "MAZOK_BOT_API": telegram.url,
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",  # logs are UTF-8 whatever the terminal's encoding is
    }
