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
from engine import shelf
from engine.offer import Offer
from engine.studio import Studio
from engine.vqgan import VQGAN
from store import engines
from store.request import DrawRequest
from tests.engine_fixtures import House, TinyStudio, opened_house
from tests.store_fixtures import ask, found
from tests.test_engine_loading import CONFIG, TINY


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened_house(tmp_path) as house:
        yield house


@dataclass
class Shelved(TinyStudio):
    """Offers what lies in a real folder of models."""

    folder: Path = Path()

    def studio(self) -> Studio:
        return replace(super().studio(), on_disk=partial(shelf.on_disk, self.folder))


@pytest.fixture
def models(house: House, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The models' folder of a command line beside the house's engine; a checkpoint to add."""
    monkeypatch.setenv("MAZOK_MODELS", str(house.folder / "models"))
    with torch.random.fork_rng():
        torch.manual_seed(1)
        torch.save({"state_dict": VQGAN(TINY).state_dict()}, house.folder / "mine.ckpt")
    (house.folder / "mine.yaml").write_text(json.dumps(CONFIG))
    return house.folder / "models"


async def test_it_offers_what_lies_on_its_disk_and_the_largest_size_that_fits(
    house: House,
) -> None:
    studio = TinyStudio().studio()
    roomy = replace(
        studio,
        on_disk=lambda: (["pocket", "wiki"], ["pocket", "ViT"]),
        largest=lambda models, request: (64, 32),
    )
    state = Offer(roomy, house.settings).state
    assert state.models == ("pocket", "wiki", "ViT") and state.vqgans == ("pocket", "wiki")
    assert state.sizes == ((16, 16), (64, 32))
    tight = replace(studio, largest=lambda models, request: (8, 8))
    assert Offer(tight, house.settings).state.sizes == ((8, 8),)


async def test_a_model_that_is_added_while_the_engine_runs_is_offered_and_painted_with(
    house: House, models: Path
) -> None:
    waiting = await ask(house.db, request=DrawRequest("кот", vqgan="mine"))
    usual = await ask(house.db)
    tiny = Shelved(folder=models)
    async with house.engine(tiny):
        await house.ended(usual)
        assert (await found(house.db, waiting)).state == "queued"
        assert program.main(["models", "add", str(house.folder / "mine.ckpt")]) == 0
        assert (await house.ended(waiting)).state == "done"
        [state] = await engines.alive(house.db)
    assert state.vqgans == ("pocket", "mine") and "mine" in state.models
    assert [request.vqgan for request in tiny.loaded] == ["pocket", "pocket", "mine"]


async def test_a_model_that_is_deleted_is_offered_no_more_but_its_own_always(
    house: House, models: Path
) -> None:
    assert program.main(["models", "add", str(house.folder / "mine.ckpt")]) == 0
    offer = Offer(Shelved(folder=models).studio(), house.settings)
    assert offer.state.vqgans == ("pocket", "mine") and not offer.look()
    shutil.rmtree(models)
    assert offer.look()
    assert list(offer.state.vqgans) == ["pocket"]


async def test_a_folder_that_cannot_be_read_now_leaves_the_offer_as_it_was(house: House) -> None:
    looks: list[int] = []

    def on_disk() -> tuple[list[str], list[str]]:
        looks.append(1)
        if len(looks) > 1:
            raise OSError("the disk is away")
        return ["wiki"], []

    @dataclass
    class Away(TinyStudio):
        def studio(self) -> Studio:
            return replace(super().studio(), on_disk=on_disk)

    async with house.engine(Away(seconds=0.01)):
        await house.ended(await ask(house.db))
        job = await house.ended(await ask(house.db, request=DrawRequest("кот", vqgan="wiki")))
    assert job.state == "done" and len(looks) > 2
