"""The light of a landscape: its time of day, its sky, and how they colour what stands below."""

import random
from dataclasses import dataclass

from engine.pocket.composition import RGB
from engine.pocket.weather import BANDS
from training.data.landscapes.canvas import Array, Canvas, blend
from training.data.landscapes.parts import WHITE, cloud, moon, stars, sun

TIMES = ("day", "sunset", "night", "morning")
WEATHERS = ("clear", "clouds", "rain", "snowfall", "storm", "fog", "rainbow")
SKIES: dict[str, tuple[tuple[RGB, RGB], ...]] = {
    "day": (
        ((0.25, 0.58, 0.92), (0.78, 0.92, 0.99)),
        ((0.36, 0.7, 0.95), (0.9, 0.96, 0.98)),
        ((0.2, 0.5, 0.85), (0.65, 0.86, 0.97)),
    ),
    "sunset": (
        ((0.28, 0.16, 0.42), (0.99, 0.62, 0.28)),
        ((0.55, 0.2, 0.42), (1.0, 0.78, 0.4)),
        ((0.85, 0.3, 0.3), (1.0, 0.8, 0.35)),
    ),
    "night": (
        ((0.03, 0.04, 0.16), (0.12, 0.16, 0.38)),
        ((0.04, 0.05, 0.2), (0.25, 0.2, 0.45)),
        ((0.02, 0.06, 0.15), (0.1, 0.25, 0.4)),
    ),
    "morning": (
        ((0.55, 0.7, 0.92), (1.0, 0.86, 0.78)),
        ((0.66, 0.72, 0.93), (1.0, 0.9, 0.7)),
    ),
}
TINTS: dict[str, tuple[RGB, float, float]] = {  # colour, its share, brightness
    "day": ((1.0, 1.0, 1.0), 0.0, 1.0),
    "sunset": ((0.75, 0.25, 0.25), 0.32, 0.78),
    "night": ((0.08, 0.12, 0.35), 0.5, 0.5),
    "morning": ((1.0, 0.8, 0.75), 0.22, 1.0),
}
GREY_SKY: tuple[RGB, RGB] = ((0.45, 0.51, 0.6), (0.72, 0.77, 0.82))


@dataclass(frozen=True)
class Light:
    """A time of day and a weather; the colours of one sky."""

    time: str
    weather: str
    upper: RGB
    lower: RGB

    @property
    def dark(self) -> bool:
        """Return whether lamps are lit."""
        return self.time == "night"

    def on(self, colour: RGB) -> RGB:
        """Return a colour as it is seen in this light."""
        tint, share, bright = TINTS[self.time]
        r, g, b = blend(colour, tint, share)
        if self.weather in ("rain", "storm", "fog"):
            r, g, b = blend((r * 0.85, g * 0.85, b * 0.85), self.lower, 0.12)
        return r * bright, g * bright, b * bright

    def far(self, colour: RGB, distance: float) -> RGB:
        """Return the same behind so much air, 0..1; snow makes it white, as it lies on crests."""
        seen = self.on(colour)
        if self.weather == "snowfall":
            seen = blend(seen, self.on(WHITE), 0.6)
        return blend(seen, self.lower, distance)


def random_light(rng: random.Random, time: str, weather: str) -> Light:
    """Draw the colours of a sky for a time and a weather."""
    upper, lower = rng.choice(SKIES[time])
    if weather in ("rain", "storm", "fog"):
        share = {"day": 0.85, "morning": 0.75, "sunset": 0.5, "night": 0.25}[time]
        upper, lower = blend(upper, GREY_SKY[0], share), blend(lower, GREY_SKY[1], share)
    elif weather == "snowfall" and time in ("day", "morning"):
        upper, lower = blend(upper, (0.72, 0.8, 0.9), 0.7), blend(lower, WHITE, 0.5)
    return Light(time, weather, upper, lower)


def paint_sky(canvas: Canvas, rng: random.Random, light: Light, horizon: float) -> None:
    """Paint the sky with what stands in it: sun, moon, stars, clouds, a rainbow.

    What is below does not change with the time of day: the sky draws from a source of its own.
    """
    rng = random.Random(rng.random())
    sky: Array = canvas.gradient([(0.0, light.upper), (horizon, light.lower), (1.0, light.lower)])
    canvas.pixels[:] = sky
    covered = light.weather in ("rain", "storm", "fog", "snowfall")
    where = (rng.choice((rng.uniform(0.12, 0.4), rng.uniform(0.6, 0.88))), rng.uniform(0.1, 0.24))
    if light.dark:
        if not covered:
            stars(canvas, rng, rng.randint(40, 90), horizon)
        if not covered or rng.random() < 0.5:
            moon(canvas, rng, where, rng.uniform(0.05, 0.085), sky)
    elif light.time == "sunset":
        low = (rng.uniform(0.25, 0.75), horizon - rng.uniform(-0.01, 0.1))
        sun(canvas, low, rng.uniform(0.08, 0.13), (1.0, 0.9, 0.55))
    elif not covered:
        sun(canvas, where, rng.uniform(0.05, 0.08), (1.0, 0.9, 0.4))
    if light.weather == "rainbow":
        _rainbow(canvas, rng, horizon)
    count = {"clear": rng.randint(0, 2), "rainbow": 2, "clouds": rng.randint(4, 6)}
    for _ in range(count.get(light.weather, rng.randint(3, 5) if covered else 2)):
        at = (rng.random(), rng.uniform(0.08, max(0.12, horizon - 0.12)))
        body = blend(WHITE, light.lower, 0.15)
        if light.weather in ("rain", "storm"):
            body = (0.5, 0.54, 0.62) if light.weather == "rain" else (0.33, 0.35, 0.44)
        if light.time in ("sunset", "night"):
            body = blend(body, light.upper, 0.55)
        cloud(canvas, rng, at, rng.uniform(0.09, 0.2), body)


def _rainbow(canvas: Canvas, rng: random.Random, horizon: float) -> None:
    middle, radius = (rng.uniform(0.35, 0.65), horizon + 0.06), rng.uniform(0.42, 0.5)
    away = ((canvas.x - middle[0]) ** 2 + (canvas.y - middle[1]) ** 2) ** 0.5
    for number, colour in enumerate(BANDS):
        outer = radius - 0.018 * number
        ring = ((outer - away) * canvas.side + 0.5).clip(0, 1)
        inner = ((away - outer + 0.0185) * canvas.side + 0.5).clip(0, 1)
        canvas.fill(ring * inner, colour, 0.8)
