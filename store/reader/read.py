"""The reader: one phrase of a prompt, in Russian or English, becomes a structured wish."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from store.reader.pieces import Item, pieces
from store.reader.wish import Wish, WishedThing

MAX_THINGS = 2  # kinds of things in a picture
NATURAL = {  # colours that a place has anyway
    "sea": {"blue", "sky", "green"},
    "beach": {"yellow", "white"},
    "desert": {"yellow", "orange"},
    "snow": {"white"},
    "forest": {"green"},
    "meadow": {"green"},
    "sky": {"sky", "blue"},
    "underwater": {"blue"},
    "space": {"black"},
}
PAINTING = "painting"  # a thing by itself; before or behind another thing only a form of it
BODY_PARTS = {"eye", "ear", "nose", "mouth", "tongue", "tooth", "hand", "leg", "foot"}
PLACE_RELATIONS = {"in", "on", "under", "beside", "above", "behind"}


def read(text: str) -> Wish:
    """Parse a phrase."""
    return _Reading(pieces(text)).wish()


@dataclass
class _Reading:
    """One pass over the items of a phrase; colours, sizes and numbers wait for their noun."""

    items: Sequence[Item]
    things: list[WishedThing] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)  # of `Wish`: place, time, ground...
    leftovers: list[list[str]] = field(default_factory=list)  # groups of words not understood
    relation: str | None = None
    last_relation: str | None = None  # read last, still without its second thing
    leading_relation: str | None = None  # read before the first thing
    colour: Item | None = None
    size: str | None = None
    number: int = 1
    unknown_between: bool = False  # an unknown word followed the colour or the size
    coloured: tuple[list[str], int] | None = None  # that word's group, and its place there

    def wish(self) -> Wish:
        skip = 0
        for at, item in enumerate(self.items):
            if skip:
                skip -= 1
            elif item.kind in ("style", "without"):
                skip = self._leave_out_phrase(at)
            elif item.key == PAINTING and _is_form(self.items[:at], self.items[at + 1 :]):
                continue
            else:
                self._process(at)
        self._attach_pending()
        if season := self.attributes.pop("season", None):
            placed = "place" in self.attributes
            self._set_attribute(
                "weather" if placed else "place", "snowfall" if placed else "snow", season
            )
        return Wish(
            tuple(self.things),
            self.relation,
            leftover=tuple(" ".join(words) for words in self.leftovers if words),
            **self.attributes,
        )

    def _process(self, at: int) -> None:
        item, following = self.items[at], self.items[at + 1 :]
        if item.kind == "colour" and _is_noun(item, self.items[:at], following):
            thing = next(m for m in item.meanings if m.kind == "thing")
            item = Item(item.text, thing)
        if item.kind not in ("", "filler"):
            self.leftovers.append([])  # unknown words before and after it are apart
        if item.kind == "ground":
            self._ground(following)
        elif item.kind == "size":
            self.size = item.key
        elif item.kind == "number":
            if item.text.isdigit() and not _counts(following):  # a time, a year, a name
                self._add_leftover(item)
            else:
                self.number = int(item.key)
        elif handle := self._handlers().get(item.kind):
            handle(item)

    def _handlers(self) -> dict[str, Callable[[Item], None]]:
        nouns = {"thing": self._add, "shape": self._add}
        attributes = dict.fromkeys(("place", "time", "weather", "season"), self._circumstance)
        others = {"": self._add_leftover, "colour": self._colour, "relation": self._relation}
        others["technique"] = self._leave_out
        return {**nouns, **attributes, **others, "pause": lambda _: self._attach_pending()}

    def _add_leftover(self, item: Item) -> None:
        if not self.leftovers:
            self.leftovers.append([])
        if self.colour and not self.unknown_between:
            self.coloured = (self.leftovers[-1], len(self.leftovers[-1]))
        self.leftovers[-1].append(item.text)
        self.unknown_between = True

    def _leave_out(self, item: Item) -> None:
        """Leave out words that are understood and cannot be drawn."""
        self.leftovers[-1:] = [[item.text], []]

    def _leave_out_phrase(self, at: int) -> int:
        """Leave out a style, or what is to be absent, up to the next pause.

        Return how many items follow that belong to it.
        """
        one_noun = self.items[at].kind == "without"  # a "without" ends at its noun
        end = at + 1
        while end < len(self.items) and self.items[end].kind != "pause":
            end += 1
            if one_noun and self.items[end - 1].kind in ("thing", "shape", ""):
                break
        self._attach_pending()
        self.leftovers.append([item.text for item in self.items[at:end]])
        self.leftovers.append([])
        return end - at - 1

    def _add(self, item: Item) -> None:
        last_relation, self.last_relation = self.last_relation, None
        part = item.key in BODY_PARTS and last_relation == "with" and bool(self.things)
        if part or len(self.things) == MAX_THINGS:
            words = [self.colour.text] if self.colour and not self.unknown_between else []
            self.leftovers[-1:] = [[*words, item.text], []]
            self._clear_pending()
            return
        colour = self.colour.key if self.colour else None
        thing = WishedThing(item.key, colour, self.size, self.number)
        if not self.things:
            self.leading_relation = last_relation if last_relation in PLACE_RELATIONS else None
            self.things.append(thing)
        elif self.leading_relation and last_relation in (None, "and"):
            self.things.insert(0, thing)
            self.relation, self.leading_relation = self.leading_relation, None
        elif (
            thing.key == self.things[0].key
            and last_relation in (None, "and")
            and thing != self.things[0]
        ):
            self.things.append(thing)
            self.relation = "and"
        elif thing == self.things[0]:
            pass  # said twice
        else:
            self.things.append(thing)
            self.relation = last_relation if last_relation and last_relation != "among" else "and"
        self._clear_pending()

    def _colour(self, item: Item) -> None:
        if "pending ground" in self.attributes:
            del self.attributes["pending ground"]
            self.attributes["ground"] = item.key
        elif self.colour is None:
            self.colour, self.unknown_between = item, False
        elif item.key != self.colour.key:
            self.leftovers[-1:] = [[item.text], []]

    def _ground(self, following: Sequence[Item]) -> None:
        if self.colour:
            self._set_attribute("ground", self.colour.key, self.colour.text)
            self._clear_pending()
        elif any(item.kind == "colour" for item in following[:2]):
            self.attributes["pending ground"] = ""
        self.last_relation = None

    def _relation(self, item: Item) -> None:
        if not (item.key == "and" and self.colour and not self.things):
            self._attach_pending()
        if item.key == "and" and self.last_relation:
            return
        self.last_relation = item.key

    def _circumstance(self, item: Item) -> None:
        assert item.meaning is not None
        if self.colour and item.kind == "place":
            if self.colour.key not in NATURAL.get(item.key, set()):
                self.leftovers[-1:] = [[self.colour.text], []]
            self._clear_pending()
        self._set_attribute(item.kind, item.key, item.text)
        if item.meaning.also and item.meaning.also[0] == "named":
            self._leave_out(item)  # any place of the kind is painted, not this one
        elif item.meaning.also:
            self._set_attribute(*item.meaning.also, item.text)
        self.last_relation = None
        self.size = None

    def _set_attribute(self, kind: str, key: str, text: str) -> None:
        if self.attributes.setdefault(kind, key) != key:
            self.leftovers.append([text])
            self.leftovers.append([])

    def _attach_pending(self) -> None:
        """Attach a colour or a size that no noun followed to what it may belong to."""
        if self.colour and self.unknown_between and self.coloured:  # it was that word's
            group, place = self.coloured
            group.insert(place, self.colour.text)
            self.leftovers.append([])
        elif self.colour and self.last_relation == "on" and "ground" not in self.attributes:
            self.attributes["ground"] = self.colour.key
        elif self.colour and self.things and self.things[-1].colour is None:
            self.things[-1] = replace(self.things[-1], colour=self.colour.key)
        elif self.colour and not self.things:
            self.attributes.setdefault("colour", self.colour.key)
        elif self.colour:
            self.leftovers.append([self.colour.text])
            self.leftovers.append([])
        if self.size and self.things and not self.unknown_between and self.things[-1].size is None:
            self.things[-1] = replace(self.things[-1], size=self.size)
        self.attributes.pop("pending ground", None)
        self._clear_pending()
        self.last_relation = None

    def _clear_pending(self) -> None:
        self.colour, self.size, self.number, self.unknown_between = None, None, 1, False
        self.coloured = None


def _is_form(before: Sequence[Item], following: Sequence[Item]) -> bool:
    """Return whether "a painting" is the picture's form: "a painting: fox", "fox painting".

    It is a thing where nothing else is, and where it stands in a relation to something.
    """
    nouns = ("thing", "shape", "place", "time", "weather")
    others = any(item.kind in nouns and item.key != PAINTING for item in (*before, *following))
    related = bool(before) and before[-1].kind == "relation"
    related |= bool(following) and following[0].kind == "relation" and following[0].key != "with"
    return others and not related


def _counts(following: Sequence[Item]) -> bool:
    """Return whether a number counts something: a noun follows, with its colour or size before."""
    nearest = next((item for item in following if item.kind not in ("colour", "size")), None)
    return nearest is not None and nearest.kind in ("thing", "shape")


def _is_noun(item: Item, before: Sequence[Item], following: Sequence[Item]) -> bool:
    """Return whether an "orange" is the fruit: nothing follows that could be of that colour.

    A square on orange is on the colour, one on an orange on the fruit.
    """
    if not any(meaning.kind == "thing" for meaning in item.meanings):
        return False
    if before and (before[-1].kind, before[-1].key) == ("relation", "on"):
        return False
    nouns = ("thing", "shape", "ground", "place", "")
    return not any(other.kind in nouns for other in following[:1])
