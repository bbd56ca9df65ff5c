"""Drafts of wishes by a prior that was written to a file."""

import random
from pathlib import Path

import torch
from safetensors.torch import save_file

from engine.networks.layered_prior import LayeredPrior, Vocabulary
from engine.networks.pocket_drafter import VOCABULARY, PocketDrafter, drafted
from engine.pocket.composition import CELLS, Composition, Ground, Placed, compose
from store.reader.read import read

WORLD = Vocabulary(
    ("cat", "dog", "whole cat", "star"), ("noto",), ("beach",), 16, ("day", "night"), ("clear",)
)

SQUARE = (CELLS, CELLS)


def drafter(folder: Path) -> PocketDrafter:
    torch.manual_seed(1)
    weights = {k: v.half() for k, v in LayeredPrior(WORLD, channels=8).state_dict().items()}
    save_file(weights, folder / "prior.safetensors", metadata={VOCABULARY: WORLD.to_json()})
    return PocketDrafter.load(folder / "prior.safetensors")


def test_a_wish_is_drafted(tmp_path: Path) -> None:
    found = drafter(tmp_path)
    assert found.prior.vocabulary == WORLD
    compositions = found.composed(read("кот ночью на пляже"), 3, seed=5)
    drafts, covered = found.draft(compositions, SQUARE), found.covered(compositions, SQUARE)
    assert drafts.shape == (3, 8, CELLS, CELLS)
    assert covered.shape == (3, 1, CELLS, CELLS)
    assert 0 <= float(covered.min()) < float(covered.max()) <= 1
    assert compositions == found.composed(read("cat on the beach at night"), 3, seed=5)
    assert torch.equal(drafts, found.draft(compositions, SQUARE))


def test_things_cover_what_is_behind_them_and_nothing_else(tmp_path: Path) -> None:
    found = drafter(tmp_path)
    place = Ground(place="beach")
    small = Composition(place, (Placed("cat", scale=0.3, across=-0.5),))
    covered = found.covered([Composition(place), small], SQUARE)
    assert float(covered[0].max()) == 0
    assert float(covered[1, :, :, CELLS // 2 :].max()) == 0
    assert float(covered[1, :, :, : CELLS // 2].max()) > 0


def test_what_it_has_never_seen_is_told(tmp_path: Path) -> None:
    found = drafter(tmp_path)
    assert found.can_draft(read("кот и собака на пляже")) and found.can_draft(read("ночь"))
    assert not found.can_draft(read("cat and rocket"))
    assert not found.can_draft(read("вчера"))
    assert found.repertoire.things == {"cat", "dog", "star"}


def test_compositions_become_numbers() -> None:
    composition = compose(read("чёрный кот и звезда"), random.Random(2))
    told = drafted(WORLD, [composition], ["noto"])
    assert told.thing[0].tolist() == [0, 3, -1, -1, -1]
    assert float(told.colour[0, 0].max()) < 0.2 and float(told.colour[0, 1, 0]) == -1
    assert told.place.tolist() == [-1]
