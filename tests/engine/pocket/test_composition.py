"""Where things lie: inside the picture, by their relation, on the floor of a place."""

import random

import pytest

from engine.pocket.composition import CELLS, Composition, Placed, compose
from store.reader.read import read


def composed(prompt: str, seed: int = 1) -> Composition:
    return compose(read(prompt), random.Random(seed))


def named(composition: Composition, key: str) -> Placed:
    return next(thing for thing in composition.things if thing.key in (key, f"whole {key}"))


@pytest.mark.parametrize(
    "prompt",
    [
        "кот",
        "три кота",
        "кот и собака",
        "bird on a tree",
        "кот в шляпе",
        "cat in a box",
        "дом в лесу",
    ],
)
def test_middles_lie_in_the_picture(prompt: str) -> None:
    for seed in range(8):
        for thing in composed(prompt, seed).things:
            assert abs(thing.across) < 0.9 and abs(thing.down) < 0.9
            assert 0.15 < thing.scale < 1.1


def test_what_is_on_lies_above() -> None:
    for prompt in ("bird on a tree", "на дереве птица"):
        composition = composed(prompt)
        assert named(composition, "bird").down < named(composition, "tree").down


def test_what_is_under_lies_below() -> None:
    composition = composed("cat under a tree")
    assert named(composition, "cat").down > named(composition, "tree").down


def test_neighbours_do_not_cover_each_other() -> None:
    first, second = composed("cat and dog").things
    assert second.across - first.across > (first.scale + second.scale) * 0.8


def test_a_hat_is_worn() -> None:
    composition = composed("кот в шляпе")
    assert composition.things[-1].key == "hat"
    assert named(composition, "hat").down < named(composition, "cat").down - 0.4


def test_a_number_is_that_many() -> None:
    assert len(composed("три кота").things) == 3
    assert len(composed("много яблок").things) == 5


def test_colours_are_told() -> None:
    composition = composed("чёрный кот на белом фоне")
    assert composition.things[0].colour is not None
    assert max(composition.things[0].colour) < 0.2
    assert min(composition.ground.upper) > 0.9


def test_things_stand_in_a_place() -> None:
    ground, (cat,) = composed("кот ночью на пляже").ground, composed("кот ночью на пляже").things
    assert (ground.place, ground.time) == ("beach", "night")
    assert 0.6 < cat.down + cat.scale < 1.0


def test_weather_alone_finds_a_place() -> None:
    ground = composed("дождь").ground
    assert ground.weather == "rain" and ground.place


def test_a_colour_alone_is_a_ground() -> None:
    composition = composed("красный")
    assert not composition.things and composition.ground.upper[0] > 0.8


@pytest.mark.parametrize("prompt", ["кот", "три кота", "bird on a tree", "кот ночью на пляже"])
def test_things_fill_whole_cells_of_a_draft(prompt: str) -> None:
    for seed in range(8):
        for thing in composed(prompt, seed).things:
            for at in (thing.across, thing.down):
                first = ((1 + at) - thing.scale) * CELLS / 2
                assert abs(first - round(first)) < 1e-6
            assert abs(thing.scale * CELLS - round(thing.scale * CELLS)) < 1e-6
