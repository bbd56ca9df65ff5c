"""Parse the entries of the stop list.

An entry matches words that begin with it; `*entry` words that contain it, `=entry` the exact word.
Several words are a phrase, whose words must follow each other. `a/b + c` requires a (or b) and,
anywhere in the same request, c.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from store.errors import RequestError
from store.moderation.normalise import Reading, in_one_alphabet, normalise, reading

MAX_ENTRY = 200  # characters
# Letters, repetitions not counted; with fewer, a large part of all prompts would match.
MIN_LETTERS = {"": 3, "*": 3, "=": 2}
MIN_LETTERS_IN_PHRASE = 2

StopMark = Literal["", "*", "="]


@dataclass(frozen=True)
class StopStem:
    """One word of an entry: how it is matched, and its normalised letters."""

    mark: StopMark
    pattern: Reading

    def match_end(self, read: Reading, start: int) -> int | None:
        """Return the index at which the stem ends in a reading, if it starts at `start`.

        A letter may be repeated more often in the text than in the stem.
        """
        end = start + len(self.pattern.letters)
        if not read.letters.startswith(self.pattern.letters, start):
            return None
        counts = zip(read.counts[start:end], self.pattern.counts, strict=True)
        return end if all(repeated >= required for repeated, required in counts) else None


StopPhrase = tuple[StopStem, ...]


@dataclass(frozen=True)
class StopEntry:
    """A parsed entry; each of the groups must match, with any of its phrases."""

    text: str
    groups: tuple[tuple[StopPhrase, ...], ...]


def parse_entry(text: str) -> StopEntry:
    """Parse an entry; RequestError if it is malformed or would match too much."""
    visible = clean_entry(text)
    groups = [[_phrase(visible, part) for part in group.split("/")] for group in visible.split("+")]
    return StopEntry(visible, tuple(tuple(group) for group in groups))


def parse_exception(text: str) -> StopEntry:
    """Parse an exception, which must be a single phrase."""
    entry = parse_entry(text)
    if len(entry.groups) > 1 or len(entry.groups[0]) > 1:
        raise RequestError("stop-exception", value=entry.text)
    return entry


def clean_entry(text: str) -> str:
    """Return the canonical spelling of an entry; RequestError if it is too long."""
    visible = "".join(char for char in text if unicodedata.category(char) != "Cf")
    text = " ".join(unicodedata.normalize("NFC", visible).lower().replace("ё", "е").split())
    for sign in "+/":
        text = f" {sign} ".join(part.strip() for part in text.split(sign))
    text = text.replace(" / ", "/")
    if len(text) > MAX_ENTRY:
        raise RequestError("stop-too-long", limit=MAX_ENTRY)
    return text


def _phrase(entry: str, text: str) -> StopPhrase:
    stems = tuple(_stem(entry, word) for word in text.split())
    if not stems:
        raise RequestError("stop-unreadable", value=entry)
    for stem in stems:
        minimum = MIN_LETTERS[stem.mark] if len(stems) == 1 else MIN_LETTERS_IN_PHRASE
        if len(stem.pattern.letters) < minimum:
            begins, whole = MIN_LETTERS[""], MIN_LETTERS["="]
            raise RequestError("stop-too-short", value=entry, begins=begins, whole=whole)
    return stems


def _stem(entry: str, word: str) -> StopStem:
    mark: StopMark = "*" if word[0] == "*" else "=" if word[0] == "=" else ""
    letters = normalise(word.removeprefix(mark))
    if not letters.isalnum():
        raise RequestError("stop-unreadable", value=entry)
    return StopStem(mark, reading(in_one_alphabet(letters)))


def entry_lines(text: str) -> Iterable[str]:
    """Yield the entries of a file: one per line, with comments after #."""
    for line in text.splitlines():
        entry = line.partition("#")[0].strip()
        if entry:
            yield entry
