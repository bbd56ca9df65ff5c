"""DALL·E mini's tokenizer: byte pair encoding of English words, from `vocab.json`, `merges.txt`."""

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from emoji import demojize

SPACE = "Ġ"  # begins each word
BEGIN, END, UNKNOWN, PADDING = "<s>", "</s>", "<unk>", "<pad>"


class SubwordTokenizer:
    """Words of ASCII letters -> ids; emoji are named, and other letters dropped, as in training."""

    def __init__(self, vocabulary: Mapping[str, int], merges: Sequence[str]) -> None:
        self.ids = vocabulary
        pairs = (tuple(line.split()) for line in merges)
        self._rank = {pair: rank for rank, pair in enumerate(pairs)}

    @classmethod
    def load(cls, vocabulary: Path, merges: Path) -> "SubwordTokenizer":
        """Read the two files; raise OSError, or ValueError for files of another format."""
        ids = json.loads(vocabulary.read_text("utf-8"))
        if not isinstance(ids, dict) or any(name not in ids for name in (BEGIN, END, UNKNOWN)):
            raise ValueError("no vocabulary")
        lines = merges.read_text("utf-8").split("\n")
        return cls(ids, [line for line in lines[1:] if line])  # the first line is a comment

    def words(self, text: str) -> list[int]:
        """Return the ids of a text, without those of its beginning and end."""
        named = demojize(text, delimiters=("", ""))
        plain = named.lower().encode("ascii", errors="ignore").decode()
        unknown = self.ids[UNKNOWN]
        return [
            self.ids.get(part, unknown)
            for word in plain.split(" ")
            if word
            for part in self._merged(word)
        ]

    def _merged(self, word: str) -> list[str]:
        """Merge the pair of the best rank, the first of equals, until none is left."""
        parts = [SPACE, *word]
        while len(parts) > 1:
            ranks = [self._rank.get(pair) for pair in pairwise(parts)]
            known = [rank for rank in ranks if rank is not None]
            if not known:
                break
            at = ranks.index(min(known))
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        return parts
