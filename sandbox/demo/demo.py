"""The demonstration: two people, the real bot and the real engine, and no Telegram at all."""

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sandbox.demo.conversation_log import ConversationLog
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

T = TypeVar("T")

_READY_SECONDS = 60.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class DemoError(SandboxError):
    """The demonstration cannot go on; the sentence says why."""


def _python(name: str, *arguments: str, health: bool = False) -> ProgramCommand:
    module = (sys.executable, "-m", name)
    return ProgramCommand(name, (*module, *arguments), (*module, "--health") if health else ())


async def two_people(plan: "DemoPlan", telegram: Sandbox, terminal: Terminal) -> list[Path]:
    """The story that is shown: a request in each language, one in private and one in a group."""
    anna = telegram.person("Аня", language="ru", username="anya")
    ben = telegram.person("Ben", language="en", username="ben")
    club = telegram.group("Art club", [anna, ben])
    telegram.world.watchers.append(ConversationLog(terminal, telegram.bot).see)
    russian = DemoRequest("russian", anna, telegram.say(anna, anna, plan.russian))
    await telegram.until(lambda: telegram.chat(anna).from_bot, plan.timeout)
    english = DemoRequest("english", ben, telegram.say(ben, club, f"/draw {plan.english}"))
    saved: list[Path] = []
    for request in (russian, english):
        saved += save(plan.out, request, await await_result(telegram, request))
    return saved


PlayRequests = Callable[["DemoPlan", Sandbox, Terminal], Coroutine[Any, Any, list[Path]]]


@dataclass(frozen=True)
class DemoPlan:
    """What is shown, with which programs, and how long it may take (in seconds)."""

    out: Path = Path("demo")
    russian: str = "красный круг на синем фоне"
    english: str = "a panda on a pink background"
    bot: ProgramCommand = field(default_factory=lambda: _python("bot"))
    engine: ProgramCommand = field(default_factory=lambda: _python("engine", "serve", health=True))
    timeout: float = 280.0
    tell: PlayRequests = two_people  # gives the files that it saved
    settings: Mapping[str, str] = field(default_factory=dict)  # of both programs, over the usual
    apart: Path | None = None  # another folder for the logs than that of the pictures

    @property
    def logs(self) -> Path:
        return self.apart or self.out


async def run(plan: DemoPlan, terminal: Terminal) -> int:
    """Exit code: 0 shown, 1 failed, 128 + the signal's number when interrupted."""
    demo = _Demo(plan, terminal)
    demo.listen_to_signals()
    try:
        async with asyncio.timeout(plan.timeout):
            await demo.show()
        return 0
    except TimeoutError:
        demo.failed(f"not finished after {plan.timeout:g} s", demo.children)
    except (SandboxError, OSError) as error:
        demo.failed(str(error), demo.blamed or demo.children)
    except _Interrupted as interrupted:
        terminal.line("Interrupted.")
        return 128 + interrupted.number
    finally:
        demo.forget_signals()
    return 1


class _Interrupted(Exception):
    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class _Demo:
    def __init__(self, plan: DemoPlan, terminal: Terminal) -> None:
        self.plan = plan
        self.terminal = terminal
        self.children: list[ManagedProcess] = []
        self.blamed: list[ManagedProcess] = []
        self._began = time.monotonic()
        self._signalled: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._hurry = asyncio.Event()
        self._stopping = False

    def listen_to_signals(self) -> None:
        for number in _SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self._signal, number)

    def forget_signals(self) -> None:
        for number in _SIGNALS:
            asyncio.get_running_loop().remove_signal_handler(number)

    def _signal(self, number: int) -> None:
        if self._stopping:  # the second Ctrl-C does not wait for anybody's manners
            self._hurry.set()
        elif not self._signalled.done():
            self._signalled.set_result(number)

    async def show(self) -> None:
        for folder in (self.plan.out, self.plan.logs):
            folder.mkdir(parents=True, exist_ok=True)
        self.terminal.line("Mazok, painted here and now: the bot, the engine and two people.\n")
        async with AsyncExitStack() as stack:
            data = stack.enter_context(tempfile.TemporaryDirectory(prefix="mazok-demo-"))
            telegram = await stack.enter_async_context(Sandbox())
            surroundings = {**environment(telegram, Path(data)), **self.plan.settings}
            stack.push_async_callback(self._stop)
            for program in (self.plan.bot, self.plan.engine):
                log = self.plan.logs / f"{program.name}.log"
                self.children.append(await start_process(program, surroundings, log))
            await self._unless_trouble(self._ready(telegram, surroundings))
            saved = await self._unless_trouble(self.plan.tell(self.plan, telegram, self.terminal))
        self._report(saved)

    async def _ready(self, telegram: Sandbox, surroundings: Mapping[str, str]) -> None:
        self.terminal.line(f"  telegram  a local stand-in at {telegram.url}")
        try:
            await telegram.until(lambda: telegram.world.updates.polls > 0, _READY_SECONDS)
        except TimeoutError:
            self.blamed = self.children[:1]
            raise DemoError(f"the bot asked for no updates in {_READY_SECONDS:.0f} s") from None
        self.terminal.line(f"  bot       listens after {self._seconds:.0f} s")
        with suppress(TimeoutError):  # the bot keeps requests until an engine comes
            async with asyncio.timeout(_READY_SECONDS):
                await until_healthy(self.plan.engine, surroundings)
            self.terminal.line(f"  engine    ready after {self._seconds:.0f} s")
        self.terminal.line()

    async def _unless_trouble(self, work: Coroutine[Any, Any, T]) -> T:
        """The work's result, unless a child dies or somebody interrupts before it is there."""
        task = asyncio.create_task(work)
        deaths = {asyncio.create_task(child.death()): child for child in self.children}
        try:
            everything: set[asyncio.Future[Any]] = {task, self._signalled, *deaths}
            await asyncio.wait(everything, return_when=asyncio.FIRST_COMPLETED)
            if self._signalled.done():
                raise _Interrupted(self._signalled.result())
            for death, child in deaths.items():
                if death.done():
                    self.blamed = [child]
                    raise DemoError(f"{child.program.name} ended, exit code {death.result()}")
            return task.result()
        finally:
            for one in (task, *deaths):
                one.cancel()
            await asyncio.gather(task, *deaths, return_exceptions=True)

    async def _stop(self) -> None:
        self._stopping = True
        await stop_processes(self.children, self._hurry)

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._began

    def _report(self, saved: list[Path]) -> None:
        self.terminal.line(f"\nPainted in {self._seconds:.0f} s:")
        for path in saved:
            self.terminal.line(f"  {path}")

    def failed(self, sentence: str, children: list[ManagedProcess]) -> None:
        self.terminal.line(f"\nThe demonstration failed: {sentence}.")
        for child in children:
            self.terminal.line(f"\nThe end of {child.log}:")
            for line in child.tail() or ["(empty)"]:
                self.terminal.line(f"  {line}")


def environment(telegram: Sandbox, data: Path) -> dict[str, str]:
    """What bot and engine need to meet in this folder and to talk to the stand-in."""
    return {
        **os.environ,
        "MAZOK_DATABASE": f"sqlite+aiosqlite:///{data}/mazok.db",
        "MAZOK_FILES": str(data / "files"),
        "MAZOK_TOKEN": telegram.token,
        "MAZOK_BOT_API": telegram.url,
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",  # the logs are UTF-8 whatever the terminal is
    }
