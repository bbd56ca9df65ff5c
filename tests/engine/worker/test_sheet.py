"""Several pictures at once: one sheet, its pictures, and what is left of it by a stop."""

import asyncio
from io import BytesIO

from PIL import Image

from engine.worker.intervals import Intervals
from store import jobs
from store.gallery.sheets import request_of
from store.model import Job
from store.request.request import DrawRequest
from tests.fixtures.engine import QUICK, EngineHarness, Gate, TinyPipeline, reached
from tests.fixtures.image import png
from tests.fixtures.store import ask, credits

FOUR = DrawRequest("кот", at_once=4, seed=7)


def _size(harness: EngineHarness, key: str) -> tuple[int, int]:
    with Image.open(BytesIO(harness.files.read(key))) as image:
        return image.size


async def _sheet(harness: EngineHarness, tiny: TinyPipeline) -> Job:
    job_id = await ask(harness.db, request=FOUR)
    async with harness.engine(tiny):
        return await harness.ended(job_id)


async def test_four_pictures_become_one_sheet_and_stay_apart(engine_harness: EngineHarness) -> None:
    tiny = TinyPipeline()
    job = await _sheet(engine_harness, tiny)
    assert job.result is not None and len(job.result.parts) == 4
    assert engine_harness.kept(job.id) == ["1.png", "2.png", "3.png", "4.png", "picture.png"]
    assert [_size(engine_harness, key) for key in job.result.parts] == [(16, 16)] * 4
    assert _size(engine_harness, job.result.picture) == (34, 34)
    assert (job.result.width, job.result.height, job.steps) == (16, 16, 4 * 12)
    assert [job.result.seed_of(number) for number in (1, 4)] == [7, 10]
    assert tiny.painted == [*range(13)] * 4


async def test_64_drafts_are_pictures_without_steps(engine_harness: EngineHarness) -> None:
    job = await _sheet(engine_harness, TinyPipeline(drafts=True))
    assert job.state == "done" and job.result is not None and job.result.drafted
    assert (job.result.steps, len(job.result.parts)) == (4, 4)
    alone = request_of(job, 2)
    assert (alone.seed, alone.steps, alone.drafts) == (8, 0, 1)


async def test_64_a_stop_loses_no_picture_and_paints_none_twice(
    engine_harness: EngineHarness,
) -> None:
    job_id = await ask(engine_harness.db, request=FOUR)
    gate = Gate(5)
    seen: list[int] = []

    def third(number: int) -> None:
        seen.append(number)
        if seen.count(5) == 3:
            gate(number)

    tiny = TinyPipeline(before=third)
    async with engine_harness.engine(tiny, Intervals(0.02, 0.02, 0.05, 0.05)) as stop:
        await reached(gate)
        stop.set()
        await asyncio.sleep(0.1)  # the painting is told
        gate.opened.set()
    later = TinyPipeline()
    async with engine_harness.engine(later):
        job = await engine_harness.ended(job_id)
    assert job.result is not None and len(job.result.parts) == 4
    again = [number for number in later.painted[:-13]]
    assert 12 - 6 <= len(again) <= 12 - 3 and later.painted[-13:] == [*range(13)]


async def test_64_a_cancelled_sheet_shows_what_there_is_and_is_refunded(
    engine_harness: EngineHarness,
) -> None:
    before = await credits(engine_harness.db)
    job_id = await ask(engine_harness.db, request=FOUR)
    tiny = TinyPipeline(seconds=0.02)
    async with engine_harness.engine(tiny, QUICK):
        await engine_harness.until(job_id, lambda job: job.step > 14)
        await jobs.cancel(engine_harness.db, user_id=1, job_id=job_id)
        job = await engine_harness.ended(job_id)
        assert job.state == "cancelled" and job.preview is not None
        await engine_harness.until(job_id, lambda job: len(engine_harness.kept(job.id)) == 1)
    assert await credits(engine_harness.db) == before


async def test_64_a_sheet_that_will_do_as_it_is_has_the_pictures_there_are(
    engine_harness: EngineHarness,
) -> None:
    job_id = await ask(engine_harness.db, request=FOUR)
    gate = Gate(5)
    async with engine_harness.engine(TinyPipeline(before=gate)):
        await reached(gate)
        await engine_harness.until(job_id, lambda job: job.step > 0)
        assert await jobs.keep(engine_harness.db, job_id)
        await asyncio.sleep(0.2)
        gate.opened.set()
        job = await engine_harness.ended(job_id)
    assert job.state == "done" and job.result is not None
    assert len(job.result.parts) == 1


async def test_65_a_finished_picture_is_made_larger(engine_harness: EngineHarness) -> None:
    engine_harness.files.write("inputs/a.png", png("red", (48, 32)))
    larger = DrawRequest("кот", larger="inputs/a.png", seed=7)
    job_id = await ask(engine_harness.db, request=larger)
    async with engine_harness.engine(TinyPipeline()):
        job = await engine_harness.ended(job_id)
    assert job.result is not None and job.result.animation == ""
    assert _size(engine_harness, job.result.picture) == (96, 64)
    assert job.result.styles == ("latin", "cyrillic")  # the buttons of styles are under it too
    assert engine_harness.kept(job.id) == ["picture.png"]
