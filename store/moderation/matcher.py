"""Looks for the entries of a stop list in the texts of a request, and for what excuses them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from store.moderation.entries import StopEntry, StopPhrase, StopStem
from store.moderation.normalise import NormalisedWord, Reading, words

KEY = 2  # letters by which stems are looked up


@dataclass(frozen=True)
class _Hit:
    stem: StopStem
    reading: int  # its number in the word
    start: int
    end: int

    def covers(self, other: "_Hit") -> bool:
        inside = self.start <= other.start and other.end <= self.end
        # What excuses a word as it stands excuses every other reading of it.
        return self.reading == 0 != other.reading or (self.reading == other.reading and inside)


class _Stems:
    """Finds many stems at once: by their first letters, so the number of entries hardly counts."""

    def __init__(self, phrases: Iterable[StopPhrase]) -> None:
        self._begin: dict[str, list[StopStem]] = {}
        self._anywhere: dict[str, list[StopStem]] = {}
        for stem in dict.fromkeys(stem for phrase in phrases for stem in phrase):
            index = self._anywhere if stem.mark == "*" else self._begin
            index.setdefault(stem.read.letters[:KEY], []).append(stem)

    def hits(self, word: NormalisedWord) -> list[_Hit]:
        return [
            hit
            for number, read in enumerate(word.readings)
            for start in range(len(read.letters))
            for hit in self._at(word, number, read, start)
        ]

    def _at(self, word: NormalisedWord, number: int, read: Reading, start: int) -> Iterable[_Hit]:
        key = read.letters[start : start + KEY]
        near = self._anywhere.get(key, [])
        if start == 0 or word.spelled:
            near = near + self._begin.get(key, [])
        for stem in near:
            end = stem.at(read, start)
            alone = stem.mark != "=" or word.spelled or end == len(read.letters)
            if end is not None and alone:
                yield _Hit(stem, number, start, end)


class Matcher:
    """Compiled once for each change of the list."""

    def __init__(self, entries: Sequence[StopEntry], exceptions: Sequence[StopEntry]) -> None:
        self._entries = entries
        self._exceptions = [phrase for entry in exceptions for phrase in entry.groups[0]]
        self._stops = _Stems(phrase for one in entries for group in one.groups for phrase in group)
        self._excuses = _Stems(self._exceptions)

    def entry_in(self, texts: Sequence[str]) -> StopEntry | None:
        """The first entry that the texts of one request hold between them."""
        rows: list[list[set[StopStem]]] = []
        for text in texts:
            whole, apart = words(text)
            rows.append(self._guilty(whole))
            rows += [self._guilty([word]) for word in apart]
        seen = {stem for row in rows for stems in row for stem in stems}
        if not seen:
            return None
        for entry in self._entries:
            if all(any(_holds(rows, phrase) for phrase in group) for group in entry.groups):
                return entry
        return None

    def _guilty(self, row: Sequence[NormalisedWord]) -> list[set[StopStem]]:
        """What is left in each word once the exceptions are taken into account."""
        found = [self._stops.hits(word) for word in row]
        if not any(found):
            return []
        excuses = [self._excuses.hits(word) for word in row]
        excused = self._excused_by_phrases([{hit.stem for hit in hits} for hits in excuses])
        alone = {phrase[0] for phrase in self._exceptions if len(phrase) == 1}
        left = []
        for place, hits in enumerate(found):
            good = [hit for hit in excuses[place] if hit.stem in alone]
            bad = [hit for hit in hits if not any(one.covers(hit) for one in good)]
            left.append(set() if place in excused else {hit.stem for hit in bad})
        return left

    def _excused_by_phrases(self, row: Sequence[set[StopStem]]) -> set[int]:
        """The places of the words that stand in an exception of several words."""
        long = [phrase for phrase in self._exceptions if len(phrase) > 1]
        return {
            place
            for phrase in long
            for start in _starts(row, phrase)
            for place in range(start, start + len(phrase))
        }


def _holds(rows: Sequence[Sequence[set[StopStem]]], phrase: StopPhrase) -> bool:
    return any(True for row in rows for _ in _starts(row, phrase))


def _starts(row: Sequence[set[StopStem]], phrase: StopPhrase) -> Iterable[int]:
    for start in range(len(row) - len(phrase) + 1):
        if all(stem in row[start + i] for i, stem in enumerate(phrase)):
            yield start
