"""Measure whether finished jobs slow the store: every statement of the hot path, at 10³ to 10⁶.

A statement's time is that of the database and its driver, without the commit, which waits for the
disk however few rows there are. A call may execute several statements; "loop" is how long it kept
the event loop from anything else.
"""

import argparse
import asyncio
import tempfile
from collections import defaultdict
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter
from typing import Any, TypeVar

from sqlalchemy import Engine, event

from benchmarks import latest
from benchmarks.history_calls import RARE, Load
from benchmarks.history_rows import add_backlog, add_waiting, empty, fill, is_empty
from store.database.database import Database

T = TypeVar("T")

GOAL_MS, LOOP_GOAL_MS = 5.0, 20.0  # medians
BACKLOG = 30_000, 10_000  # messages to send, and updates of one chat, after an outage
WAITING = 200  # unfinished jobs of as many users, the most that the default settings allow
TICK_S = 0.001
_COMMITS = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command-line options of this benchmark."""
    parser.add_argument("--jobs", type=int, nargs="+", default=[10**3, 10**4, 10**5, 10**6])
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--waiting", type=int, default=WAITING, help="unfinished jobs")
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--database", help="address of an EMPTY database; its rows are deleted")
    place.add_argument("--postgresql", action="store_true", help="a server that is started for it")


def run(options: argparse.Namespace) -> int:
    """Print and store the medians; return 1 if a statement or the event loop takes too long."""
    with _server() if options.postgresql else nullcontext(options.database) as database:
        stages = asyncio.run(_measure(options, database))
    sizes = list(stages)
    print(f"{'ms':>26}" + "".join(f"{size:>12,}" for size in sizes) + "      loop")
    failed = []
    for call in stages[sizes[-1]]:
        figures = [stages[size][call] for size in sizes]
        last = figures[-1]
        late = call not in RARE and last["statement"] > GOAL_MS
        late = late or last["loop"] > LOOP_GOAL_MS
        failed += [call] if late else []
        shown = "".join(f"{one['statement']:>12.2f}" for one in figures)
        print(f"{call:>26}{shown}{last['loop']:>10.1f}{'  too slow' if late else ''}")
    name = "history-postgresql" if options.postgresql else "history"
    latest.store(name, {str(size): figures for size, figures in stages.items()})
    goals = f"statements {GOAL_MS:.0f} ms, event loop {LOOP_GOAL_MS:.0f} ms"
    print(f"goal: {goals}; {len(failed)} miss it")
    return 1 if failed else 0


@contextmanager
def _server() -> Iterator[str]:
    """Run a PostgreSQL server, and yield the address of its empty database."""
    from tests.fixtures.cluster.postgresql import PostgresServer

    server = PostgresServer()
    try:
        server.start()
        yield server.url()
    finally:
        server.remove()


async def _measure(
    options: argparse.Namespace, database: str | None
) -> dict[int, dict[str, dict[str, float]]]:
    stages = {}
    with tempfile.TemporaryDirectory(prefix="mazok-") as folder:
        for size in options.jobs:
            url = database or f"sqlite+aiosqlite:///{Path(folder)}/{size}.db"
            db = await Database.open(url)
            try:
                if not await is_empty(db):
                    raise SystemExit("the database has users: name one that is empty")
                try:
                    started = monotonic()
                    await fill(db, size)
                    print(f"{size:,} jobs filled in {monotonic() - started:.0f} s", flush=True)
                    stages[size] = await _stage(db, size, options.rounds, options.waiting)
                finally:
                    await empty(db) if database else None
            finally:
                await db.close()
    return stages


async def _stage(db: Database, size: int, rounds: int, waiting: int) -> dict[str, dict[str, float]]:
    watch = _Watch()
    load = Load(db, watch.timed, count(10**9))
    await add_waiting(db, waiting)
    event.listen(Engine, "before_cursor_execute", watch.before)
    event.listen(Engine, "after_cursor_execute", watch.after)
    ticking = asyncio.create_task(watch.tick())
    try:
        for _ in range(rounds):
            await load.round()
        await add_backlog(db, *BACKLOG, size)
        for _ in range(rounds):
            await load.work_off()
    finally:
        ticking.cancel()
        event.remove(Engine, "before_cursor_execute", watch.before)
        event.remove(Engine, "after_cursor_execute", watch.after)
    return watch.figures()


@dataclass
class _Watch:
    """Times of statements by the call that executes them, and gaps in the event loop."""

    statements: dict[str, dict[str, list[float]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    calls: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    gaps: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    call: str = ""
    gap: float = 0.0

    async def timed(self, name: str, call: Awaitable[T]) -> T:
        """Await a call and record its time; None counts as well, as an empty queue is polled."""
        self.call, self.gap, started = name, 0.0, perf_counter()
        try:
            return await call
        finally:
            self.calls[name].append(perf_counter() - started)
            await asyncio.sleep(0)
            self.gaps[name].append(self.gap)
            self.call = ""

    async def tick(self) -> None:
        """Wake up all the time, and record the longest gap."""
        while True:
            started = perf_counter()
            await asyncio.sleep(TICK_S)
            self.gap = max(self.gap, perf_counter() - started - TICK_S)

    def before(self, connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        """Note when a statement begins."""
        connection.info["began"] = perf_counter()

    def after(self, connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        """Record how long it took."""
        if self.call and not statement.startswith(_COMMITS):
            took = perf_counter() - connection.info["began"]
            self.statements[self.call][statement].append(took)

    def _medians(self, call: str) -> list[float]:
        """Return the median of each statement that a call executes more than now and then."""
        return [median(times) for times in self.statements[call].values() if len(times) > 2]

    def figures(self) -> dict[str, dict[str, float]]:
        """Return the medians in milliseconds: of the slowest statement, the call, the loop."""
        return {
            call: {
                "statement": _ms(max(self._medians(call), default=0)),
                "call": _ms(median(times)),
                "loop": _ms(median(self.gaps[call])),
            }
            for call, times in self.calls.items()
        }


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 3)
