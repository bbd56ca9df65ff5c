"""ruCLIP's tokenizer: byte pair encoding in the format of YouTokenToMe, read from `bpe.model`."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from heapq import heapify, heappop, heappush
from itertools import pairwise
from pathlib import Path

WORD = "\u2581"  # ▁ begins each word
# What C's isspace takes for a space, and ▁ itself; a no-break space is part of its word.
_GAPS = re.compile(f"[ \t\n\v\f\r{WORD}]+")
_UNKNOWN, _MERGED = -1, -2  # in a list of ids: a run of unknown letters; an id merged away
_CODE_POINTS = 0x110000  # of Unicode


class YttmTokenizer:
    """A tokenizer read from integers in plain text.

    The file has `letters merges`, then `code id` of each letter, then `left right result` of each
    merge in order of priority, and at the end the ids of unknown, padding, beginning and end.
    """

    def __init__(self, file: Path) -> None:
        """Read the file; raise OSError, or ValueError for a file of another format."""
        numbers = [int(number) for number in file.read_text("ascii").split()]
        letters, merges = numbers[:2] if len(numbers) > 1 else (0, 0)
        first_merge = 2 + 2 * letters
        end = first_merge + 3 * merges
        if letters < 1 or merges < 0 or len(numbers) < end + 4:
            raise ValueError("cut short")
        codes, ids = numbers[2:first_merge:2], numbers[3:first_merge:2]
        if not all(0 <= code < _CODE_POINTS for code in codes):
            raise ValueError("not letters")
        self._id = {chr(code): number for code, number in zip(codes, ids, strict=True)}
        left, right, result = (numbers[first_merge + i : end : 3] for i in range(3))
        # A pair that is there twice has the priority of the last, as in the original.
        self._rank = {pair: rank for rank, pair in enumerate(zip(left, right, strict=True))}
        self._result = result
        self._unknown = numbers[end]
        self.size = 1 + max(*ids, *result, *numbers[end : end + 4])
        if WORD not in self._id or min(self._unknown, *ids, *result) < 0:
            raise ValueError("no vocabulary")

    def ids(self, text: str) -> Iterator[int]:
        """Yield the ids of a text; a caller that needs only the first stops there."""
        for word in words(text):
            yield from self._merged(self._letters(word))

    def text(self, ids: Iterable[int]) -> str:
        """Return the text of ids; those of no letters are left out."""
        written = "".join(self._written.get(number, "") for number in ids)
        return " ".join(words(written))

    @cached_property
    def _written(self) -> dict[int, str]:
        """Return the letters of each id."""
        written = {number: letter for letter, number in self._id.items()}
        for (left, right), rank in sorted(self._rank.items(), key=lambda pair: pair[1]):
            if left in written and right in written:
                written[self._result[rank]] = written[left] + written[right]
        return written

    def knows(self, letter: str) -> bool:
        """Return whether the vocabulary has the letter."""
        return letter in self._id

    def _letters(self, word: str) -> list[int]:
        """Return the ids of a word's letters; a run of unknown letters is one unknown id."""
        ids = [self._id[WORD]]
        for letter in word:
            number = self._id.get(letter, _UNKNOWN)
            if number != _UNKNOWN or ids[-1] != _UNKNOWN:
                ids.append(number)
        return ids

    def _merged(self, ids: list[int]) -> Iterator[int]:
        """Merge pairs in order of priority, of equal ones the leftmost first."""
        after = [*range(1, len(ids)), -1]
        before = list(range(-1, len(ids) - 1))
        ranks = ((self._rank.get(pair), at) for at, pair in enumerate(pairwise(ids)))
        queue = [(rank, at) for rank, at in ranks if rank is not None]
        heapify(queue)
        while queue:
            rank, at = heappop(queue)
            gone = after[at]
            if gone < 0 or self._rank.get((ids[at], ids[gone])) != rank:
                continue  # an earlier merge has changed the pair
            ids[at], ids[gone] = self._result[rank], _MERGED
            after[at], after[gone] = after[gone], -1
            if after[at] >= 0:
                before[after[at]] = at
            for left in (before[at], at):
                if left >= 0 and after[left] >= 0:
                    new = self._rank.get((ids[left], ids[after[left]]))
                    if new is not None:
                        heappush(queue, (new, left))
        return (self._unknown if i == _UNKNOWN else i for i in ids if i != _MERGED)


def words(text: str) -> list[str]:
    """Split the text at its gaps."""
    return [word for word in _GAPS.split(text) if word]
