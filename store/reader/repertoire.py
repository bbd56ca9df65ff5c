"""What the models that are on can draw of what a phrase wishes for, and what they cannot."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import reduce
from typing import Any, Self

from store.reader.pieces import Item, pieces
from store.reader.read import BODY_PARTS, read
from store.reader.wish import Wish, WishedThing

CIRCUMSTANCES = ("place", "time", "weather")
# Little words that belong to the one after them: "в лесу", "in a spacesuit".
_BEFORE = (
    r"в|во|на|с|со|под|у|за|из|без|для|от|до|над|при|о|об|к|по|через|"
    r"in|on|with|at|under|by|for|of|from|as|like|over|behind|without|inside|near"
)


@dataclass(frozen=True)
class Repertoire:
    """The things, places and so on that models with a closed vocabulary can draw, by their keys.

    most_things: how many things one picture may have. counts: whether there may be several of one.
    """

    things: frozenset[str]
    places: frozenset[str] = frozenset()
    times: frozenset[str] = frozenset()
    weathers: frozenset[str] = frozenset()
    most_things: int = 1
    counts: bool = False

    def to_stored(self) -> dict[str, Any]:
        """Return values that JSON can hold."""
        return {
            name: sorted(value) if isinstance(value, frozenset) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_stored(cls, values: dict[str, Any]) -> Self:
        """Return the repertoire of stored values; those of other versions are ignored."""
        known: dict[str, Any] = {
            name: frozenset(values[name]) if isinstance(values[name], list) else values[name]
            for name in cls.__dataclass_fields__
            if name in values
        }
        return cls(**known)

    def joined(self, other: "Repertoire") -> "Repertoire":
        """Return what one of the two can draw."""
        return Repertoire(
            self.things | other.things,
            self.places | other.places,
            self.times | other.times,
            self.weathers | other.weathers,
            max(self.most_things, other.most_things),
            self.counts or other.counts,
        )


@dataclass(frozen=True)
class LeftOut:
    """Words of a phrase that cannot be drawn; `thing` is the key of the thing that they name.

    surplus: it could be drawn by itself, but not beside what is drawn already.
    """

    words: str
    thing: str | None = None
    surplus: bool = False


@dataclass(frozen=True)
class PhraseReading:
    """What of a phrase can be drawn, in the user's words and as a wish, and what cannot."""

    text: str
    wish: Wish
    left_out: tuple[LeftOut, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """Return what cannot be drawn at all, in the words of the phrase."""
        return tuple(dict.fromkeys(left.words for left in self.left_out if not left.surplus))


def read_within(text: str, repertoire: Repertoire) -> PhraseReading:
    """Read a phrase for models that can draw no more than the repertoire."""
    return _Selection(text, repertoire).reading()


class _Selection:
    """Go through what was read, and keep what can be drawn."""

    def __init__(self, text: str, repertoire: Repertoire) -> None:
        self._text, self._repertoire = text, repertoire
        self._items = pieces(text)
        self._wish = read(text)
        self._left: list[LeftOut] = []

    def reading(self) -> PhraseReading:
        things = list(self._things())
        circumstances = dict(self._circumstances(things))
        kept = tuple(things[: self._repertoire.most_things])
        for thing in things[len(kept) :]:
            self._leave(self._words_of(thing.key), thing.key, surplus=True)
        wish = replace(
            self._wish,
            things=tuple(self._single(thing) for thing in kept),
            relation=self._wish.relation if len(kept) > 1 else None,
            leftover=(),
            **circumstances,
        )
        for words in self._wish.leftover:
            key = self._surplus(words)
            self._leave(words, key, surplus=key is not None)
        if wish.is_empty and not self._left:
            self._leave(self._text)
        at = self._text.lower().replace("ё", "е").find
        order = sorted(self._left, key=lambda left: at(left.words.lower().replace("ё", "е")))
        return PhraseReading(self._text, wish, tuple(self._together(order)))

    def _together(self, order: list[LeftOut]) -> list[LeftOut]:
        """Join words that stand side by side in the phrase."""
        found: list[LeftOut] = []
        for left in order:
            words = f"{found[-1].words} {left.words}" if found else ""
            if found and {found[-1].thing, left.thing} == {None} and words in self._text:
                found[-1] = LeftOut(words)
            else:
                found.append(left)
        return found

    def _things(self) -> Iterator[WishedThing]:
        for thing in self._wish.things:
            if thing.key in self._repertoire.things:
                yield thing
            else:
                self._leave(self._words_of(thing.key), thing.key)

    def _circumstances(self, things: list[WishedThing]) -> Iterator[tuple[str, str | None]]:
        """Yield those that can be drawn; of the others a sea may still be a thing by itself."""
        for kind in CIRCUMSTANCES:
            key = getattr(self._wish, kind)
            if key is None or key in getattr(self._repertoire, f"{kind}s"):
                yield kind, key
                continue
            yield kind, None
            for item in self._items:
                if item.kind == kind or (item.kind == "season" and kind != "time"):
                    thing = self._as_thing(item)
                    if thing is not None and not things:
                        things.append(WishedThing(thing, number=1))
                    else:
                        self._leave(item.text)

    def _as_thing(self, item: Item) -> str | None:
        keys = sorted(m.key for m in item.meanings if m.kind in ("thing", "shape"))
        return next((key for key in keys if key in self._repertoire.things), None)

    def _single(self, thing: WishedThing) -> WishedThing:
        """Return the thing as it can be drawn: by itself and in the usual size."""
        if self._repertoire.counts:
            return thing
        if thing.number > 1:
            for item in self._items:
                if item.kind == "number" and item.key == str(thing.number):
                    self._leave(item.text)
        return replace(thing, number=1, size=None)

    def _surplus(self, words: str) -> str | None:
        """Return the thing that only lacks room, where words that are left over name one."""
        colours = [f"{item.text} " for item in self._items if item.kind == "colour"]
        for item in self._items:
            known = item.kind in ("thing", "shape") and item.key in self._repertoire.things
            known = known and item.key not in BODY_PARTS  # which belong to another thing
            if known and words in (item.text, *(colour + item.text for colour in colours)):
                return item.key
        return None

    def _words_of(self, key: str) -> str:
        found = (i for i in self._items if any(m.key == key for m in (*i.meanings, i.meaning) if m))
        item = next(found, None)
        return item.text if item else key

    def _leave(self, words: str, thing: str | None = None, *, surplus: bool = False) -> None:
        if thing is None:
            pattern = rf"(?<!\w)(?:(?:{_BEFORE})\s+(?:an?\s+|the\s+)?)?{re.escape(words)}"
            match = re.search(pattern, self._text, re.IGNORECASE)
            words = match[0] if match else words
        left = LeftOut(words, thing, surplus)
        if left not in self._left:
            self._left.append(left)


def stored_repertoires(by_script: Mapping[str, Repertoire]) -> str:
    """Return the JSON of the closed repertoires, by the scripts whose phrases they hold for."""
    return json.dumps({name: one.to_stored() for name, one in by_script.items()})


def read_repertoires(text: str) -> dict[str, Repertoire]:
    """Parse what `stored_repertoires` returned."""
    return {name: Repertoire.from_stored(values) for name, values in json.loads(text).items()}


def common_repertoires(
    by_script: Mapping[str, Sequence[Repertoire | None]],
) -> dict[str, Repertoire]:
    """Return by script what any of its guides can draw; none where one of them is open."""
    common = {}
    for name, own in by_script.items():
        closed = [one for one in own if one is not None]
        if closed and len(closed) == len(own):
            common[name] = reduce(Repertoire.joined, closed)
    return common
