"""Paints places without end: layered landscapes, by place, time of day and weather."""

import random
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from training.data.landscapes import other_places, outdoor_places, parts
from training.data.landscapes.canvas import Canvas
from training.data.landscapes.light import TIMES, WEATHERS, Light, random_light
from training.data.landscapes.outdoor_places import Place

PLACES: dict[str, Place] = {**outdoor_places.PLACES, **other_places.PLACES}
TIMELESS = ("space", "underwater")  # neither time nor weather shows there
INDOORS = ("room",)


@dataclass(frozen=True)
class Landscape:
    """A picture [3, side, side], 0..1, and the height at which things stand, 0 above, 1 below."""

    picture: Tensor
    floor: float


def weathers(place: str) -> tuple[str, ...]:
    """Return which weathers a place may have."""
    if place in TIMELESS or place in INDOORS:
        return ("clear",)
    if place == "desert":
        return ("clear", "clouds", "snowfall")
    return WEATHERS


def render_landscape(
    place: str, side: int, rng: random.Random, time: str = "day", weather: str = "clear"
) -> Landscape:
    """Paint one picture of a place; what rng leaves open differs every time."""
    canvas = Canvas(side)
    light = random_light(rng, time, weather)
    floor = PLACES[place](canvas, rng, light)
    if place not in TIMELESS and place not in INDOORS:
        _weather(canvas, rng, light)
    picture = np.ascontiguousarray(canvas.pixels.transpose(2, 0, 1)).clip(0, 1)
    return Landscape(torch.from_numpy(picture), floor)


def random_landscape(side: int, rng: random.Random) -> Landscape:
    """Paint any place; half of them on a clear day."""
    place = rng.choice(list(PLACES))
    time = rng.choice(TIMES) if rng.random() < 0.6 else "day"
    weather = rng.choice(weathers(place)) if rng.random() < 0.4 else "clear"
    return render_landscape(place, side, rng, time, weather)


def _weather(canvas: Canvas, rng: random.Random, light: Light) -> None:
    """Draw what falls or hangs before everything."""
    if light.weather in ("rain", "storm"):
        parts.drops(canvas, rng, rng.randint(70, 120))
    if light.weather == "storm":
        parts.lightning(canvas, rng)
    if light.weather == "snowfall":
        parts.flakes(canvas, rng, rng.randint(90, 150))
    if light.weather == "fog":
        for height in (0.35, 0.55, 0.78):
            away = (canvas.y - height - rng.uniform(-0.05, 0.05)) / rng.uniform(0.08, 0.15)
            canvas.fill(np.exp(-away * away), parts.WHITE, 0.55)
