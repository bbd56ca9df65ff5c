"""Weather is drawn over the draft of a place, and a low sun behind its things."""

import pytest
import torch
from torch import Tensor

from engine.pocket.composition import Ground
from engine.pocket.weather import learned, shows_weather, with_weather

SIDE = 64


def plain(height: int = SIDE, width: int = SIDE, shade: float = 0.4) -> Tensor:
    return torch.full((3, height, width), shade)


def weathered(ground: Ground, seed: int = 1, covered: Tensor | None = None) -> Tensor:
    picture = plain()
    bare = torch.zeros(1, SIDE, SIDE) if covered is None else covered
    return with_weather(picture, bare, ground, seed) - picture


def ground(weather: str, time: str = "day", place: str = "meadow") -> Ground:
    return Ground(place=place, weather=weather, time=time)


@pytest.mark.parametrize("weather", ["rain", "snowfall", "storm", "fog", "rainbow"])
def test_each_weather_is_seen_and_is_that_of_its_seed(weather: str) -> None:
    assert shows_weather(ground(weather))
    changed = weathered(ground(weather))
    assert float(changed.abs().max()) > 0.15
    assert torch.equal(changed, weathered(ground(weather)))
    assert not torch.equal(changed, weathered(ground(weather), seed=2))


def test_a_clear_day_and_places_without_a_sky_stay_as_they_are() -> None:
    assert not shows_weather(ground("clear"))
    assert not shows_weather(ground("snowfall", place="room"))
    assert not shows_weather(ground("clear", "sunset", "space"))
    assert not shows_weather(Ground(weather="rain"))  # a plain background


def test_flakes_fall_before_things_and_fog_lies_behind_them() -> None:
    everything = torch.ones(1, SIDE, SIDE)
    assert float(weathered(ground("snowfall"), covered=everything).max()) > 0.5
    assert float(weathered(ground("fog"), covered=everything).abs().max()) == 0
    assert float(weathered(ground("clear", "sunset"), covered=everything).abs().max()) == 0


def test_a_low_sun_stands_in_the_sky_and_glitters_on_water_alone() -> None:
    for place, below in (("sea", True), ("desert", False)):
        changed = weathered(ground("clear", "sunset", place)).amax(0)
        assert float(changed[: SIDE // 2].max()) > 0.4
        assert (float(changed[SIDE * 6 // 10 :].max()) > 0.2) is below
    assert not shows_weather(ground("clear", "night"))
    assert float(weathered(ground("rain", "sunset"))[:, : SIDE // 2].max()) < 0.55  # no sun


def test_a_wide_picture_has_weather_from_edge_to_edge() -> None:
    picture = plain(width=3 * SIDE)
    bare = torch.zeros(1, SIDE, 3 * SIDE)
    changed = (with_weather(picture, bare, ground("snowfall"), 1) - picture).amax(0)
    for part in changed.chunk(6, dim=1):
        assert float(part.max()) > 0.5
    assert picture.equal(plain(width=3 * SIDE))


def test_the_prior_draws_a_foggy_place_as_if_it_were_clear_and_a_winter_forest_white() -> None:
    assert learned(ground("fog")) == ground("clear")
    assert learned(ground("snowfall", place="forest")) == ground("clear", place="snow")
    assert learned(ground("snowfall", place="city")) == ground("snowfall", place="city")
    assert learned(ground("rain")) == ground("rain")
