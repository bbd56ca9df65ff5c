"""The device paints the next picture while the files of the last one are made."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from engine.worker.faults import PaintingStuck
from engine.worker.files.saved_latents import SaveIntervals
from engine.worker.intervals import Intervals
from store import jobs
from store.database.database import Database
from store.model import Heartbeat, Job
from tests.fixtures.engine import QUICK, EngineHarness, Gate, TinyPipeline, reached
from tests.fixtures.store import ask, found, sql

ANIMATIONS = "engine.worker.job_painter.animations"


def painted(job: Job) -> bool:
    return job.step == 12


class SlowEncoder:
    """Makes the film of the first picture once its gate is opened, those of others at once."""

    def __init__(self, patch: pytest.MonkeyPatch, fails: BaseException | None = None) -> None:
        self.gate, self.films, self.fails = Gate(1), 0, fails
        patch.setattr(ANIMATIONS, self)

    def __call__(self, frames: object, seconds: float) -> tuple[dict[str, bytes], None]:
        self.films += 1
        first = self.films == 1
        self.gate(self.films)
        if first and self.fails:
            raise self.fails
        return {}, None


class Beats:
    """Counts the heartbeats of each job."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.beat, self.count = jobs.beat, Counter[int]()
        patch.setattr(jobs, "beat", self)

    async def __call__(self, db: Database, job_id: int, *of: Any, **named: Any) -> Heartbeat:
        answer = await self.beat(db, job_id, *of, **named)
        self.count[job_id] += 1
        return answer

    async def is_told(self, job_id: int) -> None:
        """Wait until one that began from now on has had its effect."""
        enough = self.count[job_id] + 3
        async with asyncio.timeout(20):
            while self.count[job_id] < enough:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def encoding(
    harness: EngineHarness,
    encoder: SlowEncoder,
    tiny: TinyPipeline | None = None,
    intervals: Intervals = QUICK,
) -> AsyncIterator[asyncio.Event]:
    """An engine that makes the first picture's film."""
    async with harness.engine(tiny or TinyPipeline(), intervals) as stop:
        try:
            await reached(encoder.gate)
            yield stop
        finally:
            encoder.gate.opened.set()


async def test_88_the_next_picture_is_painted_while_the_last_ones_film_is_made(
    engine_harness: EngineHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = [await ask(engine_harness.db, user) for user in (1, 2, 3)]
    encoder = SlowEncoder(monkeypatch)
    async with encoding(engine_harness, encoder):
        await engine_harness.until(second, painted)
        await asyncio.sleep(0.1)
        states = [(await found(engine_harness.db, job)).state for job in (first, second, third)]
        # It is done when its files are there; and the encoder is not left behind without end.
        assert states == ["running", "running", "queued"]
        encoder.gate.opened.set()
        ended = [await engine_harness.ended(job) for job in (first, second, third)]
    assert [(job.state, job.attempt) for job in ended] == [("done", 1)] * 3
    told = await sql(engine_harness.db, "SELECT job_id FROM outbox WHERE kind = 'picture'")
    assert sorted(told) == [(first,), (second,), (third,)]


async def test_the_lease_is_renewed_while_the_film_is_made(
    engine_harness: EngineHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await ask(engine_harness.db)
    lease = "SELECT lease_until_ms FROM jobs WHERE id = :id"
    beats = Beats(monkeypatch)
    async with encoding(engine_harness, SlowEncoder(monkeypatch)):
        second = await ask(engine_harness.db, 2)
        await engine_harness.until(second, painted)
        ((before,),) = await sql(engine_harness.db, lease, id=first)
        await beats.is_told(first)
        ((after,),) = await sql(engine_harness.db, lease, id=first)
    assert after > before and (await found(engine_harness.db, first)).attempt == 1


async def test_a_killed_engine_loses_no_step_of_a_picture_whose_film_is_made(
    engine_harness: EngineHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = [await ask(engine_harness.db, user) for user in (1, 2)]
    rare = Intervals(0.02, 0.02, 0.05, 0.05, save=SaveIntervals(steps=100, pause_s=0))
    async with encoding(engine_harness, SlowEncoder(monkeypatch), intervals=rare):
        job = await engine_harness.until(first, lambda job: job.saved_step == 12)
        assert job.latent and engine_harness.files.exists(job.latent)
        await engine_harness.until(second, painted)
    assert not [name for name in engine_harness.kept(first) if "latent" in name]


@pytest.mark.parametrize("how", ["cancelled", "lost"])
async def test_20_a_cancel_or_a_lost_lease_ends_a_job_whose_film_is_made(
    engine_harness: EngineHarness, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    first, second = [await ask(engine_harness.db, user) for user in (1, 2)]
    beats = Beats(monkeypatch)
    async with encoding(engine_harness, SlowEncoder(monkeypatch)):
        await engine_harness.until(second, painted)
        if how == "cancelled":
            await jobs.cancel(engine_harness.db, user_id=1)
        else:
            stolen = "UPDATE jobs SET token = 'another', worker = 'another' WHERE id = :id"
            await sql(engine_harness.db, stolen, id=first)
        await beats.is_told(first)
    job = await found(engine_harness.db, first)
    assert job.result is None and "picture.png" not in engine_harness.kept(first)
    assert job.state == ("cancelled" if how == "cancelled" else "running")
    assert (await found(engine_harness.db, second)).state == "done"


async def test_a_stop_finishes_what_is_encoded_and_gives_back_what_is_painted(
    engine_harness: EngineHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, encoder, step = await ask(engine_harness.db), SlowEncoder(monkeypatch), Gate(5)
    tiny = TinyPipeline(before=_from_the_second(step))
    patient = replace(QUICK, stop_grace=20.0)
    async with encoding(engine_harness, encoder, tiny, patient) as stop:
        second = await ask(engine_harness.db, 2)
        await reached(step)
        stop.set()
        await asyncio.sleep(0.1)  # the painting is told
        step.opened.set()
    assert (await found(engine_harness.db, first)).state == "done"
    released = await found(engine_harness.db, second)
    assert (released.state, released.attempt) == ("queued", 0)
    assert 5 <= (released.saved_step or 0) < 12


async def test_a_stop_gives_back_what_is_not_encoded_in_time(
    engine_harness: EngineHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [await ask(engine_harness.db, user) for user in (1, 2)]
    impatient = Intervals(0.02, 0.02, 0.05, 0.05, stop_grace=0.1)
    encoder = SlowEncoder(monkeypatch)
    with pytest.raises(PaintingStuck):
        async with engine_harness.engine(TinyPipeline(), impatient) as stop:
            await reached(encoder.gate)
            await engine_harness.until(both[1], painted)
            stop.set()
    encoder.gate.opened.set()
    for job in [await found(engine_harness.db, one) for one in both]:
        assert (job.state, job.saved_step, job.attempt) == ("queued", 12, 0)
    again = TinyPipeline()
    async with engine_harness.engine(again):
        for one in both:
            assert (await engine_harness.ended(one)).state == "done"
    assert again.painted == [12, 12]


async def test_a_job_whose_files_cannot_be_made_is_judged_when_the_device_is_free(
    engine_harness: EngineHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine checks itself then, as the painting thread has no time before."""
    first, step = await ask(engine_harness.db), Gate(5)
    encoder = SlowEncoder(monkeypatch, ValueError("boom"))
    tiny = TinyPipeline(before=_from_the_second(step))
    impatient = Intervals(0.02, 0.02, 0.05, 0.05, check=0.1)
    async with encoding(engine_harness, encoder, tiny, impatient):
        second = await ask(engine_harness.db, 2)
        await reached(step)
        encoder.gate.opened.set()
        await asyncio.sleep(0.3)
        assert (await found(engine_harness.db, first)).state == "running"
        step.opened.set()
        assert (await engine_harness.ended(second)).state == "done"
        job = await engine_harness.ended(first)
    assert (job.state, job.attempt, job.engine_faults) == ("done", 2, 0)


async def test_a_stop_does_not_wait_for_a_check_that_cannot_begin(
    engine_harness: EngineHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, step = await ask(engine_harness.db), Gate(5)
    encoder = SlowEncoder(monkeypatch, ValueError("boom"))
    tiny = TinyPipeline(before=_from_the_second(step))
    impatient = Intervals(0.02, 0.02, 0.05, 0.05, stop_grace=0.1)
    with pytest.raises(PaintingStuck):
        async with encoding(engine_harness, encoder, tiny, impatient) as stop:
            second = await ask(engine_harness.db, 2)
            await reached(step)
            encoder.gate.opened.set()
            await asyncio.sleep(0.2)
            stop.set()
    step.opened.set()
    states = [(await found(engine_harness.db, job)).state for job in (first, second)]
    assert states == ["queued", "queued"]


def _from_the_second(gate: Gate) -> Callable[[int], None]:
    """Hold the second painting at the gate, and none after it."""
    begun: list[int] = []

    def before(number: int) -> None:
        begun.extend([number] if number == 0 else [])
        if len(begun) == 2:
            gate(number)

    return before
