"""An engine that is told to stop ends in time, however long a step takes, and loses little."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.worker.faults import PaintingStuck
from engine.worker.files.saved_latents import SaveIntervals
from engine.worker.intervals import Intervals
from store import jobs
from tests.fixtures.engine import EngineHarness, Gate, TinyPipeline, reached
from tests.fixtures.store import ask, found, opened, sql, url

IMPATIENT = Intervals(
    0.02, 0.02, 0.05, 0.05, stop_grace=0.1, save=SaveIntervals(steps=100, keep_s=0)
)
ENGINE = """
import sys
from engine.__main__ import main
from tests.fixtures.engine import TinyPipeline


def slow(number):
    if number == 3:
        print("slow", flush=True)
        import time
        time.sleep({seconds})

sys.exit(main(["serve"], TinyPipeline(seconds=0.5, before=slow).pipeline()))
"""


async def stuck_at(harness: EngineHarness, gate: Gate, pipeline: TinyPipeline) -> None:
    """Stop an engine while it is in the step of the gate."""
    with pytest.raises(PaintingStuck):
        async with harness.engine(pipeline, IMPATIENT) as stop:
            await reached(gate)
            stop.set()


async def test_a_step_in_flight_is_abandoned_and_the_latent_before_it_is_kept(
    engine_harness: EngineHarness,
) -> None:
    job_id, gate = await ask(engine_harness.db), Gate(5)
    await stuck_at(engine_harness, gate, TinyPipeline(before=gate))
    job = await found(engine_harness.db, job_id)
    assert (job.state, job.attempt, job.saved_step, job.token) == ("queued", 0, 4, None)
    assert job.latent and engine_harness.files.exists(job.latent)
    assert await sql(engine_harness.db, "SELECT * FROM engines") == []
    before = engine_harness.kept(job_id)
    gate.opened.set()  # the abandoned thread ends its step, and writes nothing
    await asyncio.sleep(0.3)
    assert engine_harness.kept(job_id) == before
    again = TinyPipeline()
    async with engine_harness.engine(again):
        assert (await engine_harness.ended(job_id)).state == "done"
    assert again.painted == list(range(4, 13))


async def test_a_stop_while_the_film_is_made_keeps_the_last_step(
    engine_harness: EngineHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id, gate = await ask(engine_harness.db), Gate(0)

    def slow(frames: object, seconds: float) -> dict[str, bytes]:
        gate(0)
        return {}

    with monkeypatch.context() as patched:
        patched.setattr("engine.worker.job_painter.animations", slow)
        await stuck_at(engine_harness, gate, TinyPipeline())
    gate.opened.set()
    assert (await found(engine_harness.db, job_id)).saved_step == 12
    again = TinyPipeline()
    async with engine_harness.engine(again):
        assert (await engine_harness.ended(job_id)).state == "done"
    assert again.painted == [12]


async def test_a_cancelled_painting_that_does_not_stop_is_cancelled_at_the_stop(
    engine_harness: EngineHarness,
) -> None:
    job_id, gate = await ask(engine_harness.db), Gate(5)
    with pytest.raises(PaintingStuck):
        async with engine_harness.engine(TinyPipeline(before=gate), IMPATIENT) as stop:
            await reached(gate)
            await jobs.cancel(engine_harness.db, user_id=1)
            await asyncio.sleep(0.1)
            stop.set()
    gate.opened.set()
    assert (await found(engine_harness.db, job_id)).state == "cancelled"


@pytest.mark.thorough
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_an_engine_process_ends_within_eight_seconds_in_a_step_of_twenty_five(
    tmp_path: Path, number: signal.Signals
) -> None:
    async with opened(tmp_path) as db:
        job_id = await ask(db)
        environment = {"MAZOK_DATABASE": url(tmp_path / "mazok.db"), "MAZOK_FILES": str(tmp_path)}
        engine = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", ENGINE.format(seconds=25)),
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
        )
        assert engine.stdout
        async with asyncio.timeout(60):
            await engine.stdout.readline()
        engine.send_signal(number)
        told = time.monotonic()
        code = await asyncio.wait_for(engine.wait(), 20)
        assert time.monotonic() - told < 8
        assert code == (130 if number is signal.SIGINT else 0)
        job = await found(db, job_id)
        assert (job.state, job.saved_step) == ("queued", 2)
