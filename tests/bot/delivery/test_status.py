"""How long people will wait is looked up for many of them at once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.delivery.status import ForecastCache
from store import jobs
from store.database.database import Database
from store.jobs.queue import Forecast
from store.model import Job
from tests.fixtures.store import ask, found, opened


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    async with opened(tmp_path) as db:
        yield db


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One for each look: how many jobs it found."""
    seen, look = list[int](), jobs.forecasts

    async def counted(db: Database) -> dict[int, Forecast]:
        found = await look(db)
        seen.append(len(found))
        return found

    monkeypatch.setattr(jobs, "forecasts", counted)
    return seen


async def asked_for(db: Database, user: int) -> Job:
    return await found(db, await ask(db, user))


async def test_many_who_ask_at_once_share_a_look(db: Database, reads: list[int]) -> None:
    cache = ForecastCache(db)
    asked = [await asked_for(db, user) for user in range(1, 9)]
    known = await asyncio.gather(*map(cache.snapshot_with, asked))
    places = [one.forecasts[job.id].place for one, job in zip(known, asked, strict=True)]
    assert places == list(range(1, 9))
    assert reads == [8]


async def test_a_new_job_is_never_looked_up_in_an_old_look(db: Database, reads: list[int]) -> None:
    cache = ForecastCache(db, spacing_s=0.01)
    first = await asked_for(db, 1)
    await cache.snapshot_with(first)
    second = await asked_for(db, 2)
    assert (await cache.snapshot_with(second)).forecasts[second.id].place == 2
    assert reads == [1, 2]


async def test_a_look_grows_old(db: Database, reads: list[int]) -> None:
    cache = ForecastCache(db, max_age_s=0.05)
    first = await asked_for(db, 1)
    for _ in range(2):
        await cache.snapshot_with(first)
    assert len(reads) == 1
    await asyncio.sleep(0.06)
    await cache.snapshot_with(first)
    assert len(reads) == 2


async def test_who_looks_for_news_sees_things_as_they_are(db: Database, reads: list[int]) -> None:
    cache = ForecastCache(db)
    job_id = await ask(db, 1)
    await cache.refresh()
    await jobs.cancel(db, user_id=1)
    assert job_id not in (await cache.refresh()).forecasts


async def test_what_has_ended_keeps_nobody_waiting(db: Database, reads: list[int]) -> None:
    cache = ForecastCache(db, spacing_s=60)
    for user in range(1, 4):
        job = await asked_for(db, user)
        await jobs.cancel(db, user_id=user)
        await asyncio.wait_for(cache.snapshot_with(await found(db, job.id)), 5)
    assert reads == []
