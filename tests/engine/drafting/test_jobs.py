"""Drafts that are ordered in the chat: by the engine, from files of the published format."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from engine.painting.step import Step
from engine.pipeline import open_pipeline
from engine.settings import EngineSettings
from engine.worker.worker import serve
from store.gallery.sheets import request_of
from store.jobs.engines import alive_engines
from store.request.request import DrawRequest
from tests.engine.drafting.small_rudalle import REQUEST, SIDE, as_published, write_models
from tests.fixtures.engine import QUICK, EngineHarness
from tests.fixtures.store import ask, sql

DRAFT = DrawRequest(REQUEST.prompt, draft="malevich", steps=0, size=(64, 64), seed=3, drafts=2)
SHEET = DrawRequest(REQUEST.prompt, draft="malevich", size=(64, 64), seed=3, at_once=4)


@pytest.mark.thorough
async def test_an_engine_draws_what_a_drafter_was_asked_for(
    engine_harness: EngineHarness, tmp_path: Path
) -> None:
    models = tmp_path / "models"
    models.mkdir()
    write_models(models)
    as_published(models)
    settings = EngineSettings(_env_file=None, models=models)
    stop, db = asyncio.Event(), engine_harness.db
    engine = asyncio.create_task(
        serve(
            db,
            engine_harness.files,
            settings,
            stop,
            pipeline=open_pipeline(settings),
            intervals=QUICK,
        )
    )
    try:
        one = await engine_harness.ended(await ask(db, request=DRAFT))
        (state,) = await alive_engines(db)
        sheet = await engine_harness.ended(await ask(db, request=SHEET))
    finally:
        stop.set()
        await engine
    assert [drafter.name for drafter in state.drafters] == ["malevich"]
    assert state.drafters[0].seconds and state.drafters[0].of_sheet  # before it has drawn
    assert "malevich" in state.models
    assert (one.state, sheet.state) == ("done", "done")
    assert one.result is not None and one.result.drafted
    assert (one.result.width, one.result.height, one.result.steps) == (64, 64, 0)
    assert one.result.seconds > 0
    assert sheet.result is not None and sheet.result.drafted and len(sheet.result.parts) == 4
    alone = request_of(sheet, 2)
    assert (alone.draft, alone.drafts, alone.steps, alone.seed) == ("malevich", 1, 0, 4)


@pytest.mark.thorough
async def test_64_a_sheet_of_drafts_is_drawn_at_once_and_a_stop_loses_none_of_it(
    engine_harness: EngineHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "models"
    models.mkdir()
    write_models(models)
    as_published(models)
    settings = EngineSettings(_env_file=None, models=models)
    whole, stopped = open_pipeline(settings), asyncio.Event()
    loop, drawn, read = asyncio.get_running_loop(), threading.Event(), 0
    monkeypatch.setattr("engine.painting.start.drafting.SECONDS", 0)

    def counted(*told: Any) -> Iterator[Step]:
        nonlocal read
        for step in whole.draft_together(*told):
            read += 1
            if read == 3:  # the third of eight rows
                loop.call_soon_threadsafe(stopped.set)
                drawn.wait(10)
            yield step

    pipeline = replace(whole, draft_together=counted)

    def start(stop: asyncio.Event) -> asyncio.Task[None]:
        args = (engine_harness.db, engine_harness.files, settings, stop)
        return asyncio.create_task(serve(*args, pipeline=pipeline, intervals=QUICK))

    job_id = await ask(engine_harness.db, request=SHEET)
    engine = start(stopped)
    await stopped.wait()
    await asyncio.sleep(0.2)  # the engine sees it, and asks the painter to stop
    drawn.set()
    await engine
    assert read == 3
    (row,) = await sql(engine_harness.db, "SELECT drawn, saved_step, attempt FROM jobs")
    assert tuple(row) == (100 * 3 // SIDE, (3 - SIDE) * SIDE - 1, 0)
    stop = asyncio.Event()
    engine = start(stop)
    job = await engine_harness.ended(job_id)
    alone = replace(SHEET, at_once=None, seed=5, steps=0, drafts=1)
    one = await engine_harness.ended(await ask(engine_harness.db, request=alone))
    stop.set()
    await engine
    assert read == 3 + SIDE - 3  # the rows that were missing
    assert job.state == "done" and job.result is not None and len(job.result.parts) == 4
    assert one.result is not None
    keys = [one.result.picture, job.result.parts[2]]
    own, third = (Image.open(BytesIO(engine_harness.files.read(key))) for key in keys)
    assert own.tobytes() == third.tobytes()
