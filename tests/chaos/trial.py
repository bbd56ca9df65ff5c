"""One trial: people ask for pictures while processes are killed and connections break."""

import asyncio
import os
import random
import sys
import time
from collections import Counter
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import func, select

from sandbox import Sandbox
from sandbox.demo.processes import ManagedProcess, ProgramCommand, start_process
from sandbox.state.chats import SandboxChat
from sandbox.state.faults import DROP_AFTER, Fault, Faults
from store.database.database import Database
from store.files.files import Files
from store.maintenance.check import check
from store.tables import jobs, ledger
from tests.chaos.surroundings import Surroundings, cluster, one_machine
from tests.fixtures.network.fault_proxy import FaultProxy, Weather, fault_proxy

LOST_ANSWERS, TOO_MANY = 0.02, 0.03  # parts of all calls of Telegram
PATIENCE_S = 90.0  # after the last kill, for the next result to arrive
WORK_S = 30.0  # for a result to arrive between two kills: a busy machine starts programs slowly
# A third of the usual lease, so that the trial is shorter; less would end on a busy machine.
LIMITS = {"MAZOK_WAITING_ALL": "100000", "MAZOK_LEASE_SECONDS": "10"}
SORRY = "could not be painted"  # in the words of the bot
BOT = (sys.executable, "-m", "bot")
ENGINE = (sys.executable, "-m", "tests.chaos.light_engine")


@dataclass(frozen=True)
class Plan:
    """How large a trial is; `pause_s` lies between two kills at least."""

    cluster: bool
    jobs: int
    kills: int
    restarts: int  # of the database server
    bots: int
    engines: int
    pause_s: float = 5.0
    seed: int = 1


@dataclass
class Outcome:
    """What a trial has counted; the first four must be 0 or empty."""

    lost: int = 0
    doubled: int = 0
    credits_adrift: int = 0
    findings: list[str] = field(default_factory=list)
    refunded: int = 0  # given up after three attempts that were killed, and told
    stray_lines: int = 0  # repeated because their answer was lost
    killed: Counter[str] = field(default_factory=Counter)
    broken: int = 0  # connections
    lost_answers: int = 0
    floods: int = 0
    restarts: int = 0
    seconds: float = 0.0

    @property
    def is_whole(self) -> bool:
        """Return whether nothing was lost, doubled or adrift."""
        return not (self.lost or self.doubled or self.credits_adrift or self.findings)


class _RandomFaults(Faults):
    """Loses answers of Telegram, and asks to wait, at random."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._random = random.Random(seed)
        self.lost, self.floods = 0, 0

    def consume(self, method: str, chat_id: int | None) -> Fault | None:
        """Return a random fault for some of the calls that change something."""
        if not method.lower().startswith(("send", "edit", "delete")):
            return None
        chance = self._random.random()
        if chance < LOST_ANSWERS:
            self.lost += 1
            return Fault(method, DROP_AFTER)
        if chance < LOST_ANSWERS + TOO_MANY:
            self.floods += 1
            return Fault(method, 429)
        return None


class Trial:
    """Runs a plan in a folder, and keeps the logs there."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._plan, self._folder = plan, folder
        self._random = random.Random(plan.seed)
        self._faults = _RandomFaults(plan.seed)
        self._running: dict[str, ManagedProcess] = {}
        self._outcome = Outcome()
        self._starts = 0

    async def run(self) -> Outcome:
        """Return what has been counted, once everything has arrived or patience has ended."""
        started = time.monotonic()
        stop = asyncio.Event()
        surrounding = cluster if self._plan.cluster else one_machine
        async with AsyncExitStack() as stack:
            around = await stack.enter_async_context(surrounding(self._folder))
            telegram = await stack.enter_async_context(Sandbox())
            telegram.world.faults = self._faults
            to_telegram = await stack.enter_async_context(fault_proxy(_port(telegram.url)))
            proxies = around.proxies | {"telegram": to_telegram}
            environment = self._environment(telegram, around, to_telegram)
            stack.push_async_callback(self._end_all)
            await self._start_all(environment)
            chats = [telegram.private(telegram.person(f"P{n}")) for n in range(self._plan.jobs)]
            weather = asyncio.create_task(Weather(proxies, self._plan.seed).blow(stop))
            await self._ask_and_kill(telegram, chats, environment, around)
            stop.set()
            await weather
            await _until_served(telegram, chats)
            await asyncio.sleep(3)  # in which something could come twice
            await self._end_all()
            self._count(chats, proxies)
            await self._check(around)
        self._outcome.seconds = time.monotonic() - started
        return self._outcome

    def _environment(
        self, telegram: Sandbox, around: Surroundings, to_telegram: FaultProxy
    ) -> dict[str, str]:
        outside = {name: value for name, value in os.environ.items() if name[:6] != "MAZOK_"}
        address = f"http://127.0.0.1:{to_telegram.port}"
        own = {"MAZOK_TOKEN": telegram.token, "MAZOK_BOT_API": address}
        return outside | around.settings | LIMITS | own | {"MAZOK_HOME": str(self._folder)}

    async def _start_all(self, environment: dict[str, str]) -> None:
        for role, number in (("bot", self._plan.bots), ("engine", self._plan.engines)):
            for index in range(number):
                await self._start(f"{role}-{index}", environment)

    async def _start(self, name: str, environment: dict[str, str]) -> None:
        self._starts += 1
        command = BOT if name.startswith("bot") else ENGINE
        log = self._folder / f"{self._starts:03}-{name}.log"
        program = ProgramCommand(name, command)
        self._running[name] = await start_process(program, environment, log)

    async def _end_all(self) -> None:
        for process in self._running.values():
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _ask_and_kill(
        self,
        telegram: Sandbox,
        chats: list[SandboxChat],
        environment: dict[str, str],
        around: Surroundings,
    ) -> None:
        """Let people ask; kill a random process now and then, the database less often."""
        plan = self._plan
        every = max(plan.kills // (plan.restarts + 1), 1)
        for number in range(1, plan.kills + 1):
            served = sum(map(_is_served, chats))
            first, last = (len(chats) * edge // plan.kills for edge in (number - 1, number))
            await self._ask(telegram, chats[first:last])
            with suppress(TimeoutError):
                await telegram.until(partial(_more_are_served, chats, served), WORK_S)
            await self._kill(environment)
            if self._outcome.restarts < plan.restarts and number % every == 0:
                self._outcome.restarts += 1
                await around.restart_database()

    async def _ask(self, telegram: Sandbox, chats: list[SandboxChat]) -> None:
        pause_s = self._random.uniform(0.5, 1.5) * self._plan.pause_s / (len(chats) + 1)
        for chat in chats:
            assert chat.person is not None
            telegram.say(chat.person, chat, f"a red circle {chat.person.id}")
            await asyncio.sleep(pause_s)
        await asyncio.sleep(pause_s)

    async def _kill(self, environment: dict[str, str]) -> None:
        name = self._random.choice(sorted(self._running))
        process = self._running[name]
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        self._outcome.killed[name.partition("-")[0]] += 1
        await self._start(name, environment)

    def _count(self, chats: list[SandboxChat], proxies: dict[str, FaultProxy]) -> None:
        outcome = self._outcome
        for chat in chats:
            kinds = Counter(message.kind for message in chat.from_bot)
            if _is_told(chat):
                outcome.refunded += 1
            else:
                outcome.lost += (kinds["photo"] == 0) + (kinds["animation"] == 0)
            outcome.doubled += max(kinds["photo"] - 1, 0) + max(kinds["animation"] - 1, 0)
            outcome.stray_lines += kinds["text"] - _is_told(chat)
        outcome.broken = sum(proxy.faults for proxy in proxies.values())
        outcome.lost_answers, outcome.floods = self._faults.lost, self._faults.floods

    async def _check(self, around: Surroundings) -> None:
        db = await Database.open(around.database)
        try:
            async with db.read() as connection:
                done = select(func.coalesce(func.sum(jobs.c.price), 0)).where(
                    jobs.c.state == "done"
                )
                paid = select(func.coalesce(-func.sum(ledger.c.delta), 0)).where(
                    ledger.c.job_id.is_not(None)
                )
                price = int((await connection.execute(done)).scalar_one())
                charged = int((await connection.execute(paid)).scalar_one())
            self._outcome.credits_adrift = abs(price - charged)
            found = await check(db, Files(around.files))
            self._outcome.findings = [str(finding) for finding in found if finding.harmful]
        finally:
            await db.close()


async def _until_served(telegram: Sandbox, chats: list[SandboxChat]) -> None:
    """Wait until everybody has their picture, or nobody has got one for a long time."""
    served = -1
    with suppress(TimeoutError):
        while served < len(chats):
            served = sum(map(_is_served, chats))
            more = partial(_more_are_served, chats, served)
            await telegram.until(more, PATIENCE_S)


def _more_are_served(chats: list[SandboxChat], than: int) -> bool:
    now = sum(map(_is_served, chats))
    return now > than or now == len(chats)


def _is_told(chat: SandboxChat) -> bool:
    return any(SORRY in message.text for message in chat.from_bot)


def _is_served(chat: SandboxChat) -> bool:
    return _is_told(chat) or {"photo", "animation"} <= {message.kind for message in chat.from_bot}


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port
