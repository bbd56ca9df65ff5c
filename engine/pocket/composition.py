"""Where the things of a wish lie in the picture, and on what: plain rules, the same for training
and painting."""

import random
from dataclasses import dataclass, replace

from engine.pocket.palette import PALETTE
from store.reader.wish import Wish, WishedThing

RGB = tuple[float, float, float]  # each 0..1
MOST = 5  # things in a picture
CELLS = 32  # along each side of a draft; things fill whole cells of it
VARIANTS = 16  # pictures of each place that are learned
FLOOR = 0.78  # how far down things stand in a place: their feet, in halves from the middle
MOVED = 0.16  # how far a picture that is like another may have its things elsewhere
ELSEWHERE = 0.3  # how often its place is another of the kind
WORN = {"hat", "cap", "crown", "helmet", "sun hat", "graduation cap", "ribbon", "headphones"}
FACED = {"glasses", "sunglasses", "goggles", "theatre masks"}
WHOLE = {  # animals whose usual picture is a face: they stand in places, and ride, as a whole
    "cat": "🐈",
    "dog": "🐕",
    "horse": "🐎",
    "rabbit": "🐇",
    "pig": "🐖",
    "cow": "🐄",
    "tiger": "🐅",
    "monkey": "🐒",
    "mouse": "🐁",
    "dragon": "🐉",
    "chicken": "🐓",
    "man": "🧍‍♂️",
    "woman": "🧍‍♀️",
}
STANDING = {"on", "under", "above", "beside"}  # relations in which they are whole
CALM: tuple[RGB, ...] = (  # grounds where none is named
    (0.93, 0.95, 0.98),
    (0.99, 0.95, 0.86),
    (0.86, 0.94, 0.9),
    (0.75, 0.87, 0.95),
    (0.97, 0.87, 0.85),
    (0.9, 0.88, 0.97),
    (0.99, 0.9, 0.62),
    (0.62, 0.82, 0.78),
)


@dataclass(frozen=True)
class Placed:
    """A thing in the picture: its side in sides of the picture, its middle in halves of it.

    The key may be that of a whole animal: "whole cat".
    """

    key: str
    colour: RGB | None = None  # None for its own
    scale: float = 0.8
    across: float = 0.0
    down: float = 0.0


@dataclass(frozen=True)
class Ground:
    """What lies behind: two colours from above to below, or a variant of a place."""

    upper: RGB = (1.0, 1.0, 1.0)
    lower: RGB = (1.0, 1.0, 1.0)
    place: str | None = None
    variant: int = 0
    time: str = "day"
    weather: str = "clear"


@dataclass(frozen=True)
class Composition:
    """A picture to be: its ground, and its things from the furthest to the nearest."""

    ground: Ground
    things: tuple[Placed, ...] = ()


def compose(wish: Wish, rng: random.Random) -> Composition:
    """Return a composition for a wish; what the wish leaves open is drawn from rng."""
    ground = _ground(wish, rng)
    room = 0.62 if ground.place else 0.86
    placed = [_placed(thing, room * rng.uniform(0.94, 1.04)) for thing in wish.things]
    worn = any(thing.key in WORN | FACED for thing in wish.things)
    if (ground.place or wish.relation in STANDING) and not worn:
        placed = [replace(one, key=_whole(one.key)) for one in placed]
    if not placed:
        return Composition(ground)
    if len(placed) == 1:
        things = _several(placed[0], min(wish.things[0].number, MOST))
    else:
        things = _related(wish.relation or "and", *placed[:2])
        things = _with_numbers(things, wish.things)
    if ground.place:
        things = _standing(things, rng)
    return Composition(ground, tuple(_aligned(_jittered(thing, rng)) for thing in things))


def varied(composition: Composition, rng: random.Random) -> Composition:
    """Return one that is like it: things a little elsewhere and of another size, another light."""

    def moved(thing: Placed) -> Placed:
        across = thing.across + rng.uniform(-MOVED, MOVED)
        down = thing.down + rng.uniform(-MOVED, MOVED) / 2
        scale = thing.scale * rng.uniform(1 - MOVED, 1 + MOVED)
        return _aligned(replace(thing, scale=scale, across=across, down=down))

    ground = composition.ground
    light, slope = rng.uniform(-0.08, 0.08), rng.uniform(-0.04, 0.04)
    variant = rng.randrange(VARIANTS) if rng.random() < ELSEWHERE else ground.variant
    upper, lower = shaded(ground.upper, light), shaded(ground.lower, light + slope)
    ground = replace(ground, upper=upper, lower=lower, variant=variant)
    return Composition(ground, tuple(map(moved, composition.things)))


def _ground(wish: Wish, rng: random.Random) -> Ground:
    told = (wish.place, wish.time, wish.weather)
    variant = rng.randrange(VARIANTS)
    if any(told) and not (wish.ground and not wish.place):
        place = wish.place or rng.choice(("meadow", "sea", "mountains", "city", "village"))
        return Ground(
            place=place, variant=variant, time=wish.time or "day", weather=wish.weather or "clear"
        )
    name = wish.ground or (wish.colour if not wish.things else None)
    upper = named_colour(name) if name else rng.choice(CALM)
    return Ground(upper, shaded(upper, rng.uniform(-0.06, 0.06)))


def _whole(key: str) -> str:
    return f"whole {key}" if key in WHOLE else key


def named_colour(name: str) -> RGB:
    """Return a colour of the palette, 0..1."""
    r, g, b = PALETTE[name]
    return r / 255, g / 255, b / 255


def shaded(colour: RGB, amount: float) -> RGB:
    """Return it lighter or darker by an amount, within 0..1."""
    r, g, b = (min(1.0, max(0.0, band + amount)) for band in colour)
    return r, g, b


def _placed(thing: WishedThing, scale: float) -> Placed:
    factor = {"small": 0.62, "large": 1.14}.get(thing.size or "", 1.0)
    colour = named_colour(thing.colour) if thing.colour else None
    return Placed(thing.key, colour, scale * factor)


def _several(thing: Placed, number: int) -> list[Placed]:
    """Put two in a row; more in two rows, the nearer below."""
    if number <= 1:
        return [thing]
    back = number // 2 if number > 3 else (1 if number == 3 else 0)
    rows = [(back, -0.42), (number - back, 0.38)] if back else [(number, 0.0)]
    found = []
    for count, down in rows:
        scale = thing.scale * min(0.56, 1.12 / max(count, 2))
        for place in range(count):
            across = (place - (count - 1) / 2) * (1.9 / max(count, 2))
            found.append(replace(thing, scale=scale, across=across, down=down))
    return found


def _related(relation: str, first: Placed, second: Placed) -> list[Placed]:
    """Place both things, from the furthest to the nearest."""
    a, b = first.scale, second.scale

    def put(thing: Placed, share: float, across: float, down: float) -> Placed:
        return replace(thing, scale=thing.scale * share, across=across, down=down)

    if relation == "in" and second.key in WORN:
        relation = "worn"
    if relation in ("in", "with") and second.key in FACED:
        return [put(first, 1.0, 0, 0.06), put(second, 0.5, 0, -0.08)]
    if relation == "with" and second.key in WORN:
        relation = "worn"
    layouts = {
        "worn": [put(first, 0.82, 0, 0.22 * a), put(second, 0.44, 0, -0.68 * b)],
        "on": [put(second, 0.74, 0, 0.36), put(first, 0.6, 0, -0.34)],
        "in": [put(first, 0.62, 0, -0.3), put(second, 0.74, 0, 0.34)],
        "under": [put(second, 0.72, 0, -0.28), put(first, 0.46, 0.04, 0.5)],
        "above": [put(second, 0.6, 0, 0.42), put(first, 0.52, 0, -0.46)],
        "behind": [put(first, 0.72, -0.22, -0.14), put(second, 0.6, 0.3, 0.34)],
        "with": [put(first, 0.78, -0.2, 0), put(second, 0.42, 0.54, 0.3)],
    }
    beside = [put(first, 0.56, -0.47, 0.05), put(second, 0.56, 0.47, 0.05)]
    return layouts.get(relation, beside)


def _with_numbers(things: list[Placed], wished: tuple[WishedThing, ...]) -> list[Placed]:
    """Put a second beside the first of a kind that is wished for more than once."""
    found = list(things)
    for thing in wished[:2]:
        for one in list(things):
            if one.key in (thing.key, _whole(thing.key)) and thing.number > 1 and len(found) < MOST:
                side = -1 if one.across > 0 else 1
                again = replace(one, across=one.across + side * 0.3, down=one.down - 0.12)
                found.insert(0, replace(again, scale=one.scale * 0.85))
    return found


def _standing(things: list[Placed], rng: random.Random) -> list[Placed]:
    """Move all together, so that the lowest feet stand on the floor of the place."""
    lowest = max(thing.down + thing.scale for thing in things)
    down = FLOOR + rng.uniform(-0.04, 0.08) - lowest
    return [replace(thing, down=thing.down + down) for thing in things]


def _jittered(thing: Placed, rng: random.Random) -> Placed:
    across, down = rng.uniform(-0.03, 0.03), rng.uniform(-0.03, 0.03)
    return replace(thing, across=thing.across + across, down=thing.down + down)


def _aligned(thing: Placed) -> Placed:
    """Return the thing with its edges on the grid of a draft, as near as they are.

    A prior learns fewer cases, because the latent of a shifted thing is then the shifted latent.
    """
    cells = max(1, round(thing.scale * CELLS))

    def middle(at: float) -> float:
        first = round((1 + at) * CELLS / 2 - cells / 2)
        return (first + cells / 2) * 2 / CELLS - 1

    across, down = middle(thing.across), middle(thing.down)
    return replace(thing, scale=cells / CELLS, across=across, down=down)
