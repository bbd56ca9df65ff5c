"""A store that goes away under load and comes back: nothing is lost, and nobody pays twice.

`OUTAGE_S` is how long it is away: 60 s for PostgreSQL in the targets, here less.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from functools import partial

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

OUTAGE_S = float(os.environ.get("OUTAGE_S", "4"))
PEOPLE = 40

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


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_postgresql_away_under_load(mode: str, server: PostgresServer, s3: S3Server) -> None:
    db = await Database.open(server.url())
    files = Files(f"s3://{BUCKET}/away-{mode}")
    engine = asyncio.create_task(LightEngine(db, files, StoreSettings(lease_seconds=3)).run())
    early, late = range(1, PEOPLE // 2 + 1), range(PEOPLE // 2 + 1, PEOPLE + 1)
    asking = [asyncio.create_task(_ask(db, person)) for person in early]
    await asyncio.sleep(0.3)
    await asyncio.to_thread(server.stop, mode)
    asking += [asyncio.create_task(_ask(db, person)) for person in late]
    await asyncio.sleep(OUTAGE_S)
    assert not engine.done()
    await asyncio.to_thread(server.start)
    try:
        await asyncio.gather(*asking)
        reaping = asyncio.create_task(_reap(db))
        await _until_done(db, PEOPLE)
        reaping.cancel()
        await _nothing_is_lost(db, files)
    finally:
        engine.cancel()
        await asyncio.gather(engine, return_exceptions=True)
        await db.close()


async def test_files_away_under_load(db: Database, s3: S3Server) -> None:
    files = Files(f"s3://{BUCKET}/files-away")
    engine = asyncio.create_task(LightEngine(db, files, StoreSettings()).run())
    await asyncio.gather(*(_ask(db, person) for person in range(1, PEOPLE + 1)))
    s3.stop()
    await asyncio.sleep(OUTAGE_S)
    s3.start_again()
    try:
        await _until_done(db, PEOPLE)
        await _nothing_is_lost(db, files)
    finally:
        engine.cancel()
        await asyncio.gather(engine, return_exceptions=True)


async def _reap(db: Database) -> None:
    """Do what the bot does every few seconds."""
    while True:
        await jobs.reap(db)
        await asyncio.sleep(1)
