"""Places where no sky is, or nothing else: space, the bottom of the sea, a room."""

import math
import random

import numpy as np

from engine.pocket.composition import RGB
from training.data.landscapes import parts
from training.data.landscapes.canvas import Canvas, Point, blend
from training.data.landscapes.light import SKIES, Light
from training.data.landscapes.outdoor_places import SAND, Place


def space(canvas: Canvas, rng: random.Random, light: Light) -> float:
    """Paint planets among stars, above a moon's ground or none."""
    dark: RGB = rng.choice(((0.03, 0.02, 0.1), (0.05, 0.03, 0.15), (0.02, 0.04, 0.12)))
    canvas.pixels[:] = canvas.gradient([(0, dark), (1, blend(dark, (0.2, 0.1, 0.4), 0.35))])
    for _ in range(rng.randint(2, 4)):
        hue = rng.choice(((0.5, 0.2, 0.6), (0.15, 0.3, 0.7), (0.7, 0.25, 0.45), (0.1, 0.5, 0.6)))
        canvas.glow((rng.random(), rng.random()), rng.uniform(0.15, 0.35), hue, 0.3)
    parts.stars(canvas, rng, rng.randint(90, 160), 1.0)
    for at in rng.sample(((0.18, 0.2), (0.8, 0.22), (0.85, 0.8)), rng.randint(1, 2)):
        _planet(canvas, rng, at, rng.uniform(0.06, 0.13))
    if rng.random() < 0.45:
        grey = rng.choice(((0.62, 0.62, 0.68), (0.75, 0.45, 0.35), (0.45, 0.42, 0.6)))
        line = parts.rolling(canvas, rng, 0.8, 0.03)
        canvas.below(line, grey, blend(grey, parts.BLACK, 0.4))
        holes = [(rng.random(), rng.uniform(0.85, 0.98)) for _ in range(6)]
        boxes = [(x, y, 0.05 * y * y, 0.016 * y * y) for x, y in holes]
        canvas.ellipses(boxes, blend(grey, parts.BLACK, 0.3))
    return 0.88


def _planet(canvas: Canvas, rng: random.Random, at: Point, radius: float) -> None:
    hue: RGB = rng.choice(
        ((0.9, 0.6, 0.35), (0.4, 0.65, 0.9), (0.85, 0.45, 0.5), (0.55, 0.8, 0.65))
    )
    canvas.disc(at, radius, hue)
    for number in range(3):
        y = at[1] + radius * (-0.5 + 0.5 * number)
        half = math.sqrt(max(0.0, radius**2 - (y - at[1]) ** 2)) * 0.8
        canvas.strokes(
            [[(at[0] - half, y), (at[0] + half, y)]], radius * 0.16, blend(hue, parts.WHITE, 0.3)
        )
    away = np.hypot(canvas.x - at[0] + radius * 0.4, canvas.y - at[1] + radius * 0.4)
    inside = np.clip((radius - np.hypot(canvas.x - at[0], canvas.y - at[1])) * canvas.side, 0, 1)
    canvas.fill(inside * np.clip((away - radius * 1.05) * canvas.side, 0, 1), parts.BLACK, 0.35)
    if rng.random() < 0.5:
        ring = [
            (
                at[0] + 1.8 * radius * math.cos(t),
                at[1] + 0.45 * radius * math.sin(t) - 0.3 * radius * math.cos(t),
            )
            for t in np.linspace(-0.6, math.pi + 0.6, 24)
        ]
        canvas.strokes([ring], radius * 0.13, (0.95, 0.88, 0.7))


def underwater(canvas: Canvas, rng: random.Random, light: Light) -> float:
    """Paint weeds, corals and beams of light above a sandy bottom."""
    top: RGB = rng.choice(((0.35, 0.8, 0.9), (0.25, 0.7, 0.9), (0.3, 0.8, 0.8)))
    deep: RGB = rng.choice(((0.02, 0.2, 0.45), (0.03, 0.25, 0.5), (0.02, 0.3, 0.42)))
    canvas.pixels[:] = canvas.gradient([(0, top), (0.85, deep), (1, deep)])
    for _ in range(rng.randint(2, 4)):
        x, wide = rng.random(), rng.uniform(0.04, 0.09)
        lean = rng.uniform(-0.25, 0.25)
        beam = [(x, 0), (x + wide, 0), (x + wide * 2 + lean, 0.8), (x + lean - wide, 0.8)]
        canvas.polygons([beam], parts.WHITE, 0.1)
    bottom = parts.rolling(canvas, rng, 0.82, 0.03)
    canvas.below(bottom, blend(SAND, deep, 0.25), blend(SAND, deep, 0.5))
    for _ in range(rng.randint(5, 9)):
        at = rng.choice((rng.uniform(0, 0.32), rng.uniform(0.68, 1)))
        foot = (at, rng.uniform(0.84, 0.98))
        if rng.random() < 0.6:
            _weed(canvas, rng, foot, rng.uniform(0.18, 0.42))
        else:
            _coral(canvas, rng, foot, rng.uniform(0.1, 0.2))
    bubbles = [(rng.random(), rng.uniform(0.05, 0.8)) for _ in range(rng.randint(8, 18))]
    sizes = [rng.uniform(0.006, 0.016) for _ in bubbles]
    canvas.ellipses(
        [(x, y, s, s) for (x, y), s in zip(bubbles, sizes, strict=True)], parts.WHITE, 0.35
    )
    for _ in range(rng.randint(0, 3)):
        _small_fish(canvas, rng, (rng.random(), rng.uniform(0.15, 0.7)), rng.uniform(0.02, 0.035))
    return 0.9


def _weed(canvas: Canvas, rng: random.Random, foot: Point, height: float) -> None:
    green = rng.choice(((0.15, 0.6, 0.35), (0.3, 0.65, 0.25), (0.1, 0.5, 0.45)))
    phase = rng.random() * 6
    line = [
        (foot[0] + 0.025 * math.sin(phase + 9 * t), foot[1] - height * t)
        for t in np.linspace(0, 1, 16)
    ]
    canvas.strokes([line], 0.022, green)
    canvas.strokes([line[2:-2]], 0.006, blend(green, parts.WHITE, 0.25))


def _coral(canvas: Canvas, rng: random.Random, foot: Point, height: float) -> None:
    hue = rng.choice(((0.95, 0.4, 0.45), (0.98, 0.6, 0.4), (0.85, 0.4, 0.7)))
    lines = []
    for angle in (-0.6, -0.25, 0.1, 0.5):
        tip = (foot[0] + height * math.sin(angle), foot[1] - height * math.cos(angle))
        lines.append([foot, tip])
    canvas.strokes(lines, height * 0.2, hue)


def _small_fish(canvas: Canvas, rng: random.Random, at: Point, size: float) -> None:
    hue = rng.choice(((0.98, 0.6, 0.2), (0.98, 0.85, 0.3), (0.9, 0.35, 0.4)))
    x, y = at
    way = rng.choice((-1, 1))
    tail = [
        (x - way * size * 0.8, y),
        (x - way * size * 1.7, y - size * 0.6),
        (x - way * size * 1.7, y + size * 0.6),
    ]
    canvas.polygons([tail], hue)
    canvas.ellipses([(x, y, size, size * 0.6)], hue)
    canvas.disc((x + way * size * 0.5, y - size * 0.12), size * 0.16, parts.BLACK)


def room(canvas: Canvas, rng: random.Random, light: Light) -> float:
    """Paint a room with a window, a rug and a wooden floor."""
    wall: RGB = rng.choice(
        (
            (0.95, 0.85, 0.7),
            (0.7, 0.85, 0.85),
            (0.85, 0.75, 0.85),
            (0.75, 0.85, 0.7),
            (0.95, 0.75, 0.65),
        )
    )
    wood: RGB = rng.choice(((0.72, 0.5, 0.3), (0.6, 0.4, 0.25), (0.82, 0.62, 0.42)))
    dim = 0.55 if light.dark else 1.0
    wall = blend((0.15, 0.15, 0.3), wall, dim)
    wood = blend((0.12, 0.1, 0.2), wood, dim)
    floor = rng.uniform(0.7, 0.76)
    canvas.pixels[:] = canvas.gradient([(0, blend(wall, parts.WHITE, 0.1)), (1, wall)])
    if rng.random() < 0.4:
        stripes = [parts.box(x, floor / 2, 0.022, floor / 2) for x in np.arange(0.04, 1, 0.13)]
        canvas.polygons(stripes, blend(wall, parts.WHITE, 0.3))
    flat = np.full(canvas.side, floor, dtype=np.float32)
    canvas.below(flat, wood, blend(wood, parts.BLACK, 0.25))
    planks = [[(0, y), (1, y)] for y in (floor + 0.08, floor + 0.17)]
    canvas.strokes(planks, 0.004, blend(wood, parts.BLACK, 0.3))
    canvas.polygons([parts.box(0.5, floor, 0.5, 0.013)], blend(wall, parts.WHITE, 0.6))
    _window(canvas, rng, light, (rng.choice((0.26, 0.72)), 0.3))
    rug: RGB = rng.choice(((0.8, 0.3, 0.3), (0.3, 0.45, 0.7), (0.4, 0.6, 0.4), (0.85, 0.6, 0.3)))
    rug = blend((0.1, 0.1, 0.2), rug, dim)
    canvas.ellipses([(0.5, 0.9, 0.38, 0.075)], rug)
    canvas.ellipses([(0.5, 0.9, 0.31, 0.056)], blend(rug, parts.WHITE, 0.3))
    return 0.91


def _window(canvas: Canvas, rng: random.Random, light: Light, at: Point) -> None:
    x, y, half = at[0], at[1], rng.uniform(0.13, 0.16)
    frame: RGB = (0.97, 0.96, 0.93) if not light.dark else (0.6, 0.6, 0.7)
    canvas.polygons([parts.box(x, y, half + 0.018, half + 0.018)], frame)
    upper, lower = rng.choice(SKIES[light.time])
    view = canvas.gradient([(y - half, upper), (y + half, lower)])
    canvas.polygons([parts.box(x, y, half, half)], view)
    if light.dark:
        canvas.disc((x + half * 0.4, y - half * 0.4), half * 0.25, (0.96, 0.95, 0.86))
    else:
        canvas.ellipses(
            [(x - half * 0.3, y + half * 0.1, half * 0.4, half * 0.14)], parts.WHITE, 0.8
        )
    bars = [parts.box(x, y, 0.007, half), parts.box(x, y, half, 0.007)]
    canvas.polygons(bars, frame)
    cloth = rng.choice(((0.85, 0.4, 0.35), (0.4, 0.6, 0.75), (0.95, 0.8, 0.5)))
    cloth = blend(cloth, (0.1, 0.1, 0.25), 0.45 if light.dark else 0.0)
    for side in (-1, 1):
        edge = x + side * (half + 0.04)
        inner = edge - side * half * 0.45
        curtain = [
            (edge, y - half - 0.03),
            (inner, y - half - 0.03),
            (edge - side * half * 0.12, y + half + 0.05),
            (edge, y + half + 0.05),
        ]
        canvas.polygons([curtain], cloth)
    canvas.polygons(
        [parts.box(x, y - half - 0.03, half + 0.07, 0.01)], blend(cloth, parts.BLACK, 0.4)
    )


PLACES: dict[str, Place] = {"space": space, "underwater": underwater, "room": room}
