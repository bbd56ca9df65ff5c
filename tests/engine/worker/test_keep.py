"""A picture that is finished as it is, at the price of its steps."""

import asyncio

from store import jobs
from store.model import Notice
from store.request.request import DrawRequest
from tests.fixtures.engine import EngineHarness, Gate, TinyPipeline, reached
from tests.fixtures.store import ask, claimed, credits, found, sql


async def test_68_a_kept_picture_is_a_result_at_the_price_of_its_steps(
    engine_harness: EngineHarness,
) -> None:
    db = engine_harness.db
    before = await credits(db)
    job_id = await ask(db, request=DrawRequest(prompt="кот", steps=3000))
    assert (await found(db, job_id)).price == 10
    gate = Gate(600)
    async with engine_harness.engine(TinyPipeline(steps=3000, before=gate)):
        await reached(gate)
        while not await jobs.keep(db, job_id):  # until a heartbeat has told of a step
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)  # some heartbeats, which read it
        gate.opened.set()
        await engine_harness.ended(job_id)
    job = await found(db, job_id)
    assert job.state == "done" and job.result is not None
    assert 600 <= job.result.steps < 3000
    assert job.price == max(1, -(-10 * job.result.steps // 3000)) < 10
    assert await credits(db) == before - job.price
    assert engine_harness.files.read(job.result.animation)


async def test_68_only_what_is_being_painted_can_be_kept(engine_harness: EngineHarness) -> None:
    job_id = await ask(engine_harness.db)
    assert not await jobs.keep(engine_harness.db, job_id)
    claimed = await jobs.claim(engine_harness.db, "engine")
    assert claimed is not None and not await jobs.keep(engine_harness.db, job_id)


async def test_68_what_was_kept_stays_kept_where_another_engine_begins_anew(
    engine_harness: EngineHarness,
) -> None:
    """It paints as far as the step of which it was said."""
    db = engine_harness.db
    job_id = await ask(db, request=DrawRequest(prompt="кот", steps=3000))
    job, token = await claimed(db)
    await jobs.beat(db, job.id, token, step=400, steps=3000)
    assert await jobs.keep(db, job.id)
    await sql(db, "UPDATE jobs SET lease_until_ms = 0")
    await jobs.reap(db)
    gate = Gate(600)
    async with engine_harness.engine(TinyPipeline(steps=3000, before=gate)):
        gate.opened.set()
        await engine_harness.ended(job_id)
    result = (await found(db, job_id)).result
    assert result is not None and 400 <= result.steps < 3000


async def test_86_a_picture_that_ends_by_itself_costs_the_steps_that_were_made(
    engine_harness: EngineHarness,
) -> None:
    db = engine_harness.db
    before = await credits(db)
    job_id = await ask(db, request=DrawRequest(prompt="кот", steps=3000, enough="auto"))
    assert (await found(db, job_id)).price == 10
    async with engine_harness.engine(TinyPipeline(steps=3000, stops_at=600)):
        job = await engine_harness.ended(job_id)
    assert job.state == "done" and job.result is not None and job.result.steps == 600
    assert Notice("notice-enough", {"step": 600, "steps": 3000}) in job.notices
    assert job.price == 2 and await credits(db) == before - 2
