"""How an entry of the stop list is written.

It stands for the words that begin with it; `*entry` for words that hold it anywhere, `=entry` for
that very word. Several words are a phrase: they must follow each other. `a/b + c` asks for a (or b)
and, anywhere in the same request, for c.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from store.errors import RequestError
from store.moderation.normalise import Reading, in_one_alphabet, normalise, reading

MAX_ENTRY = 200  # characters
# Letters, repeats not counted; with fewer, every second prompt would fall.
SHORTEST = {"": 3, "*": 3, "=": 2}
IN_PHRASE = 2

StopMark = Literal["", "*", "="]


@dataclass(frozen=True)
class StopStem:
    """One word of an entry."""

    mark: StopMark
    read: Reading

    def at(self, read: Reading, start: int) -> int | None:
        """Where it ends in a reading if it stands there; a letter may be repeated more often."""
        end = start + len(self.read.letters)
        if not read.letters.startswith(self.read.letters, start):
            return None
        counts = zip(read.counts[start:end], self.read.counts, strict=True)
        return end if all(there >= mine for there, mine in counts) else None


StopPhrase = tuple[StopStem, ...]


@dataclass(frozen=True)
class StopEntry:
    """`text` as people see it; each group must be there, with any of its phrases."""

    text: str
    groups: tuple[tuple[StopPhrase, ...], ...]


def entry_of(text: str) -> StopEntry:
    """RequestError where it cannot be read, or would catch too much."""
    shown = clean_entry(text)
    groups = [[_phrase(shown, part) for part in group.split("/")] for group in shown.split("+")]
    return StopEntry(shown, tuple(tuple(group) for group in groups))


def exception_of(text: str) -> StopEntry:
    """One phrase: there is nothing to combine about it."""
    entry = entry_of(text)
    if len(entry.groups) > 1 or len(entry.groups[0]) > 1:
        raise RequestError("stop-exception", value=entry.text)
    return entry


def clean_entry(text: str) -> str:
    """The same for all ways to write the same entry, and fit to be shown."""
    shown = "".join(char for char in text if unicodedata.category(char) != "Cf")
    text = " ".join(unicodedata.normalize("NFC", shown).lower().replace("ё", "е").split())
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
        least = SHORTEST[stem.mark] if len(stems) == 1 else IN_PHRASE
        if len(stem.read.letters) < least:
            begins, whole = SHORTEST[""], SHORTEST["="]
            raise RequestError("stop-too-short", value=entry, begins=begins, whole=whole)
    return stems


def _stem(entry: str, word: str) -> StopStem:
    mark: StopMark = "*" if word[0] == "*" else "=" if word[0] == "=" else ""
    letters = normalise(word.removeprefix(mark))
    if not letters.isalnum():
        raise RequestError("stop-unreadable", value=entry)
    return StopStem(mark, reading(in_one_alphabet(letters)))


def lines(text: str) -> Iterable[str]:
    """The entries of a file: one a line, with comments after #."""
    for line in text.splitlines():
        entry = line.partition("#")[0].strip()
        if entry:
            yield entry
