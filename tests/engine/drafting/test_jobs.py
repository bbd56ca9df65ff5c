"""Drafts that are ordered in the chat: by the engine, from files of the published format."""

import asyncio
from pathlib import Path

import pytest

from engine.pipeline import open_pipeline
from engine.settings import EngineSettings
from engine.worker.worker import serve
from store.gallery.sheets import request_of
from store.jobs.engines import alive_engines
from store.request.request import DrawRequest
from tests.engine.drafting.small_rudalle import REQUEST, as_published, write_models
from tests.fixtures.engine import QUICK, EngineHarness
from tests.fixtures.store import ask

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
    assert "malevich" in state.models
    assert (one.state, sheet.state) == ("done", "done")
    assert one.result is not None and one.result.drafted
    assert (one.result.width, one.result.height, one.result.steps) == (64, 64, 0)
    assert one.result.seconds > 0
    assert sheet.result is not None and sheet.result.drafted and len(sheet.result.parts) == 4
    alone = request_of(sheet, 2)
    assert (alone.draft, alone.drafts, alone.steps, alone.seed) == ("malevich", 1, 0, 4)
