"""A job outlives its engine: it goes on from the newest latent, with the frames painted before."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from engine.worker.files.saved_latents import SaveIntervals
from store import jobs
from store.jobs import engines
from store.model import Notice
from tests.fixtures.engine import QUICK, EngineHarness, Gate, TinyPipeline, reached
from tests.fixtures.store import ask, claimed, found, sql, url

ROOT = Path(__file__).parents[3]
ENGINE = """
import sys
from engine.__main__ import main
from tests.fixtures.engine import TinyPipeline
sys.exit(main(["serve"], TinyPipeline(steps=4000, seconds=0.05).pipeline()))
"""


async def test_a_stopped_engine_gives_its_job_back_with_what_it_has_painted(
    engine_harness: EngineHarness,
) -> None:
    job_id = await ask(engine_harness.db)
    gate = Gate(6)
    async with engine_harness.engine(TinyPipeline(before=gate)) as stop:
        await reached(gate)
        stop.set()
        await asyncio.sleep(0.1)
        gate.opened.set()
    job = await found(engine_harness.db, job_id)
    assert job.state == "queued" and job.saved_step == 6 and job.attempt == 0
    assert await engines.alive_engines(engine_harness.db) == []

    tiny = TinyPipeline()
    async with engine_harness.engine(tiny):
        job = await engine_harness.ended(job_id)
    assert job.state == "done" and tiny.painted == [*range(6, 13)]
    assert job.result
    with Image.open(engine_harness.folder / "files" / job.result.gif) as gif:
        assert getattr(gif, "n_frames", 1) == 13  # as if it had never been interrupted
    assert engine_harness.kept(job_id) == ["animation.gif", "animation.mp4", "picture.png"]


async def test_a_crashed_job_goes_on_from_its_newest_latent(
    engine_harness: EngineHarness,
) -> None:
    always = replace(QUICK, save=SaveIntervals(seconds=0.0))
    job_id = await ask(engine_harness.db)

    def broken(number: int) -> None:
        if number == 8:
            time.sleep(0.3)  # long enough for a beat to name the latent of step 7
            raise RuntimeError("boom")

    async with engine_harness.engine(TinyPipeline(before=broken), always):
        job = await engine_harness.until(job_id, lambda job: job.error is not None)
    assert job.state == "queued" and job.saved_step == 7 and job.error == Notice("engine-failed")
    assert [name for name in engine_harness.kept(job_id) if "latent" in name] == [
        "latent-7.safetensors"
    ]
    await sql(engine_harness.db, "UPDATE jobs SET not_before_ms = 0")
    tiny = TinyPipeline()
    async with engine_harness.engine(tiny):
        await engine_harness.ended(job_id)
    assert tiny.painted == [*range(7, 13)]


async def _left_midway(engine_harness: EngineHarness, latent: bytes) -> int:
    """A job that an engine has given back after five steps."""
    job_id = await ask(engine_harness.db)
    _, token = await claimed(engine_harness.db)
    key = f"jobs/{job_id}/latent-5.safetensors"
    engine_harness.files.write(key, latent)
    await jobs.beat(engine_harness.db, job_id, token, step=5, steps=12, saved=(5, key))
    await jobs.release(engine_harness.db, job_id, token)
    return job_id


async def test_a_damaged_latent_means_starting_anew(engine_harness: EngineHarness) -> None:
    job_id = await _left_midway(engine_harness, b"not a latent")
    tiny = TinyPipeline()
    async with engine_harness.engine(tiny):
        job = await engine_harness.ended(job_id)
    assert job.state == "done" and tiny.painted == [*range(13)]


async def test_the_last_attempt_does_not_trust_the_latent(engine_harness: EngineHarness) -> None:
    job_id = await _left_midway(engine_harness, b"")
    await sql(engine_harness.db, "UPDATE jobs SET attempt = 2")
    tiny = TinyPipeline()
    async with engine_harness.engine(tiny):
        assert (await engine_harness.ended(job_id)).state == "done"
    assert tiny.painted[0] == 0


async def test_jobs_of_dead_engines_are_taken_back(engine_harness: EngineHarness) -> None:
    job_id = await ask(engine_harness.db)
    await claimed(engine_harness.db, lease_s=0.0)
    async with engine_harness.engine(TinyPipeline()):
        job = await engine_harness.ended(job_id)
    assert job.state == "done" and job.attempt == 2


@contextmanager
def _engine(engine_harness: EngineHarness) -> Iterator["subprocess.Popen[bytes]"]:
    """A process of its own, which outlives no test."""
    environment = {
        **os.environ,
        "MAZOK_DATABASE": url(engine_harness.folder / "mazok.db"),
        "MAZOK_FILES": str(engine_harness.folder / "files"),
    }
    command = [sys.executable, "-c", ENGINE]
    with subprocess.Popen(command, cwd=ROOT, env=environment) as engine:
        try:
            yield engine
        finally:
            engine.kill()


@pytest.mark.chaos
async def test_a_signal_ends_an_engine_within_a_step_and_gives_its_job_back(
    engine_harness: EngineHarness,
) -> None:
    """Two engines at once, one signal each: to start one takes seconds."""
    job_ids = [await ask(engine_harness.db) for _ in range(2)]
    with _engine(engine_harness) as first, _engine(engine_harness) as second:
        painting = [await engine_harness.until(one, lambda job: job.step > 3) for one in job_ids]
        assert len({job.worker for job in painting}) == 2
        second.send_signal(signal.SIGINT)
        first.send_signal(signal.SIGTERM)
        codes = [await asyncio.to_thread(engine.wait, 20) for engine in (first, second)]
    assert codes == [0, 130]
    for job_id in job_ids:
        job = await found(engine_harness.db, job_id)
        assert job.state == "queued" and job.attempt == 0
        assert job.saved_step and job.latent and engine_harness.files.exists(job.latent)
