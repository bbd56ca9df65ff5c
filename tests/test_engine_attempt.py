"""One attempt at a job: what it shows on the way, and every way in which it may end."""

import asyncio
import json
import logging
from pathlib import Path

import pytest
from PIL import Image

from engine.attempt import TOO_SLOW
from engine.errors import EngineError
from engine.journal import JobFilter
from engine.pace import Pace
from store import jobs
from store.jobs import Notice
from store.request import DrawRequest
from store.sources import Target
from tests.engine_fixtures import Gate, House, TinyStudio, reached
from tests.image_fixtures import png
from tests.store_fixtures import ask, credits, deliver_all, found, sql


async def test_a_job_becomes_a_picture_a_film_and_a_gif(house: House) -> None:
    job_id = await ask(house.db)
    notes = (Notice("notice-size-rounded", {"width": 16, "height": 16}),)
    async with house.engine(TinyStudio(notes=notes)):
        job = await house.ended(job_id)
    assert job.state == "done" and job.result and job.notices == notes
    assert (job.result.width, job.result.height, job.result.steps) == (16, 16, 12)
    assert job.result.seed == job.request.seed and job.result.loss == 0.0
    assert house.files.read(job.result.animation)[4:8] == b"ftyp"
    assert house.files.read(job.result.gif)[:3] == b"GIF"
    with Image.open(house.folder / "files" / job.result.picture) as picture:
        assert picture.size == (16, 16) and picture.getpixel((0, 0)) == (255, 255, 255)
        picture.load()
        assert json.loads(getattr(picture, "text", {})["Mazok"])["prompt"] == "кот"
    with Image.open(house.folder / "files" / job.result.gif) as gif:
        assert getattr(gif, "n_frames", 1) == 13
    assert await deliver_all(house.db) == ["ack", "animation", "slot", "picture"]


async def test_a_finished_job_keeps_nothing_but_its_result(house: House) -> None:
    job_id = await ask(house.db)
    async with house.engine(TinyStudio(seconds=0.01)):
        await house.ended(job_id)
    assert house.kept(job_id) == ["animation.gif", "animation.mp4", "picture.png"]


async def test_a_painting_shows_how_far_it_is(house: House) -> None:
    job_id = await ask(house.db)
    gate = Gate(5)
    async with house.engine(TinyStudio(before=gate)):
        await reached(gate)
        job = await house.until(job_id, lambda job: job.step == 4)
        assert job.steps == 12 and job.loss == pytest.approx(1 - 4 / 12)
        assert job.preview and house.files.read(job.preview)[:4] == b"\x89PNG"
        gate.opened.set()
        await house.ended(job_id)


async def test_the_lease_is_renewed_while_a_step_takes_longer_than_it(house: House) -> None:
    job_id = await ask(house.db)
    gate = Gate(3)
    async with house.engine(TinyStudio(before=gate), Pace(0.02, 0.02, 0.05, 0.05, lease=0.4)):
        await reached(gate)
        await asyncio.sleep(1.0)  # the reaper runs meanwhile
        gate.opened.set()
        job = await house.ended(job_id)
    assert job.state == "done" and job.attempt == 1


async def test_20_a_cancelled_job_stops_within_a_step_and_leaves_only_the_frame_it_got_to(
    house: House,
) -> None:
    job_id = await ask(house.db)
    before = await credits(house.db)
    gate = Gate(3)
    tiny = TinyStudio(before=gate)
    async with house.engine(tiny):
        await reached(gate)
        await jobs.cancel(house.db, user_id=1, job_id=job_id)
        await asyncio.sleep(0.2)
        gate.opened.set()
        job = await house.ended(job_id)
    assert job.state == "cancelled" and max(tiny.painted) <= 3
    assert job.preview and house.files.read(job.preview)[:4] == b"\x89PNG"
    assert house.kept(job_id) == [job.preview.rpartition("/")[2]]
    assert await credits(house.db) == before + 1


async def test_a_lost_lease_stops_the_painting_and_nothing_more_is_written(house: House) -> None:
    job_id = await ask(house.db)
    gate = Gate(3)
    tiny = TinyStudio(before=gate)
    async with house.engine(tiny):
        await reached(gate)
        held = house.kept(job_id)
        await sql(house.db, "UPDATE jobs SET token = 'another', worker = 'another'")
        await asyncio.sleep(0.2)
        gate.opened.set()
        await asyncio.sleep(0.3)
        assert house.kept(job_id) == held
    job = await found(house.db, job_id)
    assert job.state == "running" and job.token == "another"
    assert max(tiny.painted) == 3


async def test_what_the_engine_refuses_is_told_at_once(house: House) -> None:
    job_id = await ask(house.db)
    before = await credits(house.db)

    def refuses(number: int) -> None:
        raise EngineError("model-missing", name="ViT", path=Path("data"))

    async with house.engine(TinyStudio(before=refuses)):
        job = await house.ended(job_id)
    assert job.state == "failed" and job.attempt == 1
    assert job.error == Notice("model-missing", {"name": "ViT", "path": "data"})
    assert await credits(house.db) == before + 1


async def test_a_job_is_painted_from_the_pictures_that_the_store_keeps(house: House) -> None:
    for name, colour in (("init", "red"), ("target", "lime"), ("style", "blue")):
        house.files.write(f"inbox/1/{name}.png", png(colour, (32, 8)))
    request = DrawRequest(
        "кот",
        init="inbox/1/init.png",
        targets=(Target("inbox/1/target.png", -1),),
        style="inbox/1/style.png",
    )
    tiny = TinyStudio()
    job_id = await ask(house.db, request=request)
    async with house.engine(tiny):
        job = await house.ended(job_id)
    assert job.state == "done" and job.result
    assert [one.mean((0, 2, 3)).tolist() for one in tiny.seen] == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert (job.result.width, job.result.height) == (32, 16)  # the init's shape
    with Image.open(house.folder / "files" / job.result.picture) as picture:
        picture.load()
        told = json.loads(getattr(picture, "text", {})["Mazok"])
    assert told["init"] == "init.png" and len(told["pictures"]) == 3


@pytest.mark.parametrize(
    ("data", "key"), [(None, "picture-gone"), (b"<html>", "picture-page"), (b"", "picture-empty")]
)
async def test_a_picture_that_cannot_be_had_ends_the_job_once_and_gives_the_credit_back(
    house: House, data: bytes | None, key: str
) -> None:
    if data is not None:
        house.files.write("inbox/1/init.jpg", data)
    job_id = await ask(house.db, request=DrawRequest("кот", init="inbox/1/init.jpg"))
    before = await credits(house.db)
    tiny = TinyStudio()
    async with house.engine(tiny):
        job = await house.ended(job_id)
    assert job.state == "failed" and job.attempt == 1 and tiny.painted == []
    assert job.error == Notice(key, {"name": "init.jpg"})
    assert await credits(house.db) == before + 1


async def test_other_errors_are_tried_again_and_logged_with_the_job(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.addFilter(JobFilter())
    caplog.handler.setFormatter(logging.Formatter("%(job)s%(message)s"))
    job_id = await ask(house.db)

    def broken(number: int) -> None:
        logging.getLogger("a.library").warning("something odd")
        raise RuntimeError("boom")

    with caplog.at_level(logging.INFO):
        async with house.engine(TinyStudio(before=broken)):
            for _ in range(2):
                await house.until(job_id, lambda job: job.error)
                await sql(house.db, "UPDATE jobs SET not_before_ms = 0, error = NULL")
            job = await house.ended(job_id)
    assert job.state == "failed" and job.attempt == 3
    assert caplog.text.count("RuntimeError: boom") == 3
    assert f"job {job_id}: something odd" in caplog.text
    assert f"job {job_id}: attempt 1\n" in caplog.text


async def test_a_job_over_the_time_limit_is_given_up(house: House) -> None:
    job_id = await ask(house.db)
    limited = house.settings.model_copy(update={"job_minutes": 0.2 / 60})
    async with House(house.db, house.files, house.folder, limited).engine(TinyStudio(seconds=0.05)):
        job = await house.ended(job_id)
    assert job.state == "failed" and job.error == TOO_SLOW
