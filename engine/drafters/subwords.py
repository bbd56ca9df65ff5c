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


def read_vocabulary(path: Path) -> dict[str, int]:
    """Return the ids of `vocab.json`; raise OSError, or ValueError for another file."""
    ids = json.loads(path.read_text("utf-8"))
    if not isinstance(ids, dict) or any(name not in ids for name in (BEGIN, END, UNKNOWN)):
        raise ValueError("no vocabulary")
    return ids


def read_merges(path: Path) -> list[str]:
    """Return the pairs of `merges.txt`; raise OSError, or ValueError for another file."""
    comment, *lines = path.read_text("utf-8").split("\n")
    pairs = [line for line in lines if line]
    if not comment.startswith("#") or any(len(pair.split()) != 2 for pair in pairs):
        raise ValueError("no pairs to merge")
    return pairs
