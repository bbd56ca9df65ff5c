"""What a prompt wishes for, in the terms of the pocket world."""

from dataclasses import dataclass, field

MANY = 5  # how many "many" are


@dataclass(frozen=True)
class WishedThing:
    """A thing or a shape by its key, with its colour, size and number."""

    key: str
    colour: str | None = None
    size: str | None = None  # small or large
    number: int = 1

    def __str__(self) -> str:
        words = [self.key]
        words += [word for word in (self.colour, self.size) if word]
        words += [str(self.number)] if self.number > 1 else []
        return ":".join(words)


@dataclass(frozen=True)
class Wish:
    """All that was understood, and what was not; None where the prompt leaves it open.

    `relation` says how the first thing stands to the second: and, with, on, in, under, beside,
    above, behind. `leftover` is in the person's own words.
    """

    things: tuple[WishedThing, ...] = ()
    relation: str | None = None
    ground: str | None = None  # the colour of the background
    place: str | None = None
    time: str | None = None
    weather: str | None = None
    colour: str | None = None  # of nothing in particular: a prompt that is a colour alone
    leftover: tuple[str, ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was understood that can be painted."""
        attributes = (self.ground, self.place, self.time, self.weather, self.colour)
        return not self.things and not any(attributes)

    def __str__(self) -> str:
        """Return a text like cat:black with ball; place=sea; left=верхом."""
        joined = f" {self.relation or 'and'} ".join(map(str, self.things))
        named = ("ground", "place", "time", "weather", "colour")
        parts = [joined] if joined else []
        parts += [f"{name}={getattr(self, name)}" for name in named if getattr(self, name)]
        if self.leftover:
            parts.append("left=" + "|".join(self.leftover))
        return "; ".join(parts)
