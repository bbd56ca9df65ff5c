"""The engine's log: one line for what has to be expected, and never what people wrote."""

import asyncio
import errno
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    ProgrammingError,
    TimeoutError,
)

from engine.errors import EngineError
from engine.logs import log_error
from store.request.request import DrawRequest
from tests.fixtures.engine import EngineHarness, Gate, TinyPipeline, open_engine_harness, reached
from tests.fixtures.outage import full_disk
from tests.fixtures.store import ask, sql

SECRET = "тайное желание"
HANDED_BACK = "handed back, as this engine is at fault"


@pytest.fixture
async def engine_harness(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[EngineHarness]:
    caplog.set_level(logging.INFO)
    async with open_engine_harness(tmp_path) as engine_harness:
        yield engine_harness


def _complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was said of trouble; no line of the log may hold the prompt or a traceback."""
    assert SECRET not in caplog.text and "Traceback" not in caplog.text
    return [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (EngineError("memory-out"), "failed: The memory ran out"),
        (EngineError("model-missing", name="ViT", path="x"), f"{HANDED_BACK}: The model “ViT” is"),
        (OSError(errno.ENOSPC, "No space left on device"), f"{HANDED_BACK}: [Errno 28] No space"),
    ],
)
async def test_a_foreseen_failure_is_one_line(
    engine_harness: EngineHarness, caplog: pytest.LogCaptureFixture, error: Exception, line: str
) -> None:
    def fails(number: int) -> None:
        if number == 5:  # after what the engine's check paints
            raise error

    job_id = await ask(engine_harness.db, request=DrawRequest(SECRET))
    async with engine_harness.engine(TinyPipeline(before=fails)):
        await engine_harness.until(job_id, lambda job: job.error or job.engine_faults)
    assert _complaints(caplog)[0].startswith(line)


async def test_a_picture_that_cannot_be_read_is_one_line(
    engine_harness: EngineHarness, caplog: pytest.LogCaptureFixture
) -> None:
    engine_harness.files.write("inbox/1/init.jpg", b"\xff\xd8\xff half a picture")
    job_id = await ask(engine_harness.db, request=DrawRequest(SECRET, init="inbox/1/init.jpg"))
    async with engine_harness.engine(TinyPipeline()):
        await engine_harness.ended(job_id)
    [said] = _complaints(caplog)
    assert said.startswith("failed: ") and "init.jpg" in said


async def test_a_request_that_cannot_be_painted_is_one_line_without_its_words(
    engine_harness: EngineHarness, caplog: pytest.LogCaptureFixture
) -> None:
    job_id = await ask(engine_harness.db)
    broken = f'{{"prompt": "{SECRET}:9999999"}}'
    await sql(
        engine_harness.db, "UPDATE jobs SET request = :broken, prompt = :broken", broken=broken
    )
    async with engine_harness.engine(TinyPipeline()):
        await engine_harness.ended(job_id)
    assert _complaints(caplog) == ["its request cannot be painted: request-weight-too-large"]


async def test_a_latent_that_is_lost_or_damaged_is_one_line_and_painting_starts_anew(
    engine_harness: EngineHarness, caplog: pytest.LogCaptureFixture
) -> None:
    engine_harness.files.write("jobs/1/latent-5.safetensors", b"not a latent")
    for latent in ("latent-5.safetensors", "latent-6.safetensors"):
        job_id = await ask(engine_harness.db, request=DrawRequest(SECRET))
        await sql(
            engine_harness.db,
            "UPDATE jobs SET latent = :latent, saved_step = 5 WHERE id = :job",
            latent=f"jobs/1/{latent}",
            job=job_id,
        )
        tiny = TinyPipeline()
        async with engine_harness.engine(tiny):
            assert (await engine_harness.ended(job_id)).state == "done"
        assert tiny.painted == [*range(13)]
    first, second = _complaints(caplog)
    assert first.startswith("painting starts anew") and second.startswith("painting starts anew")


async def test_an_outage_of_the_store_is_one_line(
    engine_harness: EngineHarness, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = full_disk(monkeypatch)
    gate = Gate(3)
    job_id = await ask(engine_harness.db, request=DrawRequest(SECRET))
    async with engine_harness.engine(TinyPipeline(before=gate)):
        await reached(gate)
        disk.full, disk.message = True, "the disk\nis full"
        gate.opened.set()
        async with asyncio.timeout(20):
            while disk.refused < 20:
                await asyncio.sleep(0.02)
        disk.full = False
        assert (await engine_harness.ended(job_id)).state == "done"
    said = _complaints(caplog)
    assert len(said) == 2 and all("cannot be used, so everything waits" in line for line in said)
    assert any(line.endswith(": the disk is full") for line in said)
    assert any(line.endswith("No space left on device") for line in said)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (DBAPIError("SELECT 1", {}, Exception("the server is starting up")), "is starting up"),
        (InterfaceError("SELECT 1", {}, Exception("it is closed"), False, True), "it is closed"),
        (TimeoutError("QueuePool limit of size 5"), "every connection is in use"),
        (ConnectionRefusedError(111, "Connection refused"), "[Errno 111] Connection refused"),
    ],
)
def test_a_database_that_is_away_shows_it_in_many_ways(
    caplog: pytest.LogCaptureFixture, error: Exception, line: str
) -> None:
    log_error(logging.getLogger("engine"), logging.ERROR, "failed", error)
    [said] = _complaints(caplog)
    assert said.startswith("failed: ") and said.endswith(line)


@pytest.mark.parametrize(
    "bug",
    [
        lambda: KeyError("codebook"),
        lambda: InterfaceError("SELECT 1", {}, Exception("not a number")),
        lambda: ProgrammingError("SELECT 1", {}, Exception("no such column")),
    ],
)
def test_what_nobody_foresaw_brings_its_traceback(
    caplog: pytest.LogCaptureFixture, bug: Callable[[], Exception]
) -> None:
    try:
        raise bug()
    except Exception as error:
        log_error(logging.getLogger("engine"), logging.ERROR, "failed", error)
    assert "Traceback" in caplog.text and type(bug()).__name__ in caplog.text
