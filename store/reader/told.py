"""What is told about a prompt before it is painted: what will be shown, and what cannot be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Protocol

from store.reader.describe import all_subjects, describe, describe_reading, joined, left_out
from store.reader.related import related_to
from store.reader.repertoire import PhraseReading, Repertoire, read_within
from store.reader.scripts import script
from store.reader.wish import Wish, WishedThing

OFFERED = 3


class WeightedText(Protocol):
    """A phrase of a prompt."""

    @property
    def text(self) -> str:
        """Return its words."""

    @property
    def weight(self) -> float:
        """Return its weight, negative for what shall be away."""


@dataclass(frozen=True)
class PromptReading:
    """How models of closed vocabularies read a prompt; phrases for other models are not read."""

    wanted: tuple[PhraseReading, ...]
    unwanted: tuple[PhraseReading, ...]  # phrases of what shall be away
    repertoire: Repertoire  # of all scripts that were read
    is_partial: bool  # other models read some of the phrases that are wanted

    @property
    def is_nothing(self) -> bool:
        """Return whether nothing that is wanted can be drawn."""
        empty = all(reading.wish.is_empty for reading in self.wanted)
        return empty and bool(self.wanted) and not self.is_partial

    @property
    def named(self) -> tuple[str, ...]:
        """Return what is wanted and cannot be drawn, in the words of the prompt.

        What shall be away is away also where it is not known.
        """
        words = (word for one in self.wanted for word in one.named)
        return tuple(dict.fromkeys(words))

    def shown(self, language: str) -> str:
        """Return what will be drawn, in the accusative."""
        return describe_reading(self.wanted, language)

    def left_out(self, language: str) -> str:
        """Return what cannot be drawn, in the accusative where it is known."""
        return left_out(self.wanted, language)

    def before_painting(self, language: str) -> tuple[str, dict[str, str]]:
        """Return the key and the values of what is said where something is left out."""
        left = self.left_out(language)
        if self.is_nothing:
            return "notice-cannot-paint", {"left": left}
        return "notice-will-paint", {"what": self.shown(language), "left": left}

    @property
    def related_things(self) -> tuple[str, ...]:
        """Return the keys of what can be drawn and is of the kind of what cannot."""
        return tuple(key for key in related_to(self.named) if key in self.repertoire.things)

    def related(self, language: str) -> str:
        """Return what can be drawn and is of the kind of what cannot; empty if nothing is."""
        return _named(self.related_things, language)


def read_prompt(
    phrases: Sequence[WeightedText], repertoires: Mapping[str, Repertoire]
) -> PromptReading | None:
    """Read a prompt by the closed repertoires of its scripts; None if no phrase has one."""
    read = [
        (phrase.weight, read_within(phrase.text, repertoires[script(phrase.text)]))
        for phrase in phrases
        if script(phrase.text) in repertoires
    ]
    if not read:
        return None
    return PromptReading(
        tuple(reading for weight, reading in read if weight > 0),
        tuple(reading for weight, reading in read if weight <= 0),
        reduce(Repertoire.joined, repertoires.values()),
        any(phrase.weight > 0 and script(phrase.text) not in repertoires for phrase in phrases),
    )


def _named(keys: Sequence[str], language: str) -> str:
    words = [describe(Wish((WishedThing(key),)), language) for key in keys[:OFFERED]]
    return joined(words, language)


def accusative(key: str, language: str) -> str:
    """Return what a thing is called as an object: "рыбу", "a fish"."""
    return describe(Wish((WishedThing(key),)), language)


def nominative(key: str, language: str) -> str | None:
    """Return a thing's plain name, which is a prompt; None if there is no such thing."""
    subject = all_subjects().get(key)
    if subject is None:
        return None
    return subject.russian[0].nominative if language == "ru" else subject.english[0]
