"""Wishes for the prior to learn from: every composition that the pocket world knows."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from engine.pocket.composition import FACED, WHOLE, WORN
from store.reader.vocabulary import COLOURS, SHAPES, things
from store.reader.wish import Wish, WishedThing
from training.data.landscapes.light import TIMES
from training.data.landscapes.render import PLACES, weathers

RELATIONS = ("and", "with", "on", "in", "under", "beside", "above", "behind")
KINDS = {  # how often each kind of wish is drawn; coloured things are most
    "natural": 30,
    "coloured": 34,
    "placed": 12,
    "two": 11,
    "several": 4,
    "place": 9,
}
RECOLOURED = {"coloured": 1}
SHAPE_SHARE = 0.1
OFTEN = {"black": 5, "white": 2}  # colours that turn a face inside out: more to learn from
HELD = 7  # one in so many combinations is held out


def all_keys() -> list[str]:
    """Return the keys of things and shapes, in the order in which the prior counts them."""
    subjects = (*SHAPES, *things("things.txt"), *things("more_things.txt"))
    return list(dict.fromkeys(subject.key for subject in subjects))


def drafted_keys() -> list[str]:
    """Return all that a composition may hold."""
    return [*all_keys(), *(f"whole {key}" for key in WHOLE)]


def is_held_out(wish: Wish) -> bool:
    """Return whether it is never trained: one in HELD of a thing with a colour, place or thing."""
    words = [wish.place or "", *(f"{thing.key} {thing.colour}" for thing in wish.things)]
    if len(words) + bool(wish.place) < 3 and not any(thing.colour for thing in wish.things):
        return False
    return sum(ord(a) * 31 + ord(b) for word in words for a, b in pairwise(word + "..")) % HELD == 0


def random_wish(rng: random.Random, keys: Sequence[str], kinds: Mapping[str, int] = KINDS) -> Wish:
    """Draw one that is not held out; kinds: how often each kind is drawn."""
    while is_held_out(wish := _drawn(rng, keys, kinds)):
        pass
    return wish


def _drawn(rng: random.Random, keys: Sequence[str], kinds: Mapping[str, int]) -> Wish:
    kind = rng.choices(list(kinds), list(kinds.values()))[0]
    if kind == "place":
        return _in_place(Wish(), rng)
    first = _thing(rng, keys, coloured=kind == "coloured" or rng.random() < 0.15)
    ground = rng.choice(COLOURS).key if rng.random() < 0.5 else None
    if kind == "placed":
        return _in_place(Wish((first,)), rng)
    if kind == "several":
        return Wish((replace(first, number=rng.randint(2, 5)),), ground=ground)
    if kind == "two":
        relation = rng.choice(RELATIONS)
        if rng.random() < 0.12:
            relation = "in"
            second = WishedThing(rng.choice(sorted(WORN | FACED)))
        else:
            second = _thing(rng, keys, coloured=rng.random() < 0.3)
        wish = Wish((first, second), relation, ground)
        return _in_place(replace(wish, ground=None), rng) if rng.random() < 0.25 else wish
    return Wish((first,), ground=ground)


def _thing(rng: random.Random, keys: Sequence[str], *, coloured: bool) -> WishedThing:
    shape = rng.random() < SHAPE_SHARE
    key = rng.choice(SHAPES).key if shape else rng.choice(keys)
    weights = [OFTEN.get(colour.key, 1) for colour in COLOURS]
    colour = rng.choices(COLOURS, weights)[0].key if coloured or shape else None
    size = rng.choice(("small", "large")) if rng.random() < 0.08 else None
    return WishedThing(key, colour, size)


def _in_place(wish: Wish, rng: random.Random) -> Wish:
    place = rng.choice(list(PLACES))
    time = rng.choice(TIMES) if rng.random() < 0.5 else None
    weather = rng.choice(weathers(place)) if rng.random() < 0.35 else None
    return replace(wish, place=place, time=time, weather=weather)
