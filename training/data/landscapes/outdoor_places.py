"""Places under the open sky. Each paints itself and tells the height at which things stand."""

import random
from collections.abc import Callable

import numpy as np

from engine.pocket.composition import RGB
from training.data.landscapes import parts
from training.data.landscapes.canvas import Array, Canvas, Point, blend
from training.data.landscapes.light import Light, paint_sky

Place = Callable[[Canvas, random.Random, Light], float]
GREENS: tuple[RGB, ...] = ((0.36, 0.66, 0.28), (0.45, 0.72, 0.3), (0.28, 0.6, 0.35))
SAND: RGB = (0.95, 0.82, 0.55)
FLOWERS: tuple[RGB, ...] = (
    (0.93, 0.3, 0.35),
    (0.98, 0.82, 0.25),
    (0.98, 0.98, 0.95),
    (0.7, 0.45, 0.85),
    (0.98, 0.6, 0.75),
)


def water(canvas: Canvas, rng: random.Random, light: Light, top: float, bottom: float) -> None:
    """Paint a sheet of water from the horizon on, with crests, and glitter below a low sun."""
    rng = random.Random(rng.random())
    deep = rng.choice(((0.08, 0.42, 0.68), (0.1, 0.5, 0.72), (0.06, 0.36, 0.6)))
    near, away = light.on(deep), blend(light.on((0.3, 0.68, 0.85)), light.lower, 0.35)
    if light.time == "sunset":
        near, away = blend(near, light.upper, 0.35), blend(away, light.lower, 0.5)
    band = ((canvas.y > top) & (canvas.y <= bottom)).astype(np.float32)
    canvas.fill(band, canvas.gradient([(top, away), (bottom, near)]))
    parts.wave_lines(canvas, rng, top, bottom, blend(away, parts.WHITE, 0.35))


def sea(canvas: Canvas, rng: random.Random, light: Light) -> float:
    """Paint open water."""
    horizon = rng.uniform(0.4, 0.55)
    paint_sky(canvas, rng, light, horizon)
    if rng.random() < 0.3:
        hills = parts.rolling(canvas, rng, horizon - 0.01, 0.035)
        canvas.below(hills, light.far((0.35, 0.5, 0.4), 0.45))
    water(canvas, rng, light, horizon, 1.0)
    return rng.uniform(0.7, 0.85)


def beach(canvas: Canvas, rng: random.Random, light: Light) -> float:
    """Paint a shore with palms."""
    horizon, shore = rng.uniform(0.38, 0.46), rng.uniform(0.58, 0.68)
    paint_sky(canvas, rng, light, horizon)
    water(canvas, rng, light, horizon, 1.0)
    edge = parts.rolling(canvas, rng, shore, 0.03)
    canvas.below(edge - 0.022, light.on((0.95, 0.98, 1.0)))
    canvas.below(edge, light.on((0.82, 0.68, 0.45)))
    canvas.below(edge + 0.018, light.on(SAND), light.on((0.98, 0.88, 0.65)))
    pebbles = [(rng.random(), rng.uniform(shore + 0.1, 1.0)) for _ in range(14)]
    parts.dots(
        canvas, rng, pebbles, 0.006, [light.on(c) for c in ((0.8, 0.6, 0.4), (1, 0.95, 0.85))]
    )
    for at in rng.sample((0.1, 0.85), rng.randint(1, 2)):
        foot = (at + rng.uniform(-0.05, 0.05), rng.uniform(shore + 0.06, 0.86))
        parts.palm(canvas, rng, foot, rng.uniform(0.38, 0.55), light.on((0.25, 0.6, 0.3)))
    return 0.88


def desert(canvas: Canvas, rng: random.Random, light: Light) -> float:
    """Paint dunes, cacti and pyramids."""
    sands: tuple[RGB, ...] = ((0.93, 0.74, 0.45), (0.95, 0.78, 0.48), (0.9, 0.66, 0.36))
    horizon = rng.uniform(0.45, 0.55)
    paint_sky(canvas, rng, light, horizon)
    if rng.random() < 0.35:
        for at in (rng.uniform(0.15, 0.4), rng.uniform(0.55, 0.85)):
            _pyramid(canvas, light, (at, horizon + 0.06), rng.uniform(0.16, 0.28))
        flat = np.full(canvas.side, horizon + 0.055, dtype=np.float32)
        canvas.below(flat, light.far(sands[0], 0.25))
    for number in range(3):
        crest = parts.rolling(canvas, rng, horizon + 0.04 + 0.14 * number, 0.05)
        colour = rng.choice(sands)
        canvas.below(
            crest,
            light.far(blend(colour, parts.WHITE, 0.12), 0.2 - 0.1 * number),
            light.on(blend(colour, (0.6, 0.35, 0.2), 0.25)),
        )
    for _ in range(rng.randint(1, 3)):
        at = rng.choice((rng.uniform(0.05, 0.25), rng.uniform(0.75, 0.95)))
        foot = (at, rng.uniform(0.7, 0.9))
        parts.cactus(canvas, foot, rng.uniform(0.14, 0.26), light.on((0.25, 0.58, 0.32)))
    return 0.87


def _pyramid(canvas: Canvas, light: Light, foot: Point, size: float) -> None:
    x, y = foot
    top = (x, y - size)
    bright, shaded = light.far((0.88, 0.7, 0.42), 0.15), light.far((0.68, 0.5, 0.3), 0.15)
    canvas.polygons([[top, (x + size * 0.35, y), (x - size, y)]], bright)
    canvas.polygons([[top, (x + size, y), (x + size * 0.35, y)]], shaded)


def snow(canvas: Canvas, rng: random.Random, light: Light) -> float:
    """Paint white hills with firs."""
    horizon = rng.uniform(0.45, 0.55)
    paint_sky(canvas, rng, light, horizon)
    white: RGB = (0.95, 0.97, 1.0)
    if rng.random() < 0.5:
        _snowy_peaks(canvas, rng, light, horizon)
    for number in range(3):
        line = parts.rolling(canvas, rng, horizon + 0.03 + 0.14 * number, 0.05)
        lower = blend(white, (0.6, 0.72, 0.9), 0.35)
        canvas.below(line, light.far(white, 0.15 - 0.07 * number), light.on(lower))
        for _ in range(rng.randint(2, 4)):
            at = rng.choice((rng.uniform(0, 0.3), rng.uniform(0.7, 1)))
            base = float(line[min(canvas.side - 1, int(at * canvas.side))]) + 0.03
            size = (0.13 + 0.08 * number) * rng.uniform(0.8, 1.2)
            parts.fir(canvas, (at, base), size, light.on((0.16, 0.42, 0.35)), snow=True)
    return 0.88


def forest(canvas: Canvas, rng: random.Random, light: Light) -> float:
    """Paint three rows of trees."""
    horizon = rng.uniform(0.5, 0.6)
    paint_sky(canvas, rng, light, horizon)
    green = rng.choice(((0.14, 0.42, 0.25), (0.2, 0.48, 0.22), (0.12, 0.36, 0.3)))
    firs = rng.random() < 0.65
    for number in range(3):
        base = horizon + 0.02 + 0.11 * number
        line = parts.rolling(canvas, rng, base, 0.02)
        far = 0.5 - 0.22 * number
        canvas.below(line, light.far(blend(green, GREENS[0], 0.5), far * 0.8), light.on(green))
        count = 9 - 2 * number
        for tree in range(count):
            at = (tree + rng.uniform(0.1, 0.9)) / count
            if number == 2 and 0.3 < at < 0.7:
                continue  # the middle stays free for what stands there
            size = (0.27 + 0.1 * number) * rng.uniform(0.8, 1.2)
            colour = light.far(blend(green, (0.45, 0.6, 0.2), rng.uniform(0, 0.3)), far)
            if firs:
                parts.fir(canvas, (at, base + 0.03), size, colour)
            else:
                parts.leafy(canvas, rng, (at, base + 0.03), size, colour)
    return 0.9


def meadow(canvas: Canvas, rng: random.Random, light: Light) -> float:
    """Paint green hills with flowers."""
    horizon = rng.uniform(0.45, 0.58)
    paint_sky(canvas, rng, light, horizon)
    for number in range(3):
        line = parts.rolling(canvas, rng, horizon + 0.03 + 0.13 * number, 0.05)
        green = rng.choice(GREENS)
        canvas.below(
            line,
            light.far(blend(green, (0.8, 0.9, 0.4), 0.25), 0.25 - 0.12 * number),
            light.on(blend(green, (0.1, 0.35, 0.15), 0.2)),
        )
        if number == 1 and rng.random() < 0.6:
            at = rng.choice((0.14, 0.86))
            base = float(line[int(at * canvas.side)]) + 0.03
            parts.leafy(
                canvas, rng, (at, base), rng.uniform(0.2, 0.32), light.on(rng.choice(GREENS))
            )
    places = [(rng.random(), rng.uniform(horizon + 0.3, 1.0)) for _ in range(rng.randint(20, 50))]
    parts.dots(canvas, rng, places, 0.0095, [light.on(c) for c in FLOWERS])
    return 0.88


def mountains(canvas: Canvas, rng: random.Random, light: Light) -> float:
    """Paint peaks with snow above green hills."""
    horizon = rng.uniform(0.6, 0.68)
    paint_sky(canvas, rng, light, horizon)
    _snowy_peaks(canvas, rng, light, horizon)
    green = rng.choice(GREENS)
    line = parts.rolling(canvas, rng, horizon + 0.03, 0.035)
    canvas.below(line, light.far(green, 0.15), light.on(blend(green, (0.1, 0.3, 0.2), 0.3)))
    for _ in range(rng.randint(4, 8)):
        at = rng.random()
        base = float(line[min(canvas.side - 1, int(at * canvas.side))]) + 0.04
        parts.fir(canvas, (at, base), rng.uniform(0.1, 0.17), light.on((0.15, 0.4, 0.28)))
    return 0.9


def _snowy_peaks(canvas: Canvas, rng: random.Random, light: Light, horizon: float) -> None:
    for number in range(2):
        rock = rng.choice(((0.42, 0.48, 0.6), (0.5, 0.47, 0.52), (0.38, 0.45, 0.52)))
        line = parts.craggy(canvas, rng, horizon - 0.12 + 0.1 * number, 0.34 - 0.1 * number)
        far = 0.45 - 0.25 * number
        canvas.below(line, light.far(rock, far), light.far(blend(rock, GREENS[2], 0.3), far))
        snowline = _jagged(canvas, rng, float(np.quantile(line, 0.35)))
        cap = np.clip((canvas.y - line[None]) * canvas.side + 0.5, 0, 1)
        cap = cap * np.clip((snowline[None] - canvas.y) * canvas.side + 0.5, 0, 1)
        canvas.fill(cap, light.far(parts.WHITE, far * 0.6))


def _jagged(canvas: Canvas, rng: random.Random, height: float) -> Array:
    count = 24
    points = [height + 0.035 * (-1) ** k * rng.uniform(0.3, 1) for k in range(count)]
    line: Array = np.interp(canvas.x[0], np.linspace(0, 1, count), points)
    return line


def city(canvas: Canvas, rng: random.Random, light: Light) -> float:
    """Paint two rows of buildings along a road."""
    ground = rng.uniform(0.78, 0.84)
    paint_sky(canvas, rng, light, ground)
    back: RGB = rng.choice(((0.5, 0.58, 0.7), (0.62, 0.55, 0.62), (0.45, 0.6, 0.65)))
    parts.tower_blocks(canvas, rng, ground, (0.3, 0.55), light.far(back, 0.45))
    window = (1.0, 0.86, 0.45) if light.time != "day" else (0.75, 0.88, 0.95)
    front = light.on(blend(back, (0.2, 0.22, 0.35), 0.45))
    parts.tower_blocks(canvas, rng, ground, (0.16, 0.42), front, window=window)
    flat = np.full(canvas.side, ground, dtype=np.float32)
    canvas.below(flat, light.on((0.55, 0.57, 0.6)))
    canvas.below(flat + 0.035, light.on((0.33, 0.35, 0.4)))
    y = ground + 0.035 + (1 - ground) * 0.42
    marks = [[(x, y), (x + 0.07, y)] for x in np.arange(-0.02, 1, 0.16)]
    canvas.strokes(marks, 0.014, light.on((0.95, 0.92, 0.8)))
    return 0.93


def village(canvas: Canvas, rng: random.Random, light: Light) -> float:
    """Paint houses on a meadow."""
    floor = meadow(canvas, rng, light)
    walls: tuple[RGB, ...] = ((0.96, 0.9, 0.78), (0.95, 0.82, 0.7), (0.85, 0.88, 0.92))
    places = [0.14, 0.36, 0.64, 0.86]
    for at in rng.sample(places, rng.randint(2, 4)):
        foot = (at + rng.uniform(-0.04, 0.04), rng.uniform(0.64, 0.74))
        wall = light.on(rng.choice(walls))
        parts.house(canvas, rng, foot, rng.uniform(0.17, 0.26), wall, lit=light.dark)
    return floor


def sky(canvas: Canvas, rng: random.Random, light: Light) -> float:
    """Paint clouds and nothing below."""
    paint_sky(canvas, rng, light, 0.95)
    for _ in range(rng.randint(3, 6)):
        at = (rng.random(), rng.uniform(0.4, 1.0))
        body = blend(light.on(parts.WHITE), light.lower, 0.2)
        parts.cloud(canvas, rng, at, rng.uniform(0.12, 0.28), body)
    return 0.8


def lake(canvas: Canvas, rng: random.Random, light: Light) -> float:
    """Paint water between mountains, firs and a bank."""
    horizon = rng.uniform(0.48, 0.56)
    paint_sky(canvas, rng, light, horizon)
    if rng.random() < 0.6:
        _snowy_peaks(canvas, rng, light, horizon)
    else:
        hills = parts.rolling(canvas, rng, horizon - 0.08, 0.06)
        canvas.below(hills, light.far(rng.choice(GREENS), 0.35))
    for tree in range(10):
        at = (tree + rng.random()) / 10
        parts.fir(
            canvas, (at, horizon + 0.01), rng.uniform(0.08, 0.15), light.far((0.15, 0.4, 0.28), 0.2)
        )
    water(canvas, rng, light, horizon, 1.0)
    bank = parts.rolling(canvas, rng, rng.uniform(0.82, 0.88), 0.04)
    canvas.below(bank, light.on(rng.choice(GREENS)), light.on((0.2, 0.45, 0.25)))
    return 0.93


PLACES: dict[str, Place] = {
    "sea": sea,
    "beach": beach,
    "desert": desert,
    "snow": snow,
    "forest": forest,
    "meadow": meadow,
    "mountains": mountains,
    "city": city,
    "village": village,
    "sky": sky,
    "lake": lake,
}
