"""Landscapes: every place at every time, the same for the same source of chance."""

import random

import pytest
import torch

from training.data.landscapes.render import PLACES, random_landscape, render_landscape, weathers


@pytest.mark.parametrize("place", PLACES)
def test_every_place_is_painted(place: str) -> None:
    for weather in weathers(place):
        landscape = render_landscape(place, 64, random.Random(1), "sunset", weather)
        assert landscape.picture.shape == (3, 64, 64)
        assert 0 <= float(landscape.picture.min()) <= float(landscape.picture.max()) <= 1
        assert float(landscape.picture.std()) > 0.03
        assert 0.5 < landscape.floor < 1


def test_the_same_chance_paints_the_same() -> None:
    first, second = (render_landscape("forest", 64, random.Random(5)).picture for _ in range(2))
    assert torch.equal(first, second)


def test_nights_are_darker_than_days() -> None:
    for place in ("sea", "city", "meadow", "room"):
        day, night = (
            render_landscape(place, 64, random.Random(2), time).picture.mean()
            for time in ("day", "night")
        )
        assert night < day


def test_a_time_of_day_changes_no_hill() -> None:
    """Edges below the horizon stay where they are, so that a variant can be learned."""
    day, evening = (
        render_landscape("desert", 64, random.Random(9), time).picture.mean(0)
        for time in ("day", "sunset")
    )
    steep = [picture.diff(dim=0)[44:].abs() > 0.02 for picture in (day, evening)]
    assert (steep[0] == steep[1]).float().mean() > 0.9


def test_any_landscape_may_come() -> None:
    rng = random.Random(4)
    assert len({float(random_landscape(32, rng).picture.mean()) for _ in range(5)}) == 5
