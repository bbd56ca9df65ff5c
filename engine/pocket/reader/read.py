"""The reader: one phrase of a prompt, in Russian or English, becomes a structured wish."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from engine.pocket.reader.pieces import Item, pieces
from engine.pocket.reader.wish import Wish, WishedThing

LARGEST = 2  # how many kinds of things a picture holds
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
STANDS = {"in", "on", "under", "beside", "above", "behind"}


def read(text: str) -> Wish:
    """Return what a phrase wishes for."""
    return _Reading(pieces(text)).wish()


@dataclass
class _Reading:
    """Goes through the items once; what adjectives say waits for its noun."""

    items: Sequence[Item]
    things: list[WishedThing] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)
    left: list[list[str]] = field(default_factory=list)
    relation: str | None = None
    joint: str | None = None  # the relation that was read last, and waits for its second thing
    turned: str | None = None  # the relation of a first thing that the second stands to
    colour: Item | None = None
    size: str | None = None
    number: int = 1
    odd: bool = False  # an unknown word stands between what waits and its noun

    def wish(self) -> Wish:
        skip = 0
        for at, item in enumerate(self.items):
            if skip:
                skip -= 1
            elif item.kind in ("style", "without"):
                skip = self._leave_rest(at)
            else:
                following = self.items[at + 1 :]
                self._take(item, following)
        self._settle()
        if season := self.told.pop("season", None):
            placed = "place" in self.told
            self._tell("weather" if placed else "place", "snowfall" if placed else "snow", season)
        return Wish(
            tuple(self.things),
            self.relation,
            leftover=tuple(" ".join(words) for words in self.left if words),
            **self.told,
        )

    def _take(self, item: Item, following: Sequence[Item]) -> None:
        if item.kind == "colour" and _is_noun(item, following):
            thing = next(m for m in item.meanings if m.kind == "thing")
            item = Item(item.text, thing)
        if item.kind not in ("", "filler"):
            self.left.append([])  # what is unknown on both sides of it belongs not together
        if item.kind == "ground":
            self._ground(following)
        elif item.kind == "size":
            self.size = item.key
        elif item.kind == "number":
            self.number = int(item.key)
        elif deal := self._dealt().get(item.kind):
            deal(item)

    def _dealt(self) -> dict[str, Callable[[Item], None]]:
        nouns = {"thing": self._add, "shape": self._add}
        told = dict.fromkeys(("place", "time", "weather", "season"), self._circumstance)
        others = {"": self._leave, "colour": self._colour, "relation": self._relation}
        return {**nouns, **told, **others, "pause": lambda _: self._settle()}

    def _leave(self, item: Item) -> None:
        if not self.left:
            self.left.append([])
        self.left[-1].append(item.text)
        self.odd = True

    def _leave_rest(self, at: int) -> int:
        """Leave a style, or what shall be away: all up to the next pause; how many items."""
        alone = self.items[at].kind == "without"  # takes no more than its noun
        end = at + 1
        while end < len(self.items) and self.items[end].kind != "pause":
            end += 1
            if alone and self.items[end - 1].kind in ("thing", "shape", ""):
                break
        self._settle()
        self.left.append([item.text for item in self.items[at:end]])
        self.left.append([])
        return end - at - 1

    def _add(self, item: Item) -> None:
        joint, self.joint = self.joint, None
        if len(self.things) == LARGEST:
            said = [self.colour.text] if self.colour and not self.odd else []
            self.left[-1:] = [[*said, item.text], []]
            self._forget()
            return
        colour = self.colour.key if self.colour else None
        thing = WishedThing(item.key, colour, self.size, self.number)
        if not self.things:
            self.turned = joint if joint in STANDS else None
            self.things.append(thing)
        elif self.turned and joint in (None, "and"):
            self.things.insert(0, thing)
            self.relation, self.turned = self.turned, None
        elif thing.key == self.things[0].key and joint in (None, "and") and thing != self.things[0]:
            self.things.append(thing)
            self.relation = "and"
        elif thing == self.things[0]:
            pass  # said twice
        else:
            self.things.append(thing)
            self.relation = joint if joint and joint != "among" else "and"
        self._forget()

    def _colour(self, item: Item) -> None:
        if "wants ground" in self.told:
            del self.told["wants ground"]
            self.told["ground"] = item.key
        elif self.colour is None:
            self.colour, self.odd = item, False
        elif item.key != self.colour.key:
            self.left[-1:] = [[item.text], []]

    def _ground(self, following: Sequence[Item]) -> None:
        if self.colour:
            self._tell("ground", self.colour.key, self.colour.text)
            self._forget()
        elif any(item.kind == "colour" for item in following[:2]):
            self.told["wants ground"] = ""
        self.joint = None

    def _relation(self, item: Item) -> None:
        if not (item.key == "and" and self.colour and not self.things):
            self._settle()
        if item.key == "and" and self.joint:
            return
        self.joint = item.key

    def _circumstance(self, item: Item) -> None:
        assert item.meaning is not None
        if self.colour and item.kind == "place":
            if self.colour.key not in NATURAL.get(item.key, set()):
                self.left[-1:] = [[self.colour.text], []]
            self._forget()
        self._tell(item.kind, item.key, item.text)
        if item.meaning.also:
            self._tell(*item.meaning.also, item.text)
        self.joint = None
        self.size = None

    def _tell(self, kind: str, key: str, text: str) -> None:
        if self.told.setdefault(kind, key) != key:
            self.left.append([text])
            self.left.append([])

    def _settle(self) -> None:
        """Give a colour that has found no noun to what it may belong to."""
        if self.colour and self.odd:
            self.left.append([])
        elif self.colour and self.joint == "on" and "ground" not in self.told:
            self.told["ground"] = self.colour.key
        elif self.colour and self.things and self.things[-1].colour is None:
            self.things[-1] = replace(self.things[-1], colour=self.colour.key)
        elif self.colour and not self.things:
            self.told.setdefault("colour", self.colour.key)
        elif self.colour:
            self.left.append([self.colour.text])
            self.left.append([])
        if self.size and self.things and not self.odd and self.things[-1].size is None:
            self.things[-1] = replace(self.things[-1], size=self.size)
        self.told.pop("wants ground", None)
        self._forget()
        self.joint = None

    def _forget(self) -> None:
        self.colour, self.size, self.number, self.odd = None, None, 1, False


def _is_noun(item: Item, following: Sequence[Item]) -> bool:
    """Return whether an "orange" is the fruit: nothing follows that could be of that colour."""
    if not any(meaning.kind == "thing" for meaning in item.meanings):
        return False
    nouns = ("thing", "shape", "ground", "place", "")
    return not any(one.kind in nouns for one in following[:1])
