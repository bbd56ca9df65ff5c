"""An engine that paints several jobs at once, each with a lease, an end and a place of its own."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from threading import Barrier
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image

from engine.painting.batch.batch import Batch
from engine.painting.step import Step
from engine.pipeline import open_pipeline
from engine.worker.files.saved_latents import SaveIntervals
from engine.worker.files.waiting_files import WaitingFiles
from engine.worker.job_painter import JobPainter
from engine.worker.sheet_painter import SheetPainter
from engine.worker.worker import serve
from store import jobs
from store.model import Job, Result
from store.request.request import DrawRequest
from tests.fixtures.engine import QUICK, EngineHarness, Gate, TinyPipeline, reached
from tests.fixtures.store import ask, found, sql

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDE = DrawRequest("кот", size=(64, 32))


def running(job: Job) -> bool:
    return job.state == "running"


async def test_87_jobs_for_the_same_models_and_size_are_painted_at_once(
    engine_harness: EngineHarness,
) -> None:
    tiny = TinyPipeline(seconds=0.02, room=2)
    first, wide, alike = [
        await ask(engine_harness.db, user, request=request)
        for user, request in enumerate((DrawRequest("кот"), WIDE, DrawRequest("пёс")), start=1)
    ]
    async with engine_harness.engine(tiny):
        ended = [await engine_harness.ended(job) for job in (first, alike, wide)]
    assert [job.state for job in ended] == ["done"] * 3
    starts = [job.started_ms or 0 for job in ended]
    assert starts == sorted(starts)  # the one that is not like the first waited for both
    assert tiny.most_at_once == 2
    assert all(job.attempt == 1 for job in ended)


async def test_an_engine_without_room_paints_one_after_the_other(
    engine_harness: EngineHarness,
) -> None:
    tiny = TinyPipeline()
    both = [await ask(engine_harness.db, user) for user in (1, 2)]
    async with engine_harness.engine(tiny):
        for job in both:
            await engine_harness.ended(job)
    assert tiny.most_at_once == 1


async def test_one_that_comes_later_joins(engine_harness: EngineHarness) -> None:
    gate = Gate(3)
    tiny = TinyPipeline(before=gate, room=2)
    first = await ask(engine_harness.db)
    async with engine_harness.engine(tiny):
        await reached(gate)
        later = await ask(engine_harness.db, 2)
        await engine_harness.until(later, running)
        gate.opened.set()
        assert (await engine_harness.ended(first)).state == "done"
        assert (await engine_harness.ended(later)).state == "done"
    assert tiny.most_at_once == 2


async def test_87_a_cancelled_one_leaves_and_the_other_goes_on(
    engine_harness: EngineHarness,
) -> None:
    gate = Gate(3)
    both = [await ask(engine_harness.db, user) for user in (1, 2)]
    async with engine_harness.engine(TinyPipeline(before=gate, room=2)):
        for job in both:
            await engine_harness.until(job, running)
        await jobs.cancel(engine_harness.db, user_id=2)
        await asyncio.sleep(0.1)  # a heartbeat reads it
        gate.opened.set()
        ended = [await engine_harness.ended(job) for job in both]
    assert [job.state for job in ended] == ["done", "cancelled"]


async def test_a_lost_lease_stops_one_of_them(engine_harness: EngineHarness) -> None:
    gate = Gate(3)
    both = [await ask(engine_harness.db, user) for user in (1, 2)]
    async with engine_harness.engine(TinyPipeline(before=gate, room=2)):
        for job in both:
            await engine_harness.until(job, running)
        stolen = "UPDATE jobs SET token = 'another', worker = 'another' WHERE id = :id"
        await sql(engine_harness.db, stolen, id=both[1])
        await asyncio.sleep(0.1)
        gate.opened.set()
        assert (await engine_harness.ended(both[0])).state == "done"
    lost = await found(engine_harness.db, both[1])
    assert lost.state == "running" and lost.worker == "another" and lost.result is None


async def test_a_stopped_engine_gives_all_back_with_what_is_painted(
    engine_harness: EngineHarness,
) -> None:
    gate = Gate(6)
    both = [await ask(engine_harness.db, user) for user in (1, 2)]
    async with engine_harness.engine(TinyPipeline(before=gate, room=2)) as stop:
        await reached(gate)
        for job in both:
            await engine_harness.until(job, lambda job: job.step == 5)
        stop.set()
        await asyncio.sleep(0.1)
        gate.opened.set()
    for released in [await found(engine_harness.db, job) for job in both]:
        assert released.state == "queued"
        assert released.saved_step == 6 and released.attempt == 0
    tiny = TinyPipeline(room=2)
    async with engine_harness.engine(tiny):
        for job in both:
            assert (await engine_harness.ended(job)).state == "done"
    assert sorted(tiny.painted) == sorted([*range(6, 13)] * 2)


async def test_a_failure_is_that_of_the_job_whose_it_is(engine_harness: EngineHarness) -> None:
    """The engine paints on: it is asked whether it is well, beside the other painting."""
    calls: list[int] = []

    def fail_once(number: int) -> None:
        if number == 5:
            calls.append(number)
            if len(calls) == 1:
                raise ValueError("boom")

    both = [await ask(engine_harness.db, user) for user in (1, 2)]
    async with engine_harness.engine(TinyPipeline(before=fail_once, seconds=0.02, room=2)):
        first, second = [await engine_harness.ended(job) for job in both]
    assert first.state == second.state == "done"
    assert first.attempt + second.attempt == 3 and first.engine_faults == second.engine_faults == 0


async def painted(
    harness: EngineHarness, requests: Sequence[DrawRequest], batch: int
) -> list[tuple[Result, "NDArray[np.int64]"]]:
    """Let an engine with the pocket models paint these, so many at once."""
    settings = harness.settings.model_copy(update={"batch": batch, "precision": "fp32"})
    pipeline, everyone = open_pipeline(settings), Barrier(batch, timeout=20)

    def paint(*of: Any) -> Iterator[Step]:
        everyone.wait()
        yield from pipeline.paint(*of)

    together = replace(pipeline, paint=paint)
    jobs = [await ask(harness.db, user, request=r) for user, r in enumerate(requests, start=1)]
    stop = asyncio.Event()
    where = harness.db, harness.files, settings, stop
    engine = asyncio.create_task(serve(*where, pipeline=together, intervals=QUICK))
    ended = [await harness.ended(job) for job in jobs]
    stop.set()
    await engine
    results = [job.result for job in ended if job.result is not None]
    return [(result, pixels(harness.files.read(result.picture))) for result in results]


def pixels(data: bytes) -> "NDArray[np.int64]":
    with Image.open(BytesIO(data)) as picture:
        return np.asarray(picture.convert("RGB"), dtype=np.int64)


async def test_87_pictures_that_share_their_steps_are_those_of_each_alone(
    engine_harness: EngineHarness,
) -> None:
    small = DrawRequest("кот", size=(64, 64), steps=4, cutouts=4, init_noise="flat", seed=1)
    requests = [small, replace(small, prompt="sea", seed=2)]
    alone = await painted(engine_harness, requests, 1)
    together = await painted(engine_harness, requests, 2)
    for (one, expected), (other, picture) in zip(alone, together, strict=True):
        assert one.batch == 1 < other.batch
        assert abs(picture - expected).max() <= 1


async def test_every_painting_thread_keeps_to_the_number_of_the_settings(
    engine_harness: EngineHarness,
) -> None:
    usual, seen = torch.get_num_threads(), set[int]()
    limited = replace(engine_harness, settings=engine_harness.settings.model_copy())
    limited.settings.threads = 1
    both = [await ask(engine_harness.db, user) for user in (1, 2)]
    tiny = TinyPipeline(before=lambda number: seen.add(torch.get_num_threads()), room=2)
    try:
        async with limited.engine(tiny):
            for job in both:
                await limited.ended(job)
    finally:
        torch.set_num_threads(usual)
    assert seen == {1}


async def test_a_painting_that_fails_in_between_is_waited_for_by_nobody(
    engine_harness: EngineHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its error is kept, and with it what it was raised from."""
    batch, left = Batch(), list[int]()

    def paint(*of: Any) -> Iterator[Step]:
        try:
            with batch.member():
                yield from tiny.paint(*of)
        finally:
            left.append(batch._members)

    tiny = TinyPipeline()
    pipeline = replace(tiny.pipeline(), paint=paint)
    job = replace(await found(engine_harness.db, await ask(engine_harness.db)), token="t")
    for kind in (JobPainter, SheetPainter):
        request = replace(job.request, at_once=2 if kind is SheetPainter else None)
        files = WaitingFiles(engine_harness.files)
        painter = kind(job, request, pipeline, files, SaveIntervals())
        monkeypatch.setattr(painter, "_accept", _fail)
        with pytest.raises(ValueError, match="no space") as kept:
            painter.run()
        assert kept.value.__traceback__ is not None and left.pop() == 0


def _fail(*_: object) -> None:
    raise ValueError("no space")
