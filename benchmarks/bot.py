"""How long people wait for the bot itself while the engine is busy: 20 updates a second.

Bot and engine are processes of their own; the stand-in for Telegram, with Telegram's limits, is in
this one. The time of an update begins when the stand-in hands it out; it is committed when the
bot's handler has the store's answer, and acknowledged when the reply reaches the stand-in.
"""

import argparse
import asyncio
import math
import os
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from benchmarks import latest
from benchmarks.bot_load import Crowd, Wish
from sandbox import Sandbox
from sandbox.demo.demo import environment
from sandbox.demo.processes import (
    ManagedProcess,
    ProgramCommand,
    start_process,
    stop_processes,
    until_healthy,
)

READY_S, PATIENCE_S = 120.0, 30.0
GOALS = {"committed": 0.2, "acknowledged": 1.0}  # seconds, for 99 of 100


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=20.0, help="updates a second")
    parser.add_argument("--idle", action="store_true", help="without an engine that paints")


def run(chosen: argparse.Namespace) -> int:
    """Prints the times and keeps them in `benchmarks/out/latest.json`; 1 where anything is lost."""
    figures = asyncio.run(_measure(chosen.seconds, chosen.rate, busy=not chosen.idle))
    latest.keep("bot", figures)
    for name, goal in GOALS.items():
        times = figures[name]
        shown = ", ".join(f"{key} {1000 * value:.0f} ms" for key, value in times.items())
        print(f"update → {name}: {shown} (p99 under {1000 * goal:.0f} ms is the goal)")
    rest = (
        "processor ms per update",
        "updates",
        "lost",
        "answered twice",
        "refused by flood control",
        "calls",
    )
    print(", ".join(f"{key} {figures[key]}" for key in rest))
    return 1 if figures["lost"] or figures["answered twice"] else 0


async def _measure(seconds: float, rate: float, *, busy: bool) -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mazok-bench-")))
        telegram = await stack.enter_async_context(Sandbox())
        surroundings = {**environment(telegram, folder), "MAZOK_WAITING_ALL": "1000"}
        crowd, children = Crowd(telegram), list[ManagedProcess]()
        stack.push_async_callback(stop_processes, children, asyncio.Event())
        record = folder / "committed.txt"
        command = (sys.executable, "-m", "benchmarks.bot_observed", str(record))
        children.append(
            await start_process(ProgramCommand("bot", command), surroundings, folder / "bot.log")
        )
        await telegram.until(lambda: telegram.world.updates.polls > 0, READY_S)
        if busy:
            engine = (sys.executable, "-m", "engine")
            program = ProgramCommand("engine", (*engine, "serve"), (*engine, "--health"))
            children.append(await start_process(program, surroundings, folder / "engine.log"))
            async with asyncio.timeout(READY_S):
                await until_healthy(program, surroundings)
        before = _processor(children[0])
        await crowd.write(rate, seconds)
        await crowd.answered(PATIENCE_S)
        worked = (_processor(children[0]) - before) / len(crowd.wishes)
        if any(child.process.returncode is not None for child in children):
            raise RuntimeError("a process ended:\n" + "\n".join(children[-1].tail()))
        crowd.read(record.read_text("ascii").splitlines())
        asked = {"seconds": seconds, "rate": rate, "busy": busy}
        figures = _figures(crowd, folder / "mazok.db")
        return asked | figures | {"processor ms per update": round(1000 * worked, 1)}


def _figures(crowd: Crowd, database: Path) -> dict[str, Any]:
    wishes = list(crowd.wishes.values())
    asked = [one for one in wishes if one.asks]
    with sqlite3.connect(database) as connection:
        [(jobs,)] = connection.execute("SELECT COUNT(*) FROM jobs").fetchall()
        [(journal,)] = connection.execute("PRAGMA journal_mode").fetchall()
    connection.close()
    unanswered = sum(one.acknowledged is None for one in asked)
    calls = crowd.telegram.calls
    return {
        "committed": _spread([_since(one, one.committed) for one in wishes]),
        "acknowledged": _spread([_since(one, one.acknowledged) for one in asked]),
        "updates": len(wishes),
        "lost": sum(one.committed is None for one in wishes) + unanswered + len(asked) - jobs,
        "answered twice": sum(one.acknowledgements > 1 for one in asked),
        "refused by flood control": sum(call.status == 429 for call in calls),
        "calls": dict(Counter(call.method for call in calls)),
        "sqlite": f"{sqlite3.sqlite_version}, {journal}",
    }


def _since(wish: Wish, then: float | None) -> float:
    return math.inf if then is None or wish.handed_out is None else then - wish.handed_out


def _spread(times: Sequence[float]) -> dict[str, float]:
    """In seconds; what never came counts as never."""
    known = sorted(times)
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
    return {name: known[math.ceil(share * len(known)) - 1] for name, share in shares.items()}


def _processor(child: ManagedProcess) -> float:
    """Seconds of processor time that a process has had; of the bot they tell what waits cannot."""
    facts = Path(f"/proc/{child.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return sum(map(int, facts[11:13])) / os.sysconf("SC_CLK_TCK")  # proc(5): utime, stime
