"""A fault of the engine costs no job anything; a fault of the job costs nobody else anything."""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from engine.errors import EngineError
from engine.worker.faults import DeviceLost, EngineHealth
from engine.worker.worker import serve
from store import jobs
from store.jobs import engines
from store.model import MAX_ENGINE_FAULTS, Notice
from store.request.request import DrawRequest
from tests.fixtures.engine import QUICK, EngineHarness, Gate, TinyPipeline, reached
from tests.fixtures.outage import full_disk
from tests.fixtures.store import ask, claimed, credits, found, sql

LOST = RuntimeError("CUDA error: unspecified launch failure")
RECOVERING = replace(QUICK, fault_pauses=(0.05, 0.1))


def raising(error: Exception) -> Callable[[int], None]:
    def fails(number: int) -> None:
        raise error

    return fails


async def alerts(harness: EngineHarness) -> list[tuple[str, int]]:
    return await sql(harness.db, "SELECT kind, count FROM alerts ORDER BY id")


SLOW = pytest.mark.thorough


@pytest.mark.parametrize(
    "error",
    [
        LOST,
        pytest.param(MemoryError(), marks=SLOW),
        pytest.param(RuntimeError("boom"), marks=SLOW),
        pytest.param(EngineError("model-unreadable", name="a"), marks=SLOW),
    ],
)
async def test_57_of_twenty_jobs_none_fails_by_a_broken_engine_beside_a_healthy_one(
    engine_harness: EngineHarness, error: Exception
) -> None:
    job_ids = [await ask(engine_harness.db, user=user) for user in range(1, 21)]
    broken = TinyPipeline(before=raising(error))
    async with engine_harness.engine(broken, replace(QUICK, fault_pauses=(60.0,))):
        # The broken one is alone until it has met its first job.
        async with asyncio.timeout(20):
            while not await alerts(engine_harness):
                await asyncio.sleep(0.02)
        async with engine_harness.engine(TinyPipeline(steps=2)):
            ended = [await engine_harness.ended(job_id) for job_id in job_ids]
    assert {job.state for job in ended} == {"done"}
    assert {job.attempt for job in ended} == {1}
    [(kind, count)] = await alerts(engine_harness)
    assert kind.startswith("engine-fault") and count == 1


async def test_an_engine_comes_back_by_itself(engine_harness: EngineHarness) -> None:
    sick = [RuntimeError("boom")]

    def fails(number: int) -> None:
        if sick:
            raise sick[0]

    job_id = await ask(engine_harness.db)
    async with engine_harness.engine(TinyPipeline(before=fails), RECOVERING):
        job = await engine_harness.until(job_id, lambda job: job.engine_faults)
        assert (job.state, job.attempt) == ("queued", 0)
        await asyncio.sleep(0.3)
        assert await engines.alive_engines(engine_harness.db) == []
        assert (await found(engine_harness.db, job_id)).state == "queued"
        sick.clear()
        assert (await engine_harness.ended(job_id)).state == "done"
        assert len(await engines.alive_engines(engine_harness.db)) == 1
    kinds = [kind.partition(":")[0] for kind, _ in await alerts(engine_harness)]
    assert kinds == ["engine-fault", "engine-back"]


async def test_a_job_that_fails_on_a_healthy_engine_has_three_attempts(
    engine_harness: EngineHarness,
) -> None:
    """Painting it fails at a step that the engine's check does not reach."""
    job_id = await ask(engine_harness.db, user=1)
    before = await credits(engine_harness.db, user=1)

    def fails(number: int) -> None:
        if number == 5:
            raise RuntimeError("boom")

    async with engine_harness.engine(TinyPipeline(before=fails), RECOVERING):
        for _ in range(2):
            await engine_harness.until(job_id, lambda job: job.error)
            await sql(engine_harness.db, "UPDATE jobs SET not_before_ms = 0, error = NULL")
        job = await engine_harness.ended(job_id)
    assert (job.state, job.attempt, job.engine_faults) == ("failed", 3, 0)
    assert await credits(engine_harness.db, user=1) == before + 1
    assert await alerts(engine_harness) == [("failed:engine-failed", 1)]


async def test_an_engine_that_fails_its_rehearsal_claims_no_job(
    engine_harness: EngineHarness,
) -> None:
    job_id = await ask(engine_harness.db)
    sick: list[Exception] = [RuntimeError("boom")]

    def fails(number: int) -> None:
        if sick:
            raise sick[0]

    stop = asyncio.Event()
    running = asyncio.create_task(
        serve(
            engine_harness.db,
            engine_harness.files,
            engine_harness.settings,
            stop,
            pipeline=TinyPipeline(before=fails, steps=2).pipeline(),
            intervals=RECOVERING,
            rehearse=True,
        )
    )
    async with asyncio.timeout(20):
        while not await alerts(engine_harness):
            await asyncio.sleep(0.02)
    assert await engines.alive_engines(engine_harness.db) == []
    job = await found(engine_harness.db, job_id)
    assert (job.state, job.attempt, job.engine_faults) == ("queued", 0, 0)
    sick.clear()
    assert (await engine_harness.ended(job_id)).state == "done"
    kinds = [kind.partition(":")[0] for kind, _ in await alerts(engine_harness)]
    assert kinds == ["engine-fault", "engine-back"]
    stop.set()
    await running


async def test_a_job_that_every_engine_fails_on_is_at_fault_itself(
    engine_harness: EngineHarness,
) -> None:
    job_id = await ask(engine_harness.db)
    before = await credits(engine_harness.db)
    error = jobs_notice()
    for faults in range(1, MAX_ENGINE_FAULTS):
        _, token = await claimed(engine_harness.db)
        assert await jobs.hand_back(engine_harness.db, job_id, token, error) == "queued"
        job = await found(engine_harness.db, job_id)
        assert (job.attempt, job.engine_faults) == (0, faults)
    _, token = await claimed(engine_harness.db)
    assert await jobs.hand_back(engine_harness.db, job_id, "stale", error) is None
    assert await jobs.hand_back(engine_harness.db, job_id, token, error) == "failed"
    assert await credits(engine_harness.db) == before + 1
    assert await alerts(engine_harness) == [("failed:model-missing", 1)]


async def test_progress_forgives_the_engines_faults(engine_harness: EngineHarness) -> None:
    job_id = await ask(engine_harness.db)
    for _ in range(2):
        _, token = await claimed(engine_harness.db)
        await jobs.hand_back(engine_harness.db, job_id, token, jobs_notice())
    _, token = await claimed(engine_harness.db)
    await jobs.beat(engine_harness.db, job_id, token, step=5, steps=9, saved=(5, "latent"))
    assert (await found(engine_harness.db, job_id)).engine_faults == 0


async def test_an_engine_on_which_different_jobs_fail_in_a_row_is_suspicious() -> None:
    async def well() -> None: ...

    health = EngineHealth(well, (0.0,))
    boom = RuntimeError("boom")
    assert not await health.is_engines_fault(1, boom)
    assert not await health.is_engines_fault(1, boom)
    assert await health.is_engines_fault(2, boom)
    health.painted()
    assert not await health.is_engines_fault(3, boom)


async def test_what_a_person_or_a_size_is_at_fault_for_is_not_the_engines() -> None:
    async def broken() -> None:
        raise LOST

    health = EngineHealth(broken, (0.0,))
    for error in (EngineError("picture-damaged", name="a"), EngineError("memory-short")):
        assert not await health.is_engines_fault(1, error)
    assert await health.is_engines_fault(1, EngineError("memory-out"))


async def test_the_pauses_grow_until_the_engine_is_well() -> None:
    sick = [LOST] * 3
    checks = 0

    async def check() -> None:
        nonlocal checks
        checks += 1
        if sick:
            raise sick.pop()

    async def still_lost() -> bool:
        return False

    health = EngineHealth(check, (0.01, 0.02, 0.03), still_lost)
    started = asyncio.get_running_loop().time()
    assert await health.wait_until_well(asyncio.Event())
    assert asyncio.get_running_loop().time() - started >= 0.01 + 0.02 + 0.03 + 0.03
    assert checks == 4


async def test_a_device_that_only_a_new_process_can_use_asks_for_one() -> None:
    async def lost() -> None:
        raise LOST

    async def well() -> bool:
        return True

    with pytest.raises(DeviceLost):
        await EngineHealth(lost, (0.0,), well).wait_until_well(asyncio.Event())


async def test_an_engine_at_fault_ends_at_the_stop(engine_harness: EngineHarness) -> None:
    job_id = await ask(engine_harness.db, request=DrawRequest("кот"))
    pauses = replace(QUICK, fault_pauses=(60.0,))
    async with engine_harness.engine(TinyPipeline(before=raising(LOST)), pauses):
        await engine_harness.until(job_id, lambda job: job.engine_faults)
    assert (await found(engine_harness.db, job_id)).state == "queued"


@pytest.mark.thorough
async def test_the_check_of_a_new_process_paints_with_the_real_models() -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "engine.check.painting")
    assert await process.wait() == 0


def jobs_notice() -> Notice:
    return EngineError("model-missing", name="ViT", path="data").notice


async def test_ten_minutes_of_full_disk_fail_no_job_and_lose_none(
    engine_harness: EngineHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk refuses as many writes as in ten minutes; the pauses between them are shorter."""
    disk = full_disk(monkeypatch)
    job_ids = [await ask(engine_harness.db, user=user) for user in range(1, 6)]
    gate = Gate(3)
    tiny = TinyPipeline(before=gate)
    async with engine_harness.engine(tiny, replace(QUICK, store_retry=0.005)):
        await reached(gate)
        disk.full = True
        gate.opened.set()
        async with asyncio.timeout(60):
            while disk.refused < 300:
                await asyncio.sleep(0.01)
        disk.full = False
        ended = [await engine_harness.ended(job_id) for job_id in job_ids]
    assert {(job.state, job.attempt, job.engine_faults) for job in ended} == {("done", 1, 0)}
    assert tiny.painted == [*range(13)] * 5
    assert await alerts(engine_harness) == []
