"""How long people will wait is looked up for many of them at once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import status
from bot.status import Lookout
from store import jobs
from store.database import Database
from store.jobs import Forecast
from tests.store_fixtures import ask, opened


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    async with opened(tmp_path) as db:
        yield db


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One for each look: how many jobs it found."""
    seen, look = list[int](), jobs.forecasts

    async def counted(db: Database) -> dict[int, Forecast]:
        found = await look(db)
        seen.append(len(found))
        return found

    monkeypatch.setattr(jobs, "forecasts", counted)
    return seen


async def test_many_who_ask_at_once_share_a_look(db: Database, looks: list[int]) -> None:
    lookout = Lookout(db)
    asked = [await ask(db, user) for user in range(1, 9)]
    found = await asyncio.gather(*(lookout.knowing(job_id) for job_id in asked))
    assert [one.forecasts[job_id].place for one, job_id in zip(found, asked, strict=True)] == list(
        range(1, 9)
    )
    assert looks == [8]


async def test_a_new_job_is_never_looked_up_in_an_old_look(db: Database, looks: list[int]) -> None:
    lookout = Lookout(db, between_s=0.01)
    first = await ask(db, 1)
    await lookout.knowing(first)
    second = await ask(db, 2)
    assert (await lookout.knowing(second)).forecasts[second].place == 2
    assert looks == [1, 2]


async def test_a_look_grows_old(
    db: Database, looks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    lookout = Lookout(db)
    first = await ask(db, 1)
    for _ in range(2):
        await lookout.knowing(first)
    assert len(looks) == 1
    monkeypatch.setattr(status, "OLD_S", 0.0)
    await lookout.knowing(first)
    assert len(looks) == 2


async def test_who_looks_for_news_sees_things_as_they_are(db: Database, looks: list[int]) -> None:
    lookout = Lookout(db)
    job_id = await ask(db, 1)
    await lookout.look()
    await jobs.cancel(db, user_id=1)
    assert job_id not in (await lookout.look()).forecasts
