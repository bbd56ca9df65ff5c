"""The worker: one painting at a time, whatever becomes of the one before."""

import asyncio
import os
import threading

import pytest
from sqlalchemy.exc import OperationalError

from engine.errors import EngineError
from engine.pipeline import with_defaults
from engine.worker.faults import PaintingStuck
from engine.worker.intervals import Intervals
from engine.worker.worker import serve
from store import jobs
from store.jobs import engines
from store.model import Heartbeat, Notice
from store.request.request import DrawRequest
from tests.fixtures.engine import EngineHarness, Gate, TinyPipeline, reached
from tests.fixtures.store import ask, credits, found, sql


async def test_paintings_never_overlap(engine_harness: EngineHarness) -> None:
    first, second = [await ask(engine_harness.db) for _ in range(2)]
    tiny = TinyPipeline(seconds=0.005)
    async with engine_harness.engine(tiny):
        await engine_harness.ended(first)
        await engine_harness.ended(second)
    assert tiny.most_at_once == 1 and tiny.painted == [*range(13)] * 2


async def test_a_painting_that_does_not_stop_ends_the_engine(engine_harness: EngineHarness) -> None:
    job_id = await ask(engine_harness.db)
    gate = Gate(3)
    limited = engine_harness.settings.model_copy(update={"job_minutes": 0.1 / 60})
    tiny = TinyPipeline(before=gate)
    with pytest.raises(PaintingStuck):
        await serve(
            *(engine_harness.db, engine_harness.files, limited, asyncio.Event()),
            pipeline=tiny.pipeline(),
            intervals=Intervals(0.02, 0.02, 0.05, 0.05, grace=0.1),
        )
    gate.opened.set()
    assert (await found(engine_harness.db, job_id)).state == "failed"


async def test_a_database_that_is_away_for_a_while_does_not_end_the_painting(
    engine_harness: EngineHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = await ask(engine_harness.db)
    left = {"beat": 3, "finish": 2}

    def flaky(name: str) -> None:
        real = getattr(jobs, name)

        async def call(*arguments: object, **named: object) -> Heartbeat | bool:
            if left[name] > 0:
                left[name] -= 1
                raise OperationalError("UPDATE", {}, Exception("database is locked"))
            answer: Heartbeat | bool = await real(*arguments, **named)
            return answer

        monkeypatch.setattr(jobs, name, call)

    flaky("beat")
    flaky("finish")
    tiny = TinyPipeline(seconds=0.01)
    async with engine_harness.engine(tiny):
        job = await engine_harness.ended(job_id)
    assert job.state == "done" and left == {"beat": 0, "finish": 0}
    assert tiny.painted == [*range(13)]


async def test_the_engine_says_that_it_lives_also_while_it_paints(
    engine_harness: EngineHarness,
) -> None:
    await ask(engine_harness.db)
    gate = Gate(3)
    async with engine_harness.engine(TinyPipeline(before=gate)):
        await reached(gate)
        await sql(engine_harness.db, "UPDATE engines SET beat_ms = 0")
        await asyncio.sleep(0.3)
        (state,) = await engines.alive_engines(engine_harness.db)
        gate.opened.set()
    assert state.models == ("pocket",) and state.device == "cpu" and state.pid == os.getpid()
    assert state.sizes == ((16, 16),)
    assert await engines.alive_engines(engine_harness.db) == []


async def test_a_job_for_another_engine_is_left_to_it(engine_harness: EngineHarness) -> None:
    other = await ask(engine_harness.db, request=DrawRequest("кот", vqgan="wiki"))
    mine = await ask(engine_harness.db)
    async with engine_harness.engine(TinyPipeline()):
        await engine_harness.ended(mine)
    assert (await found(engine_harness.db, other)).state == "queued"


async def test_the_speed_is_recorded(engine_harness: EngineHarness) -> None:
    await engine_harness.ended(await ask_and_paint(engine_harness, TinyPipeline(seconds=0.01)))
    ((key, seconds),) = await sql(engine_harness.db, "SELECT key, seconds_per_step FROM speeds")
    assert key == "pocket+pocket+pocket 16x16" and 0.005 < seconds < 1


async def test_models_that_cannot_be_had_are_told_at_the_start(
    engine_harness: EngineHarness,
) -> None:
    def missing(request: object) -> None:
        raise EngineError("model-missing", name="ViT", path="data")

    tiny = TinyPipeline()
    tiny.load = missing  # type: ignore[method-assign, assignment]
    with pytest.raises(EngineError):
        await serve(
            engine_harness.db,
            engine_harness.files,
            engine_harness.settings,
            asyncio.Event(),
            pipeline=tiny.pipeline(),
        )


async def test_the_painting_thread_ends_with_the_engine(engine_harness: EngineHarness) -> None:
    await engine_harness.ended(await ask_and_paint(engine_harness, TinyPipeline()))
    await asyncio.sleep(0.1)
    assert not [one for one in threading.enumerate() if one.name.startswith("painting")]


async def ask_and_paint(engine_harness: EngineHarness, tiny: TinyPipeline) -> int:
    job_id = await ask(engine_harness.db)
    async with engine_harness.engine(tiny):
        await engine_harness.ended(job_id)
    return job_id


async def test_a_request_that_cannot_be_read_fails_and_the_queue_goes_on(
    engine_harness: EngineHarness,
) -> None:
    broken, good = await ask(engine_harness.db), await ask(engine_harness.db)
    before = await credits(engine_harness.db)
    await sql(engine_harness.db, "UPDATE jobs SET request = '{' WHERE id = :id", id=broken)
    async with engine_harness.engine(TinyPipeline()):
        assert (await engine_harness.ended(good)).state == "done"
        job = await engine_harness.ended(broken)
    assert (job.state, job.attempt, job.error) == ("failed", 1, Notice("request-unreadable"))
    assert await credits(engine_harness.db) == before + 1


async def test_the_settings_steps_hold_where_the_request_names_none(
    engine_harness: EngineHarness,
) -> None:
    few = engine_harness.settings.model_copy(update={"steps": 3})
    job_id = await ask(engine_harness.db)
    async with EngineHarness(
        engine_harness.db, engine_harness.files, engine_harness.folder, few
    ).engine(TinyPipeline()):
        job = await engine_harness.ended(job_id)
    assert job.result and job.result.steps == 3
    assert with_defaults(DrawRequest("cat", steps=7), few).steps == 7
    assert with_defaults(DrawRequest("cat"), engine_harness.settings).steps is None
