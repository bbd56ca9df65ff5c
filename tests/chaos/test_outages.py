"""A store that goes away under load and comes back: nothing is lost, and nobody pays twice.

With `OUTAGES=full` it is away for as long as the targets say: a minute for PostgreSQL, ten for
files and disk.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from store import jobs
from store.database.database import Database
from store.faults.availability import when_available
from store.files.files import Files
from store.maintenance.check import check
from store.model import Requester
from store.request.request import DrawRequest
from store.settings import StoreSettings
from tests.chaos.light_engine import LightEngine
from tests.fixtures.cluster.postgresql import PostgresServer, is_installed
from tests.fixtures.cluster.s3 import BUCKET, S3Server
from tests.fixtures.store import sql

FULL = os.environ.get("OUTAGES") == "full"
DATABASE_S = 60.0 if FULL else 4.0
FILES_S = DISK_S = 600.0 if FULL else 4.0
PEOPLE = 40
DISK_BYTES = 8 << 20

pytestmark = pytest.mark.chaos


@pytest.fixture
async def server() -> AsyncIterator[PostgresServer]:
    if not is_installed():
        pytest.skip("PostgreSQL is not installed")
    server = PostgresServer()
    try:
        await asyncio.to_thread(server.start)
        yield server
    finally:
        server.remove()


async def _ask(db: Database, person: int) -> None:
    requester = Requester(person, person, "private", 1, None, "ru")
    key = f"{person}:1"
    enqueue = partial(jobs.enqueue, db, DrawRequest("кот"), requester, request_key=key)
    await when_available(enqueue, asyncio.Event(), 0.2)


async def _until_done(db: Database, number: int) -> None:
    async with asyncio.timeout(120):
        while True:
            count = partial(sql, db, "SELECT COUNT(*) FROM jobs WHERE state = 'done'")
            if await when_available(count, asyncio.Event(), 0.2) == [(number,)]:
                return
            await asyncio.sleep(0.2)


async def _nothing_is_lost(db: Database, files: Files) -> None:
    charged = await sql(db, "SELECT reason, COUNT(*), SUM(delta) FROM ledger GROUP BY reason")
    assert charged == [("charge", PEOPLE, -PEOPLE)]
    assert [str(finding) for finding in await check(db, files) if finding.harmful] == []


async def _survive(
    db: Database,
    files: Files,
    begin: Callable[[], object],
    end: Callable[[], object],
    *,
    away_s: float,
    lease_s: float = 3.0,
) -> None:
    """Let half of the people ask before an outage and half in it; nothing may be lost after it."""
    engine = asyncio.create_task(LightEngine(db, files, StoreSettings(lease_seconds=lease_s)).run())
    reaping = asyncio.create_task(_reap(db))
    early, late = range(1, PEOPLE // 2 + 1), range(PEOPLE // 2 + 1, PEOPLE + 1)
    try:
        asking = [asyncio.create_task(_ask(db, person)) for person in early]
        await asyncio.sleep(0.3)
        await asyncio.to_thread(begin)
        asking += [asyncio.create_task(_ask(db, person)) for person in late]
        await asyncio.sleep(away_s)
        assert not engine.done() and not reaping.done()
        await asyncio.to_thread(end)
        async with asyncio.timeout(120):
            await asyncio.gather(*asking)
        await _until_done(db, PEOPLE)
        await _nothing_is_lost(db, files)
    finally:
        for task in (engine, reaping):
            task.cancel()
        await asyncio.gather(engine, reaping, return_exceptions=True)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_postgresql_away_under_load(mode: str, server: PostgresServer, s3: S3Server) -> None:
    db = await Database.open(server.url())
    files = Files(f"s3://{BUCKET}/away-{mode}")
    try:
        await _survive(db, files, partial(server.stop, mode), server.start, away_s=DATABASE_S)
    finally:
        await db.close()


async def test_files_away_under_load(db: Database, s3: S3Server) -> None:
    files, lease_s = Files(f"s3://{BUCKET}/files-away"), StoreSettings().lease_seconds
    await _survive(db, files, s3.stop, s3.start_again, away_s=FILES_S, lease_s=lease_s)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes, which only root can make."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", str(disk)]
    if not sys.platform.startswith("linux") or subprocess.run(mount, check=False).returncode:
        pytest.skip("no disk can be mounted")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


async def test_a_disk_that_is_full_under_load(small_disk: Path) -> None:
    db = await Database.open(f"sqlite+aiosqlite:///{small_disk}/mazok.db")
    ballast = small_disk / "ballast"

    def fill() -> None:
        with suppress(OSError), ballast.open("wb", buffering=0) as filling:
            while True:
                filling.write(bytes(4096))

    def empty() -> None:
        assert db.availability.is_away
        ballast.unlink()

    try:
        await _survive(db, Files(str(small_disk / "files")), fill, empty, away_s=DISK_S)
    finally:
        await db.close()


async def _reap(db: Database) -> None:
    """Do what the bot does every few seconds."""
    while True:
        await when_available(partial(jobs.reap, db), asyncio.Event(), 0.2)
        await asyncio.sleep(1)
