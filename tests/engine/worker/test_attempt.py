"""One attempt at a job: what it shows on the way, and every way in which it may end."""

import asyncio
import json
import logging
from pathlib import Path

import pytest
from PIL import Image

from engine.errors import EngineError
from engine.logs import JobFilter
from engine.worker.attempt import TIMED_OUT
from engine.worker.intervals import Intervals
from store import jobs
from store.model import Notice
from store.request.image_refs import ImageTarget
from store.request.request import DrawRequest
from tests.fixtures.engine import EngineHarness, Gate, TinyPipeline, reached
from tests.fixtures.image import png
from tests.fixtures.store import ask, credits, deliver_all, found, sql


async def test_a_job_becomes_a_picture_a_film_and_a_gif(engine_harness: EngineHarness) -> None:
    job_id = await ask(engine_harness.db)
    notes = (Notice("notice-size-rounded", {"width": 16, "height": 16}),)
    async with engine_harness.engine(TinyPipeline(notes=notes)):
        job = await engine_harness.ended(job_id)
    assert job.state == "done" and job.result and job.notices == notes
    assert (job.result.width, job.result.height, job.result.steps) == (16, 16, 12)
    assert job.result.seed == job.request.seed and job.result.loss == 0.0
    assert job.result.styles == ("latin", "cyrillic")  # its guides have open vocabularies
    assert engine_harness.files.read(job.result.animation)[4:8] == b"ftyp"
    assert engine_harness.files.read(job.result.gif)[:3] == b"GIF"
    with Image.open(engine_harness.folder / "files" / job.result.picture) as picture:
        assert picture.size == (16, 16) and picture.getpixel((0, 0)) == (255, 255, 255)
        picture.load()
        assert json.loads(getattr(picture, "text", {})["Mazok"])["prompt"] == "кот"
    with Image.open(engine_harness.folder / "files" / job.result.gif) as gif:
        assert getattr(gif, "n_frames", 1) == 13
    assert await deliver_all(engine_harness.db) == ["ack", "animation", "picture"]


async def test_a_finished_job_keeps_nothing_but_its_result(engine_harness: EngineHarness) -> None:
    job_id = await ask(engine_harness.db)
    async with engine_harness.engine(TinyPipeline(seconds=0.01)):
        await engine_harness.ended(job_id)
    assert engine_harness.kept(job_id) == ["animation.gif", "animation.mp4", "picture.png"]


async def test_a_painting_shows_how_far_it_is(engine_harness: EngineHarness) -> None:
    job_id = await ask(engine_harness.db)
    gate = Gate(5)
    async with engine_harness.engine(TinyPipeline(before=gate)):
        await reached(gate)
        job = await engine_harness.until(job_id, lambda job: job.step == 4)
        assert job.steps == 12
        assert job.loss == pytest.approx(1 - 3 / 12)  # a step late: a GPU is not waited for
        assert job.preview and engine_harness.files.read(job.preview)[:4] == b"\x89PNG"
        gate.opened.set()
        await engine_harness.ended(job_id)


async def test_the_lease_is_renewed_while_a_step_takes_longer_than_it(
    engine_harness: EngineHarness,
) -> None:
    job_id = await ask(engine_harness.db)
    gate = Gate(3)
    async with engine_harness.engine(
        TinyPipeline(before=gate), Intervals(0.02, 0.02, 0.05, 0.05, lease=0.4)
    ):
        await reached(gate)
        await asyncio.sleep(1.0)  # the reaper runs meanwhile
        gate.opened.set()
        job = await engine_harness.ended(job_id)
    assert job.state == "done" and job.attempt == 1


async def test_20_a_cancelled_job_stops_within_a_step_and_leaves_only_the_frame_it_got_to(
    engine_harness: EngineHarness,
) -> None:
    job_id = await ask(engine_harness.db)
    before = await credits(engine_harness.db)
    gate = Gate(3)
    tiny = TinyPipeline(before=gate)
    async with engine_harness.engine(tiny):
        await reached(gate)
        await jobs.cancel(engine_harness.db, user_id=1, job_id=job_id)
        await asyncio.sleep(0.2)
        gate.opened.set()
        job = await engine_harness.ended(job_id)
    assert job.state == "cancelled" and max(tiny.painted) <= 3
    assert job.preview and engine_harness.files.read(job.preview)[:4] == b"\x89PNG"
    assert engine_harness.kept(job_id) == [job.preview.rpartition("/")[2]]
    assert await credits(engine_harness.db) == before + 1


async def test_a_lost_lease_stops_the_painting_and_nothing_more_is_written(
    engine_harness: EngineHarness,
) -> None:
    job_id = await ask(engine_harness.db)
    gate = Gate(3)
    tiny = TinyPipeline(before=gate)
    async with engine_harness.engine(tiny):
        await reached(gate)
        await sql(engine_harness.db, "UPDATE jobs SET token = 'another', worker = 'another'")
        await asyncio.sleep(0.2)  # some heartbeats, which tell of it
        held = engine_harness.kept(job_id)
        gate.opened.set()
        await asyncio.sleep(0.3)
        assert engine_harness.kept(job_id) == held
    job = await found(engine_harness.db, job_id)
    assert job.state == "running" and job.token == "another"
    assert max(tiny.painted) == 3


async def test_what_the_engine_refuses_is_told_at_once(engine_harness: EngineHarness) -> None:
    job_id = await ask(engine_harness.db)
    before = await credits(engine_harness.db)

    def refuses(number: int) -> None:
        raise EngineError("memory-short", width=16, path=Path("data"))

    async with engine_harness.engine(TinyPipeline(before=refuses)):
        job = await engine_harness.ended(job_id)
    assert job.state == "failed" and job.attempt == 1
    assert job.error == Notice("memory-short", {"width": 16, "path": "data"})
    assert await credits(engine_harness.db) == before + 1


async def test_a_job_is_painted_from_the_pictures_that_the_store_keeps(
    engine_harness: EngineHarness,
) -> None:
    for name, colour in (("init", "red"), ("target", "lime"), ("style", "blue")):
        engine_harness.files.write(f"inbox/1/{name}.png", png(colour, (32, 8)))
    request = DrawRequest(
        "кот",
        init="inbox/1/init.png",
        targets=(ImageTarget("inbox/1/target.png", -1),),
        style="inbox/1/style.png",
    )
    tiny = TinyPipeline()
    job_id = await ask(engine_harness.db, request=request)
    async with engine_harness.engine(tiny):
        job = await engine_harness.ended(job_id)
    assert job.state == "done" and job.result
    assert [one.mean((0, 2, 3)).tolist() for one in tiny.seen] == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert (job.result.width, job.result.height) == (32, 16)  # the init's shape
    with Image.open(engine_harness.folder / "files" / job.result.picture) as picture:
        picture.load()
        told = json.loads(getattr(picture, "text", {})["Mazok"])
    assert told["init"] == "init.png" and len(told["pictures"]) == 3


@pytest.mark.parametrize(
    ("data", "key"), [(None, "picture-gone"), (b"<html>", "picture-page"), (b"", "picture-empty")]
)
async def test_a_picture_that_cannot_be_had_ends_the_job_once_and_gives_the_credit_back(
    engine_harness: EngineHarness, data: bytes | None, key: str
) -> None:
    if data is not None:
        engine_harness.files.write("inbox/1/init.jpg", data)
    job_id = await ask(engine_harness.db, request=DrawRequest("кот", init="inbox/1/init.jpg"))
    before = await credits(engine_harness.db)
    tiny = TinyPipeline()
    async with engine_harness.engine(tiny):
        job = await engine_harness.ended(job_id)
    assert job.state == "failed" and job.attempt == 1 and tiny.painted == []
    assert job.error == Notice(key, {"name": "init.jpg"})
    assert await credits(engine_harness.db) == before + 1


async def test_other_errors_are_tried_again_and_logged_with_the_job(
    engine_harness: EngineHarness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.addFilter(JobFilter())
    caplog.handler.setFormatter(logging.Formatter("%(job)s%(message)s"))
    job_id = await ask(engine_harness.db)

    def broken(number: int) -> None:
        if number < 5:
            return
        logging.getLogger("a.library").warning("something odd")
        raise RuntimeError("boom")

    with caplog.at_level(logging.INFO):
        async with engine_harness.engine(TinyPipeline(before=broken)):
            for _ in range(2):
                await engine_harness.until(job_id, lambda job: job.error)
                await sql(engine_harness.db, "UPDATE jobs SET not_before_ms = 0, error = NULL")
            job = await engine_harness.ended(job_id)
    assert job.state == "failed" and job.attempt == 3
    assert caplog.text.count("RuntimeError: boom") == 3
    assert f"job {job_id}: something odd" in caplog.text
    assert f"job {job_id}: attempt 1\n" in caplog.text


async def test_a_job_over_the_time_limit_is_given_up(engine_harness: EngineHarness) -> None:
    job_id = await ask(engine_harness.db)
    limited = engine_harness.settings.model_copy(update={"job_minutes": 0.2 / 60})
    async with EngineHarness(
        engine_harness.db, engine_harness.files, engine_harness.folder, limited
    ).engine(TinyPipeline(seconds=0.05)):
        job = await engine_harness.ended(job_id)
    assert job.state == "failed" and job.error == TIMED_OUT
