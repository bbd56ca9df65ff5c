"""Places in the queue: the first jobs one by one, those behind them by a count."""

from dataclasses import replace

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


async def test_pictures_that_were_painted_at_once_tell_how_fast_an_engine_is(db: Database) -> None:
    await engines.record_heartbeat(db, ENGINE)
    await ask(db)
    job, token = await claimed(db)
    await jobs.finish(db, job.id, token, replace(RESULT, seconds=20.0, batch=4.0), [])
    waiting = [await ask(db, user) for user in range(2, 5)]
    near = await jobs.forecasts(db)
    # Ten steps of half a second each: four at once are made in the time of one.
    assert [near[job_id].wait for job_id in waiting] == [0.0, 5.0, 10.0]
    async with db.read() as connection:
        assert await queue.minutes_to_next(connection) == 1


async def test_running_jobs_that_share_an_engine_tell_its_speed(db: Database) -> None:
    await engines.record_heartbeat(db, ENGINE)
    both, waiting = [await ask(db), await ask(db, 2)], await ask(db, 3)
    for job, token in [await claimed(db) for _ in both]:
        await jobs.beat(db, job.id, token, step=20, steps=100)
    # Each has made 20 steps in 40 s, so the engine has made one in a second.
    await sql(db, "UPDATE jobs SET started_ms = 1000, updated_ms = 41000 WHERE state = 'running'")
    forecast = (await jobs.forecasts(db))[waiting]
    assert forecast.wait == pytest.approx(2 * 80 * 1.0)
