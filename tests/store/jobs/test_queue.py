"""Places in the queue: the first jobs one by one, those behind them by a count."""

import pytest

from store import jobs
from store.database.database import Database
from store.jobs import engines, queue
from store.jobs.engines import EngineState
from tests.fixtures.store import RESULT, ask, claimed, found, sql

ENGINE = EngineState("engine", ("pocket",), "cpu", ((64, 64),), 1)


@pytest.fixture(autouse=True)
def _short_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "_ACTIVE", [query.limit(3) for query in queue._ACTIVE])
    monkeypatch.setattr(queue, "_PLACES", [query.limit(3) for query in queue._PLACES])


async def test_a_job_far_behind_has_its_place_and_its_time(db: Database) -> None:
    await engines.record_heartbeat(db, ENGINE)
    await ask(db, queue=1000)
    job, token = await claimed(db)
    await jobs.finish(db, job.id, token, RESULT, [])  # ten steps of half a second
    waiting = [await ask(db, user, queue=1000) for user in range(2, 9)]
    near = await jobs.forecasts(db)
    assert [near[job_id].place for job_id in waiting[:3]] == [1, 2, 3]
    assert set(near) == set(waiting[:3])
    distant = await jobs.distant_forecast(db, await found(db, waiting[6]))
    assert distant.place == 7 and distant.wait == pytest.approx(7 * 10 * 0.5)


async def test_a_distant_job_has_a_place_while_no_engine_is_alive(db: Database) -> None:
    waiting = [await ask(db, user) for user in range(1, 6)]
    distant = await jobs.distant_forecast(db, await found(db, waiting[4]))
    assert (distant.place, distant.wait) == (5, None)


async def test_progress_is_read_of_running_jobs_and_of_the_first_that_wait(db: Database) -> None:
    waiting = [await ask(db, user) for user in range(1, 8)]
    await sql(db, "UPDATE jobs SET status_message_id = id")
    running, _ = await claimed(db)
    shown = [job.id for job in await jobs.active(db)]
    assert shown == [running.id, *waiting[1:4]]
