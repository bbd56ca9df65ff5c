"""Several weighted phrases of a prompt become one wish: a mix shows all that it names."""

from collections.abc import Sequence
from dataclasses import replace

from engine.pocket.palette import PALETTE
from store.reader.read import read
from store.reader.wish import Wish, WishedThing

HEAVIER = 1.5  # how much more a phrase weighs whose thing is drawn larger
INSTEAD = {  # of a colour that is not wanted
    "red": "green",
    "orange": "sky",
    "yellow": "purple",
    "green": "red",
    "sky": "orange",
    "blue": "yellow",
    "purple": "yellow",
    "pink": "green",
    "brown": "green",
    "black": "white",
    "white": "blue",
    "grey": "orange",
}


def read_phrases(phrases: Sequence[tuple[str, float]]) -> Wish:
    """Read texts with their weights, negative ones for what shall be away.

    Things of the heaviest phrase come first, and are larger where it weighs much more. The wish is
    empty if nothing but what shall be away is named.
    """
    wanted = sorted(((w, read(text)) for text, w in phrases if w > 0), key=lambda pair: -pair[0])
    unwanted = [read(text) for text, weight in phrases if weight < 0]
    if not wanted:
        return Wish()
    wish = wanted[0][1]
    for weight, other in wanted[1:]:
        wish = _joined(wish, other, heavier=wanted[0][0] >= HEAVIER * weight)
    for other in unwanted:
        wish = _without(wish, other)
    return wish


def _joined(wish: Wish, other: Wish, *, heavier: bool) -> Wish:
    """Return the wish with what the lighter one adds to it."""
    things = [thing for thing in other.things if thing not in wish.things]
    if heavier and wish.things and things and len(wish.things) == 1:
        first, second = wish.things[0], things[0]
        wish = replace(wish, things=(replace(first, size=first.size or "large"),))
        things[0] = replace(second, size=second.size or "small")
    both = (*wish.things, *things)
    snowed = other.place == "snow" and wish.place not in (None, "snow")
    colour = wish.colour or other.colour
    if colour and both and both[0].colour is None:
        both = (replace(both[0], colour=colour), *both[1:])
    return Wish(
        both[:2],
        wish.relation or other.relation or ("and" if len(both) > 1 else None),
        wish.ground or other.ground,
        wish.place or other.place,
        wish.time or other.time,
        wish.weather or other.weather or ("snowfall" if snowed else None),
        colour,
        wish.leftover + other.leftover,
    )


def _without(wish: Wish, other: Wish) -> Wish:
    """Return the wish less the things, the colours and the ground that shall be away."""
    away = {thing.key for thing in other.things}
    things = [thing for thing in wish.things if thing.key not in away]
    if other.colour:
        things = [_other_colour(thing, other.colour) for thing in things]
    return replace(
        wish,
        things=tuple(things),
        relation=wish.relation if len(things) > 1 else None,
        ground=INSTEAD[wish.ground]
        if wish.ground in (other.ground, other.colour) and wish.ground
        else wish.ground,
        place=None if wish.place == other.place else wish.place,
        time=None if wish.time == other.time else wish.time,
        weather=None if wish.weather == other.weather else wish.weather,
    )


def _other_colour(thing: WishedThing, away: str) -> WishedThing:
    """Give a thing of the unwanted colour another, as one of its own, which may be that."""
    if thing.colour in (None, away):
        return replace(thing, colour=INSTEAD[away])
    return thing


assert set(INSTEAD) == set(PALETTE)
