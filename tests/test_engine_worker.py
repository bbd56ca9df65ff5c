"""The worker: one painting at a time, whatever becomes of the one before."""

import asyncio
import os
import threading

import pytest
from sqlalchemy.exc import OperationalError

from engine.attempt import Stuck
from engine.errors import EngineError
from engine.pace import Pace
from engine.studio import complete
from engine.worker import serve
from store import engines, jobs
from store.jobs import Beat, Notice
from store.request import DrawRequest
from tests.engine_fixtures import Gate, House, TinyStudio, reached
from tests.store_fixtures import ask, credits, found, sql


async def test_paintings_never_overlap(house: House) -> None:
    first, second = [await ask(house.db) for _ in range(2)]
    tiny = TinyStudio(seconds=0.005)
    async with house.engine(tiny):
        await house.ended(first)
        await house.ended(second)
    assert tiny.most_at_once == 1 and tiny.painted == [*range(13)] * 2


async def test_a_painting_that_does_not_stop_ends_the_engine(house: House) -> None:
    job_id = await ask(house.db)
    gate = Gate(3)
    limited = house.settings.model_copy(update={"job_minutes": 0.1 / 60})
    tiny = TinyStudio(before=gate)
    with pytest.raises(Stuck):
        await serve(
            *(house.db, house.files, limited, asyncio.Event()),
            studio=tiny.studio(),
            pace=Pace(0.02, 0.02, 0.05, 0.05, grace=0.1),
        )
    gate.opened.set()
    assert (await found(house.db, job_id)).state == "failed"


async def test_a_database_that_is_away_for_a_while_does_not_end_the_painting(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = await ask(house.db)
    left = {"beat": 3, "finish": 2}

    def flaky(name: str) -> None:
        real = getattr(jobs, name)

        async def call(*arguments: object, **named: object) -> Beat | bool:
            if left[name] > 0:
                left[name] -= 1
                raise OperationalError("UPDATE", {}, Exception("database is locked"))
            answer: Beat | bool = await real(*arguments, **named)
            return answer

        monkeypatch.setattr(jobs, name, call)

    flaky("beat")
    flaky("finish")
    tiny = TinyStudio(seconds=0.01)
    async with house.engine(tiny):
        job = await house.ended(job_id)
    assert job.state == "done" and left == {"beat": 0, "finish": 0}
    assert tiny.painted == [*range(13)]


async def test_the_engine_says_that_it_lives_also_while_it_paints(house: House) -> None:
    await ask(house.db)
    gate = Gate(3)
    async with house.engine(TinyStudio(before=gate)):
        await reached(gate)
        await sql(house.db, "UPDATE engines SET beat_ms = 0")
        await asyncio.sleep(0.3)
        (state,) = await engines.alive(house.db)
        gate.opened.set()
    assert state.models == ("pocket",) and state.device == "cpu" and state.pid == os.getpid()
    assert state.sizes == ((16, 16),)
    assert await engines.alive(house.db) == []


async def test_a_job_for_another_engine_is_left_to_it(house: House) -> None:
    other = await ask(house.db, request=DrawRequest("кот", vqgan="wiki"))
    mine = await ask(house.db)
    async with house.engine(TinyStudio()):
        await house.ended(mine)
    assert (await found(house.db, other)).state == "queued"


async def test_the_speed_is_recorded(house: House) -> None:
    await house.ended(await ask_and_paint(house, TinyStudio(seconds=0.01)))
    ((key, seconds),) = await sql(house.db, "SELECT key, seconds_per_step FROM speeds")
    assert key == "pocket+pocket+pocket 16x16" and 0.005 < seconds < 1


async def test_models_that_cannot_be_had_are_told_at_the_start(house: House) -> None:
    def missing(request: object) -> None:
        raise EngineError("model-missing", name="ViT", path="data")

    tiny = TinyStudio()
    tiny.load = missing  # type: ignore[method-assign, assignment]
    with pytest.raises(EngineError):
        await serve(house.db, house.files, house.settings, asyncio.Event(), studio=tiny.studio())


async def test_the_painting_thread_ends_with_the_engine(house: House) -> None:
    await house.ended(await ask_and_paint(house, TinyStudio()))
    await asyncio.sleep(0.1)
    assert not [one for one in threading.enumerate() if one.name.startswith("painting")]


async def ask_and_paint(house: House, tiny: TinyStudio) -> int:
    job_id = await ask(house.db)
    async with house.engine(tiny):
        await house.ended(job_id)
    return job_id


async def test_a_request_that_cannot_be_read_fails_and_the_queue_goes_on(house: House) -> None:
    broken, good = await ask(house.db), await ask(house.db)
    before = await credits(house.db)
    await sql(house.db, "UPDATE jobs SET request = '{' WHERE id = :id", id=broken)
    async with house.engine(TinyStudio()):
        assert (await house.ended(good)).state == "done"
        job = await house.ended(broken)
    assert (job.state, job.attempt, job.error) == ("failed", 1, Notice("request-unreadable"))
    assert await credits(house.db) == before + 1


async def test_the_settings_steps_hold_where_the_request_names_none(house: House) -> None:
    few = house.settings.model_copy(update={"steps": 3})
    job_id = await ask(house.db)
    async with House(house.db, house.files, house.folder, few).engine(TinyStudio()):
        job = await house.ended(job_id)
    assert job.result and job.result.steps == 3
    assert complete(DrawRequest("cat", steps=7), few).steps == 7
    assert complete(DrawRequest("cat"), house.settings).steps is None
