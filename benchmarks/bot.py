"""Measure how long users wait for the bot while the engine is busy, at 20 updates per second.

Bot and engine are separate processes; the simulated Bot API, with Telegram's limits, runs in this
one. Times start when the API delivers the update. It is committed when the bot's handler has the
store's answer, and acknowledged when the reply reaches the API. Beside it, how long the bot's event
loop is held by one thing after another: nothing may hold it for long.
"""

import argparse
import asyncio
import math
import os
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from time import monotonic
from typing import Any

from benchmarks import latest
from benchmarks.bot_load import SentUpdate, SimulatedUsers
from sandbox import Sandbox
from sandbox.demo.demo import environment
from sandbox.demo.processes import (
    ManagedProcess,
    ProgramCommand,
    start_process,
    stop_processes,
    until_healthy,
)

READY_S, ANSWER_TIMEOUT_S = 120.0, 30.0
GOAL_S = 1.0  # 99th percentile of an acknowledgement, with an idle engine


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command-line options of this benchmark."""
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=20.0, help="updates a second")
    parser.add_argument("--idle", action="store_true", help="without an engine that paints")


def run(options: argparse.Namespace) -> int:
    """Print the times and store them; return 1 if any update is lost or answered twice."""
    figures = asyncio.run(_measure(options.seconds, options.rate, busy=not options.idle))
    latest.store("bot", figures)
    for name in ("committed", "acknowledged"):
        shown = ", ".join(f"{key} {1000 * value:.0f} ms" for key, value in figures[name].items())
        print(f"update → {name}: {shown}")
    for name, held in figures["event loop"].items():
        shown = ", ".join(f"{key} {1000 * value:.1f} ms" for key, value in held.items())
        print(f"event loop, {name}: {shown}")
    print(f"goal: acknowledged within {1000 * GOAL_S:.0f} ms at p99, with an idle engine")
    counts = (
        "processor ms per update",
        "updates",
        "lost",
        "answered twice",
        "refused by flood control",
        "calls",
    )
    print(", ".join(f"{key} {figures[key]}" for key in counts))
    return 1 if figures["lost"] or figures["answered twice"] else 0


async def _measure(seconds: float, rate: float, *, busy: bool) -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mazok-bench-")))
        telegram = await stack.enter_async_context(Sandbox())
        variables = {**environment(telegram, folder), "MAZOK_WAITING_ALL": "1000"}
        users, processes = SimulatedUsers(telegram), list[ManagedProcess]()
        stack.push_async_callback(stop_processes, processes, asyncio.Event())
        commit_times, holds = folder / "committed.txt", folder / "holds.txt"
        observed = (sys.executable, "-m", "benchmarks.bot_observed")
        command = (*observed, str(commit_times), str(holds))
        processes.append(
            await start_process(ProgramCommand("bot", command), variables, folder / "bot.log")
        )
        await telegram.until(lambda: telegram.world.updates.polls > 0, READY_S)
        if busy:
            engine = (sys.executable, "-m", "engine")
            program = ProgramCommand("engine", (*engine, "serve"), (*engine, "--health"))
            processes.append(await start_process(program, variables, folder / "engine.log"))
            async with asyncio.timeout(READY_S):
                await until_healthy(program, variables)
        before, since = _processor_seconds(processes[0]), monotonic()
        await users.write(rate, seconds)
        await users.wait_until_answered(ANSWER_TIMEOUT_S)
        await _wait_for_commits(commit_times, len(users.sent_updates), ANSWER_TIMEOUT_S)
        used = _processor_seconds(processes[0]) - before
        if any(one.process.returncode is not None for one in processes):
            raise RuntimeError("a process ended:\n" + "\n".join(processes[-1].tail()))
        users.read_commits(commit_times.read_text("ascii").splitlines())
        conditions = {"seconds": seconds, "rate": rate, "busy": busy}
        figures = _figures(users, folder / "mazok.db")
        lines = holds.read_text("ascii").splitlines(keepends=True)
        figures["event loop"] = _holds(lines, since)
        figures["processor ms per update"] = round(1000 * used / len(users.sent_updates), 1)
        return conditions | figures


async def _wait_for_commits(record: Path, updates: int, timeout: float) -> None:
    """Wait until as many updates are recorded as committed; the last need no acknowledgement."""
    deadline = monotonic() + timeout
    while monotonic() < deadline:
        lines = record.read_text("ascii").splitlines()
        if len({line.partition(" ")[0] for line in lines}) >= updates:
            return
        await asyncio.sleep(0.1)


def _figures(users: SimulatedUsers, database: Path) -> dict[str, Any]:
    sent_updates = list(users.sent_updates.values())
    requests = [sent for sent in sent_updates if sent.is_request]
    with sqlite3.connect(database) as connection:
        [(jobs,)] = connection.execute("SELECT COUNT(*) FROM jobs").fetchall()
        [(journal,)] = connection.execute("PRAGMA journal_mode").fetchall()
    connection.close()
    uncommitted = sum(sent.committed is None for sent in sent_updates)
    unanswered = sum(sent.acknowledged is None for sent in requests)
    calls = users.telegram.calls
    return {
        "committed": _percentiles([_delay(sent, sent.committed) for sent in sent_updates]),
        "acknowledged": _percentiles([_delay(sent, sent.acknowledged) for sent in requests]),
        "updates": len(sent_updates),
        "lost": uncommitted + unanswered + len(requests) - jobs,
        "answered twice": sum(sent.acknowledgements > 1 for sent in requests),
        "refused by flood control": sum(call.status == 429 for call in calls),
        "calls": dict(Counter(call.method for call in calls)),
        "sqlite": f"{sqlite3.sqlite_version}, {journal}",
    }


def _delay(sent: SentUpdate, time: float | None) -> float:
    return math.inf if time is None or sent.handed_out is None else time - sent.handed_out


def _holds(lines: Iterable[str], since: float) -> dict[str, dict[str, float]]:
    """Return percentiles, in seconds, of what has been recorded since then."""
    # The last line may be half written.
    rows = [tuple(map(float, line.split())) for line in lines if line.endswith("\n")]
    rows = [row for row in rows if row[0] >= since]
    return {
        "late": _percentiles([late for _, late, _ in rows]),
        "processor": _percentiles([used for *_, used in rows]),
    }


def _percentiles(times: Sequence[float]) -> dict[str, float]:
    """Return percentiles in seconds; missing answers count as infinite."""
    ordered = sorted(times)
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
    return {name: ordered[math.ceil(share * len(ordered)) - 1] for name, share in shares.items()}


def _processor_seconds(process: ManagedProcess) -> float:
    """Return the CPU seconds used by a process."""
    fields = Path(f"/proc/{process.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")  # utime and stime, see proc(5)
