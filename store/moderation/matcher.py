"""Match the texts of a request against the entries and exceptions of a stop list."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from store.moderation.entries import StopEntry, StopPhrase, StopStem
from store.moderation.normalise import NormalisedWord, Reading, words

PREFIX_LENGTH = 2  # letters by which stems are indexed


@dataclass(frozen=True)
class _Hit:
    stem: StopStem
    reading: int  # its index in the word's readings
    start: int
    end: int

    def covers(self, other: "_Hit") -> bool:
        """Return whether this hit of an exception excuses the other hit."""
        inside = self.start <= other.start and other.end <= self.end
        # An exception that matches the word as it is written excuses all its other readings.
        return self.reading == 0 != other.reading or (self.reading == other.reading and inside)


class _StemIndex:
    """Find many stems at once by their first letters, so that a long list costs little more."""

    def __init__(self, phrases: Iterable[StopPhrase]) -> None:
        self._by_beginning: dict[str, list[StopStem]] = {}
        self._anywhere: dict[str, list[StopStem]] = {}
        for stem in dict.fromkeys(stem for phrase in phrases for stem in phrase):
            index = self._anywhere if stem.mark == "*" else self._by_beginning
            index.setdefault(stem.pattern.letters[:PREFIX_LENGTH], []).append(stem)

    def hits(self, word: NormalisedWord) -> list[_Hit]:
        return [
            hit
            for index, read in enumerate(word.readings)
            for start in range(len(read.letters))
            for hit in self._hits_at(word, index, read, start)
        ]

    def _hits_at(
        self, word: NormalisedWord, index: int, read: Reading, start: int
    ) -> Iterable[_Hit]:
        key = read.letters[start : start + PREFIX_LENGTH]
        candidates = self._anywhere.get(key, [])
        if start == 0 or word.spelled:
            candidates = candidates + self._by_beginning.get(key, [])
        for stem in candidates:
            end = stem.match_end(read, start)
            ends_well = stem.mark != "=" or word.spelled or end == len(read.letters)
            if end is not None and ends_well:
                yield _Hit(stem, index, start, end)


class Matcher:
    """A compiled stop list; build it once for each change of the list."""

    def __init__(self, entries: Sequence[StopEntry], exceptions: Sequence[StopEntry]) -> None:
        self._entries = entries
        self._exceptions = [phrase for entry in exceptions for phrase in entry.groups[0]]
        groups = [group for entry in entries for group in entry.groups]
        self._entry_index = _StemIndex(phrase for group in groups for phrase in group)
        self._exception_index = _StemIndex(self._exceptions)

    def first_match(self, texts: Sequence[str]) -> StopEntry | None:
        """Return the first entry that the texts of one request match together, or None."""
        rows: list[list[set[StopStem]]] = []
        for text in texts:
            in_order, joined = words(text)
            rows.append(self._unexcused(in_order))
            rows += [self._unexcused([word]) for word in joined]
        seen = {stem for row in rows for stems in row for stem in stems}
        if not seen:
            return None
        for entry in self._entries:
            if all(any(_contains(rows, phrase) for phrase in group) for group in entry.groups):
                return entry
        return None

    def _unexcused(self, row: Sequence[NormalisedWord]) -> list[set[StopStem]]:
        """Return the stems that match each word and that no exception excuses."""
        found = [self._entry_index.hits(word) for word in row]
        if not any(found):
            return []
        exception_hits = [self._exception_index.hits(word) for word in row]
        excused = self._excused_by_phrases([{hit.stem for hit in hits} for hits in exception_hits])
        single_words = {phrase[0] for phrase in self._exceptions if len(phrase) == 1}
        unexcused_stems = []
        for place, hits in enumerate(found):
            excuses = [hit for hit in exception_hits[place] if hit.stem in single_words]
            unexcused = [hit for hit in hits if not any(excuse.covers(hit) for excuse in excuses)]
            unexcused_stems.append(set() if place in excused else {hit.stem for hit in unexcused})
        return unexcused_stems

    def _excused_by_phrases(self, row: Sequence[set[StopStem]]) -> set[int]:
        """Return the indexes of the words that are part of a matching exception phrase."""
        long_phrases = [phrase for phrase in self._exceptions if len(phrase) > 1]
        return {
            place
            for phrase in long_phrases
            for start in _starts(row, phrase)
            for place in range(start, start + len(phrase))
        }


def _contains(rows: Sequence[Sequence[set[StopStem]]], phrase: StopPhrase) -> bool:
    return any(True for row in rows for _ in _starts(row, phrase))


def _starts(row: Sequence[set[StopStem]], phrase: StopPhrase) -> Iterable[int]:
    for start in range(len(row) - len(phrase) + 1):
        if all(stem in row[start + i] for i, stem in enumerate(phrase)):
            yield start
