"""What an engine says that it can paint: as it starts, and as models come and go beside it."""

import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest
import torch

from engine import __main__ as program
from engine.networks.vqgan import VQGAN
from engine.pipeline import Pipeline
from engine.registry import folder as model_folder
from engine.worker.capabilities import Capabilities
from store.jobs import engines
from store.reader.repertoire import Repertoire
from store.request.request import DrawRequest
from tests.engine.test_loading import CONFIG, TINY
from tests.fixtures.engine import EngineHarness, TinyPipeline, open_engine_harness
from tests.fixtures.store import ask, found


@pytest.fixture
async def engine_harness(tmp_path: Path) -> AsyncIterator[EngineHarness]:
    async with open_engine_harness(tmp_path) as engine_harness:
        yield engine_harness


@dataclass
class FolderPipeline(TinyPipeline):
    """Offers the models of a real folder."""

    folder: Path = Path()

    def pipeline(self) -> Pipeline:
        return replace(super().pipeline(), on_disk=partial(model_folder.on_disk, self.folder))


@pytest.fixture
def models(engine_harness: EngineHarness, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The models' folder of a command line beside the tested engine; a checkpoint to add."""
    monkeypatch.setenv("MAZOK_MODELS", str(engine_harness.folder / "models"))
    with torch.random.fork_rng():
        torch.manual_seed(1)
        torch.save({"state_dict": VQGAN(TINY).state_dict()}, engine_harness.folder / "mine.ckpt")
    (engine_harness.folder / "mine.yaml").write_text(json.dumps(CONFIG))
    return engine_harness.folder / "models"


async def test_it_offers_what_lies_on_its_disk_and_the_largest_size_that_fits(
    engine_harness: EngineHarness,
) -> None:
    pipeline = TinyPipeline().pipeline()
    roomy = replace(
        pipeline,
        on_disk=lambda: (["pocket", "wiki"], ["pocket", "ViT"]),
        largest_size=lambda models, request: (64, 32),
    )
    state = Capabilities(roomy, engine_harness.settings).state
    assert state.models == ("pocket", "wiki", "ViT") and state.vqgans == ("pocket", "wiki")
    assert state.guides == ("pocket", "ViT")
    assert state.sizes == ((16, 16), (64, 32))
    tight = replace(pipeline, largest_size=lambda models, request: (8, 8))
    assert Capabilities(tight, engine_harness.settings).state.sizes == ((8, 8),)


async def test_a_model_that_is_added_while_the_engine_runs_is_offered_and_painted_with(
    engine_harness: EngineHarness, models: Path
) -> None:
    waiting = await ask(engine_harness.db, request=DrawRequest("кот", vqgan="mine"))
    usual = await ask(engine_harness.db)
    tiny = FolderPipeline(folder=models)
    async with engine_harness.engine(tiny):
        await engine_harness.ended(usual)
        assert (await found(engine_harness.db, waiting)).state == "queued"
        assert program.main(["models", "add", str(engine_harness.folder / "mine.ckpt")]) == 0
        assert (await engine_harness.ended(waiting)).state == "done"
        [state] = await engines.alive_engines(engine_harness.db)
    assert state.vqgans == ("pocket", "mine") and "mine" in state.models
    assert [request.vqgan for request in tiny.loaded] == ["pocket", "pocket", "mine"]


async def test_a_model_that_is_deleted_is_offered_no_more_but_its_own_always(
    engine_harness: EngineHarness, models: Path
) -> None:
    assert program.main(["models", "add", str(engine_harness.folder / "mine.ckpt")]) == 0
    capabilities = Capabilities(FolderPipeline(folder=models).pipeline(), engine_harness.settings)
    assert capabilities.state.vqgans == ("pocket", "mine") and not capabilities.refresh()
    shutil.rmtree(models)
    assert capabilities.refresh()
    assert list(capabilities.state.vqgans) == ["pocket"]


async def test_a_folder_that_cannot_be_read_now_leaves_the_offer_as_it_was(
    engine_harness: EngineHarness,
) -> None:
    calls: list[int] = []

    def on_disk() -> tuple[list[str], list[str]]:
        calls.append(1)
        if len(calls) > 1:
            raise OSError("the disk is away")
        return ["wiki"], []

    @dataclass
    class Away(TinyPipeline):
        def pipeline(self) -> Pipeline:
            return replace(super().pipeline(), on_disk=on_disk)

    async with engine_harness.engine(Away(seconds=0.01)):
        await engine_harness.ended(await ask(engine_harness.db))
        job = await engine_harness.ended(
            await ask(engine_harness.db, request=DrawRequest("кот", vqgan="wiki"))
        )
    assert job.state == "done" and len(calls) > 2


async def test_55_it_tells_what_the_pocket_guide_knows_for_those_who_choose_it(
    engine_harness: EngineHarness,
) -> None:
    known = {"pocket": Repertoire(frozenset({"cat"}))}
    pipeline = replace(TinyPipeline().pipeline(), closed_guides=lambda models: known)
    assert Capabilities(pipeline, engine_harness.settings).state.repertoires == known
