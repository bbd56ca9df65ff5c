"""What many processes do at the same moment: nothing is counted twice, and nothing is lost."""

import asyncio
from typing import Any

import pytest

from store import jobs
from store.database.database import Database
from store.errors import Refused
from store.jobs import inputs
from store.jobs.inputs import Input, PendingDownload
from store.model import QueueLimits, Requester
from store.request.request import DrawRequest
from tests.fixtures.store import ask, claimed, credits, sql

JOBS, CLAIMERS = 25, 8
NONE_WAIT = "SELECT COUNT(*) FROM jobs WHERE awaiting"


async def _ask_with_pictures(db: Database, number: int) -> int:
    accepted = await jobs.enqueue(
        db,
        DrawRequest("кот"),
        Requester(number, number, "private", 1, None, "ru"),
        request_key=f"{number}:1",
        pictures=[Input(f"{number}-{part}", f"inputs/{number}-{part}") for part in range(3)],
    )
    return accepted.job_id


async def _downloads(db: Database) -> list[PendingDownload]:
    found = []
    while (download := await inputs.claim_due(db)) is not None:
        found.append(download)
    return found


async def test_pictures_that_arrive_together_leave_no_job_waiting(db: Database) -> None:
    for number in range(1, JOBS + 1):
        await _ask_with_pictures(db, number)
    arrivals = [inputs.mark_arrived(db, download) for download in await _downloads(db)]
    assert all(await asyncio.gather(*arrivals)) and len(arrivals) == 3 * JOBS
    assert await sql(db, NONE_WAIT) == [(0,)]


async def test_a_job_that_waits_for_pictures_that_have_come_is_released(db: Database) -> None:
    job = await _ask_with_pictures(db, 1)
    assert await inputs.release_complete(db) == []
    await sql(db, "DELETE FROM inputs")
    assert await inputs.release_complete(db) == [job]
    assert await inputs.release_complete(db) == []
    assert (await claimed(db))[0].id == job


async def test_the_queues_limit_is_exact(db: Database) -> None:
    async def accepted(user: int) -> bool:
        try:
            await ask(db, user, queue=JOBS)
        except Refused as refusal:
            assert refusal.key == "queue-full"
            return False
        return True

    assert sum(await asyncio.gather(*map(accepted, range(1, 2 * JOBS)))) == JOBS


@pytest.mark.parametrize("limits", [{"per_user_waiting": 5}, {"daily_credits": 5}])
async def test_a_persons_limits_are_exact(limits: dict[str, Any], db: Database) -> None:
    async def accepted(_: int) -> bool:
        try:
            await ask(db, 7, **limits)
        except Refused:
            return False
        return True

    assert sum(await asyncio.gather(*map(accepted, range(JOBS)))) == 5
    spent = QueueLimits().daily_credits - await credits(db, 7)
    assert spent == 5


@pytest.mark.parametrize(
    ("requests", "rounds"),
    [(20, 3), pytest.param(100, 50, marks=pytest.mark.thorough)],
    ids=["short", "full"],
)
async def test_of_those_who_race_for_one_credit_exactly_one_gets_it(
    requests: int, rounds: int, db: Database
) -> None:
    async def accepted(user: int) -> bool:
        try:
            await ask(db, user, daily_credits=1)
        except Refused as refusal:
            assert refusal.key == "no-credits"
            return False
        return True

    for user in range(1, rounds + 1):
        assert sum(await asyncio.gather(*(accepted(user) for _ in range(requests)))) == 1
        assert await credits(db, user, daily_credits=1) == 0


@pytest.mark.parametrize(
    "number", [50, pytest.param(1000, marks=pytest.mark.thorough)], ids=["short", "full"]
)
async def test_many_claimers_get_different_jobs(number: int, db: Database) -> None:
    asked = [await ask(db, user, queue=number) for user in range(1, number + 1)]

    async def claimer(name: str) -> list[int]:
        mine = []
        while (job := await jobs.claim(db, name)) is not None:
            assert (job.worker, job.attempt) == (name, 1)
            mine.append(job.id)
        return mine

    taken = await asyncio.gather(*(claimer(f"engine {one}") for one in range(CLAIMERS)))
    assert sorted(job for mine in taken for job in mine) == asked


async def test_each_job_is_claimed_once_and_in_its_turn(db: Database) -> None:
    waiting = [await ask(db, user) for user in range(1, JOBS + 1)]
    claims = await asyncio.gather(*(jobs.claim(db, f"e{n}", 30.0) for n in range(2 * JOBS)))
    assert sorted(job.id for job in claims if job is not None) == waiting


async def test_a_repeated_request_is_one_job(db: Database) -> None:
    async def again() -> int:
        requester = Requester(1, 1, "private", 5, None, "ru")
        return (await jobs.enqueue(db, DrawRequest("кот"), requester, request_key="1:5")).job_id

    assert len(set(await asyncio.gather(*(again() for _ in range(JOBS))))) == 1
    assert await sql(db, "SELECT COUNT(*) FROM ledger") == [(1,)]
