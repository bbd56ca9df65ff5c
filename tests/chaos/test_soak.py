"""While people ask all the time, neither the bot's memory nor the database's log grows.

`make soak` lets them ask for ten minutes, five times a second; else it is half a minute.
"""

import asyncio
import os
import time
from itertools import cycle
from pathlib import Path

import pytest

from sandbox import Sandbox
from sandbox.demo.processes import ManagedProcess, ProgramCommand, start_process
from store.database.database import Database
from store.files.files import Files
from store.maintenance.check import check
from tests.chaos.trial import BOT, ENGINE
from tests.fixtures.store import only_on_sqlite, sql, url

SECONDS = float(os.environ.get("SOAK_SECONDS", "30"))
A_SECOND = 5.0
PEOPLE = 100
MAX_LOG = 64 << 20  # bytes of SQLite's write-ahead log
MAX_GROWTH = 48 << 20  # bytes of the bot's memory, once it has warmed up
PATIENCE_S = 300.0  # for the last pictures, on a busy machine
LIMITS = {"MAZOK_WAITING_ALL": "100000", "MAZOK_WAITING_EACH": "1000"}


@only_on_sqlite
@pytest.mark.chaos
async def test_memory_and_log_stay_flat(tmp_path: Path) -> None:
    if not Path("/proc/self/statm").exists():
        pytest.skip("memory is not told in /proc")
    async with Sandbox(limits=None) as telegram:
        outside = {name: value for name, value in os.environ.items() if name[:6] != "MAZOK_"}
        environment = (
            outside
            | LIMITS
            | {
                "MAZOK_DATABASE": url(tmp_path / "mazok.db"),
                "MAZOK_FILES": str(tmp_path / "files"),
                "MAZOK_TOKEN": telegram.token,
                "MAZOK_BOT_API": telegram.url,
                "MAZOK_DAILY_CREDITS": "100000",
                "MAZOK_HOME": str(tmp_path),
            }
        )
        bot = await _start("bot", BOT, environment, tmp_path)
        engine = await _start("engine", ENGINE, environment, tmp_path)
        try:
            people = [telegram.person(f"P{number}") for number in range(PEOPLE)]
            first = telegram.private(people[0])
            telegram.say(people[0], first, "a red circle")
            await telegram.until(lambda: first.from_bot, PATIENCE_S)
            asked, log_bytes, memory = 1, 0, list[int]()
            started = time.monotonic()
            for person in cycle(people):
                if (now := time.monotonic() - started) > SECONDS:
                    break
                telegram.say(person, person, "a red circle")
                asked += 1
                log_bytes = max(log_bytes, _size(tmp_path / "mazok.db-wal"))
                memory.append(_memory(bot))
                await asyncio.sleep(max(asked / A_SECOND - now, 0))
            await _until_done(tmp_path, asked)
            memory.append(_memory(bot))
        finally:
            for process in (bot, engine):
                process.kill()
                await process.wait()
    assert log_bytes < MAX_LOG
    warm = memory[len(memory) // 3]
    assert max(memory[len(memory) // 3 :]) - warm < MAX_GROWTH, [size >> 20 for size in memory[::9]]


async def _start(
    name: str, command: tuple[str, ...], environment: dict[str, str], folder: Path
) -> ManagedProcess:
    return await start_process(ProgramCommand(name, command), environment, folder / f"{name}.log")


async def _until_done(folder: Path, number: int) -> None:
    """Wait for so many pictures, and look for what is wrong with the store."""
    db = await Database.open(url(folder / "mazok.db"))
    try:
        async with asyncio.timeout(PATIENCE_S + SECONDS):
            while await sql(db, "SELECT COUNT(*) FROM jobs WHERE state = 'done'") != [(number,)]:
                await asyncio.sleep(1)
        found = await check(db, Files(str(folder / "files")), decode=False)
        assert [str(finding) for finding in found if finding.harmful] == []
    finally:
        await db.close()


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _memory(process: ManagedProcess) -> int:
    """Return the bytes of memory that a process holds."""
    pages = Path(f"/proc/{process.process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
