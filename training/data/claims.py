"""What the text of a wish claims, claim by claim: a shorter text is true of more pictures.

A text is that of `store.reader.wish.Wish`: "cat:black with ball; place=sea". Both languages
read to the same text, so a guide that learns these texts knows no difference between them.
"""

import random
from dataclasses import replace
from typing import Any

from store.reader.vocabulary import COLOURS
from store.reader.wish import Wish, WishedThing

COLOUR_KEYS = frozenset(colour.key for colour in COLOURS)
RELATIONS = ("and", "with", "on", "in", "under", "beside", "above", "behind")
DROPPED, PLAINER = 0.4, 0.35  # shares of the circumstances, and of what is said of things


def claims(text: str) -> frozenset[str]:
    """Return the claims of a wish: its things, what is said of them, and each circumstance."""
    found = set()
    for part in text.split("; "):
        if "=" in part or not part:
            found |= {part} if part else set()
            continue
        relation, things = things_of(part)
        found |= {f"relation {relation}"} if relation not in ("", "and") else set()
        for thing in things:
            key, *said = thing.split(":")
            found |= {key, *(f"{key}:{word}" for word in said)}
    return frozenset(found)


def things_of(part: str) -> tuple[str, list[str]]:
    """Return the relation of the things ("" for one alone), and the things as they are written."""
    for relation in RELATIONS:
        first, joint, second = part.partition(f" {relation} ")
        if joint:
            return relation, [first, second]
    return "", [part]


def shortened(text: str, rng: random.Random) -> str:
    """Return the text with some of its claims left out, but never all."""
    parts = text.split("; ")
    kept = [part for part in parts if "=" not in part or rng.random() >= DROPPED]
    if not kept:
        kept = [rng.choice(parts)]
    return "; ".join(_plainer(part, rng) if "=" not in part else part for part in kept)


def _plainer(part: str, rng: random.Random) -> str:
    relation, things = things_of(part)
    words = []
    for thing in things:
        key, *said = thing.split(":")
        words.append(":".join([key, *(word for word in said if rng.random() >= PLAINER)]))
    if len(words) == 2 and rng.random() < 0.3:
        return rng.choice(words)
    return f" {relation} ".join(words)


def wish_of(text: str) -> Wish:
    """Parse a text into the wish that a plain description tells: no numbers, sizes, relations."""
    wish = Wish()
    named: dict[str, Any] = {}
    for part in text.split("; "):
        name, circumstance, value = part.partition("=")
        if circumstance:
            named[name] = value
        else:
            wish = replace(wish, things=tuple(map(_plain_thing, things_of(part)[1])))
    return replace(wish, **named)


def _plain_thing(text: str) -> WishedThing:
    key, *said = text.split(":")
    return WishedThing(key, next((word for word in said if word in COLOUR_KEYS), None))


def plain_claims(text: str) -> frozenset[str]:
    """Return the claims of a wish that a plain description of it tells."""
    return claims(str(wish_of(text)))
