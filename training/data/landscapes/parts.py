"""Parts of landscapes: ridges, trees, houses, clouds, waves, flakes, each drawn on a canvas."""

import math
import random
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from engine.pocket.composition import RGB
from training.data.landscapes.canvas import Array, Canvas, Point, blend

WHITE: RGB = (0.98, 0.99, 1.0)
BLACK: RGB = (0.05, 0.06, 0.1)


def rolling(canvas: Canvas, rng: random.Random, height: float, swing: float) -> Array:
    """Return a line of soft hills around a height [side]."""
    x = canvas.x[0]
    line: Array = np.full_like(x, height)
    for waves in (0.7, 1.6, 3.1):
        line = line + swing / waves * np.sin(2 * math.pi * (waves * x + rng.random()))
    return line


def craggy(canvas: Canvas, rng: random.Random, height: float, swing: float) -> Array:
    """Return a line of peaks [side]: halves of halves, each moved less (Fournier et al. 1982)."""
    points = [rng.uniform(-0.3, 0.3), rng.uniform(-1, -0.3), rng.uniform(-0.3, 0.4)]
    points += [rng.uniform(-1, -0.4), rng.uniform(-0.3, 0.3)]
    step = 0.32
    while len(points) < 60:
        between = [(a + b) / 2 + rng.uniform(-step, step) for a, b in pairwise(points)]
        points = [p for pair in zip(points[:-1], between, strict=True) for p in pair] + points[-1:]
        step *= 0.5
    places = np.linspace(0, 1, len(points))
    line: Array = height + swing * np.interp(canvas.x[0], places, points)
    return line


def sun(canvas: Canvas, at: Point, radius: float, colour: RGB) -> None:
    """Draw a sun and its glow."""
    canvas.glow(at, radius * 3.2, blend(colour, WHITE, 0.3), 0.55)
    canvas.disc(at, radius, colour)


def moon(canvas: Canvas, rng: random.Random, at: Point, radius: float, sky: Array) -> None:
    """Draw a full moon with spots, or a crescent."""
    canvas.glow(at, radius * 2.6, (0.75, 0.8, 0.95), 0.35)
    canvas.disc(at, radius, (0.96, 0.95, 0.86))
    if rng.random() < 0.5:
        away = np.hypot(canvas.x - at[0] - radius * 0.45, canvas.y - at[1] + radius * 0.2)
        canvas.fill(np.clip((radius * 0.9 - away) * canvas.side + 0.5, 0, 1), sky)
    else:
        for across, down, size in ((-0.3, -0.2, 0.22), (0.3, 0.25, 0.28), (0.2, -0.4, 0.13)):
            spot = (at[0] + across * radius, at[1] + down * radius)
            canvas.disc(spot, size * radius, (0.86, 0.85, 0.78))


def stars(canvas: Canvas, rng: random.Random, count: int, lowest: float) -> None:
    """Draw stars above a height, some of them with rays."""
    dots, rays = [], []
    for _ in range(count):
        x, y, size = rng.random(), rng.random() * lowest, rng.uniform(0.0016, 0.0045)
        dots.append((x, y, size, size))
        if rng.random() < 0.12:
            rays += [star_outline((x, y), 0.012 + 0.01 * rng.random())]
    canvas.ellipses(dots, WHITE, 0.9)
    canvas.polygons(rays, (1.0, 0.97, 0.85))


def star_outline(at: Point, radius: float) -> list[Point]:
    """Return four thin rays."""
    corners = []
    for corner in range(8):
        reach = radius if corner % 2 == 0 else radius * 0.22
        angle = corner * math.pi / 4
        corners.append((at[0] + reach * math.cos(angle), at[1] + reach * math.sin(angle)))
    return corners


def cloud(canvas: Canvas, rng: random.Random, at: Point, size: float, colour: RGB) -> None:
    """Draw puffs on a level base."""
    count = rng.randint(3, 5)
    puffs = []
    for number in range(count):
        across = (number - (count - 1) / 2) / count * 2
        radius = size * (0.42 - 0.2 * abs(across)) * rng.uniform(0.85, 1.15)
        puffs.append((at[0] + across * size, at[1] - radius * 0.5, radius, radius))
    level = [
        (at[0] - size, at[1] - size * 0.12),
        (at[0] + size, at[1] - size * 0.12),
        (at[0] + size * 0.95, at[1] + size * 0.1),
        (at[0] - size * 0.95, at[1] + size * 0.1),
    ]
    ends = [(at[0] + end * size, at[1] - size * 0.01, size * 0.14, size * 0.11) for end in (-1, 1)]
    shade = blend(colour, (0.55, 0.65, 0.8), 0.25)
    canvas.ellipses([(x, y + size * 0.03, a, b) for x, y, a, b in puffs[:-1]], shade)
    canvas.ellipses(puffs + ends, colour)
    canvas.polygons([level], colour)


def fir(canvas: Canvas, foot: Point, height: float, colour: RGB, snow: bool = False) -> None:
    """Draw a fir of three layers."""
    x, y = foot
    trunk = blend(colour, (0.35, 0.22, 0.12), 0.7)
    canvas.polygons([box(x, y - height * 0.08, height * 0.045, height * 0.1)], trunk)
    for number in range(3):
        top, wide = y - height * (0.62 + 0.19 * number), height * (0.27 - 0.06 * number)
        bottom = y - height * (0.12 + 0.24 * number)
        shade = blend(colour, WHITE, 0.07 * number)
        canvas.polygons([[(x, top), (x + wide, bottom), (x - wide, bottom)]], shade)
        if snow:
            low = top + (bottom - top) * 0.45
            half = wide * 0.45
            cap = [(x, top), (x + half, low), (x, low - height * 0.04), (x - half, low)]
            canvas.polygons([cap], WHITE)


def leafy(canvas: Canvas, rng: random.Random, foot: Point, height: float, colour: RGB) -> None:
    """Draw a round tree."""
    x, y = foot
    trunk = [(x - height * 0.05, y), (x - height * 0.025, y - height * 0.5)]
    trunk += [(x + height * 0.025, y - height * 0.5), (x + height * 0.05, y)]
    canvas.polygons([trunk], blend((0.42, 0.27, 0.15), colour, 0.15))
    crown = [(x, y - height * 0.72, height * 0.25, height * 0.26)]
    for side in (-1, 1):
        wide = height * rng.uniform(0.17, 0.22)
        crown.append((x + side * height * 0.19, y - height * 0.56, wide, wide))
    canvas.ellipses(crown, colour)
    light = [(a - b * 0.25, c - d * 0.3, b * 0.5, d * 0.45) for a, c, b, d in crown]
    canvas.ellipses(light, blend(colour, (0.9, 0.95, 0.5), 0.28))


def palm(canvas: Canvas, rng: random.Random, foot: Point, height: float, colour: RGB) -> None:
    """Draw a palm that leans."""
    x, y = foot
    lean = rng.choice((-1, 1)) * rng.uniform(0.1, 0.3) * height
    trunk = [(x + lean * t * t, y - height * t) for t in np.linspace(0, 1, 9)]
    canvas.strokes([trunk], height * 0.065, blend((0.55, 0.38, 0.22), colour, 0.1))
    top = trunk[-1]
    for number in range(7):
        angle = math.pi * (1.12 + 0.96 * number / 6) if number < 7 else 0.0
        reach = height * rng.uniform(0.4, 0.52)
        canvas.polygons([_leaf(top, angle, reach)], blend(colour, WHITE, 0.06 * (number % 3)))


def _leaf(top: Point, angle: float, reach: float) -> list[Point]:
    """Return a leaf that hangs at its end."""
    upper, lower = [], []
    for t in np.linspace(0, 1, 8):
        x = top[0] + reach * t * math.cos(angle)
        y = top[1] + reach * t * math.sin(angle) * 0.75 + reach * 0.5 * t * t
        thick = reach * 0.1 * math.sin(math.pi * min(1.0, t * 0.9 + 0.1))
        upper.append((x, y - thick))
        lower.append((x, y + thick))
    return upper + lower[::-1]


def cactus(canvas: Canvas, foot: Point, height: float, colour: RGB) -> None:
    """Draw a cactus with two arms."""
    x, y = foot
    wide = height * 0.17
    canvas.strokes([[(x, y), (x, y - height)]], wide, colour)
    for side, low in ((-1, 0.38), (1, 0.5)):
        out = x + side * height * 0.27
        arm = [(x, y - height * low), (out, y - height * low), (out, y - height * (low + 0.3))]
        canvas.strokes([arm], wide * 0.75, colour)
    line = [(x - wide * 0.15, y - height * 0.05), (x - wide * 0.15, y - height)]
    canvas.strokes([line], wide * 0.12, blend(colour, WHITE, 0.3))


def house(
    canvas: Canvas, rng: random.Random, foot: Point, size: float, wall: RGB, *, lit: bool
) -> None:
    """Draw a house; at night its windows are lit."""
    x, y = foot
    roof = rng.choice(((0.75, 0.25, 0.2), (0.55, 0.3, 0.22), (0.35, 0.4, 0.55)))
    roof = blend(roof, BLACK, 0.45 if lit else 0.0)
    canvas.polygons([box(x, y - size * 0.3, size * 0.42, size * 0.3)], wall)
    top = [(x, y - size), (x + size * 0.55, y - size * 0.58), (x - size * 0.55, y - size * 0.58)]
    canvas.polygons([top], roof)
    window = (1.0, 0.86, 0.45) if lit else (0.6, 0.8, 0.92)
    boxes = [
        box(x + side * size * 0.2, y - size * 0.38, size * 0.09, size * 0.1) for side in (-1, 1)
    ]
    canvas.polygons(boxes, window)
    door = box(x, y - size * 0.12, size * 0.08, size * 0.13)
    canvas.polygons([door], blend(roof, BLACK, 0.3))


def tower_blocks(
    canvas: Canvas,
    rng: random.Random,
    ground: float,
    heights: tuple[float, float],
    colour: RGB,
    *,
    window: RGB | None = None,
) -> None:
    """Draw a row of buildings; with `window` they have windows, some of them lit."""
    x, blocks, panes = -0.02, [], []
    while x < 1.0:
        wide, high = rng.uniform(0.09, 0.2), rng.uniform(*heights)
        blocks.append(box(x + wide / 2, ground - high / 2, wide / 2 - 0.004, high / 2 + 0.01))
        if rng.random() < 0.25:
            blocks.append(box(x + wide / 2, ground - high - 0.03, 0.004, 0.05))
        if window is not None:
            panes += _windows(rng, x, wide, ground - high, ground)
        x += wide
    canvas.polygons(blocks, colour)
    if window is not None:
        canvas.polygons([pane for pane in panes if rng.random() < 0.7], window)


def _windows(
    rng: random.Random, left: float, wide: float, top: float, ground: float
) -> list[list[Point]]:
    across = max(2, round(wide / 0.042))
    step = (wide - 0.02) / across
    rows = max(1, int((ground - top - 0.03) / 0.05))
    return [
        box(left + 0.01 + step * (column + 0.5), top + 0.035 + 0.05 * row, step * 0.28, 0.014)
        for column in range(across)
        for row in range(rows)
    ]


def box(x: float, y: float, across: float, down: float) -> list[Point]:
    """Return the corners of a box by its middle and its half sides."""
    left, right, top, bottom = x - across, x + across, y - down, y + down
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def wave_lines(canvas: Canvas, rng: random.Random, top: float, bottom: float, colour: RGB) -> None:
    """Draw crests on water, longer and further apart as they come nearer."""
    lines, y, step = [], top + 0.012, 0.018
    while y < bottom:
        for _ in range(rng.randint(2, 4)):
            middle, half = rng.random(), step * rng.uniform(1.6, 3.5)
            steps = np.linspace(-1, 1, 9)
            lines.append(
                [(middle + half * t, y - step * 0.14 * math.cos(t * 2 * math.pi)) for t in steps]
            )
        y, step = y + step * 1.4, step * 1.22
    canvas.strokes(lines, 0.0065, colour, 0.8)


def flakes(canvas: Canvas, rng: random.Random, count: int) -> None:
    """Draw snowflakes."""
    sizes = [rng.uniform(0.003, 0.011) for _ in range(count)]
    canvas.ellipses([(rng.random(), rng.random(), size, size) for size in sizes], WHITE, 0.95)


def drops(canvas: Canvas, rng: random.Random, count: int) -> None:
    """Draw slanted streaks of rain."""
    lines = []
    for _ in range(count):
        x, y, long = rng.uniform(0, 1.1), rng.random(), rng.uniform(0.03, 0.07)
        lines.append([(x, y), (x - long * 0.3, y + long)])
    canvas.strokes(lines, 0.0055, (0.78, 0.88, 0.98), 0.75)


def dots(
    canvas: Canvas,
    rng: random.Random,
    places: Sequence[Point],
    radius: float,
    colours: Sequence[RGB],
) -> None:
    """Draw flowers, pebbles, bubbles: dots of several colours, one fill for each colour."""
    chosen = [rng.randrange(len(colours)) for _ in places]
    for number, colour in enumerate(colours):
        mine = [p for p, c in zip(places, chosen, strict=True) if c == number]
        canvas.ellipses([(x, y, radius, radius) for x, y in mine], colour)


def lightning(canvas: Canvas, rng: random.Random) -> None:
    """Draw one flash."""
    x, y, line = rng.uniform(0.25, 0.75), 0.12, []
    while y < 0.55:
        line.append((x, y))
        x, y = x + rng.uniform(-0.07, 0.07), y + rng.uniform(0.05, 0.09)
    canvas.strokes([line], 0.03, (0.85, 0.85, 1.0), 0.35)
    canvas.strokes([line], 0.012, (1.0, 0.97, 0.75))
