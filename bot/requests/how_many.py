"""Read how many pictures a prompt asks for: "4 кот" are four pictures, "4 кота" are four cats."""

import re
from collections.abc import Sequence

from store.reader.lexicon import Name, lexicon, plain, tokens_of
from store.reader.word_forms import stem

_NUMBER = re.compile(r"\s*([1-9])\s+(\S.*)", re.DOTALL)


def split_number(prompt: str) -> tuple[int | None, str]:
    """Return the number of pictures and the rest of a prompt, or None and the whole prompt.

    The number stands before a noun that is not in the plural, nor in a case of one.
    """
    match = _NUMBER.fullmatch(prompt)
    if match is None or not _is_singular(match[2]):
        return None, prompt
    return int(match[1]), match[2]


def _is_singular(words: str) -> bool:
    """Return whether the first known noun has the form in which it stands in a dictionary."""
    tokens, names = [plain(token) for token in tokens_of(words)], lexicon()
    for at in range(len(tokens)):
        name = names.find(tokens[at:])
        if name is None or name.meaning.kind in ("relation", "filler"):
            return False  # the number may belong to a word that is not known
        if name.meaning.kind in ("thing", "shape", "place"):
            return _as_listed(name, tokens[at:])
    return False


def _as_listed(name: Name, tokens: Sequence[str]) -> bool:
    """Return whether the words are the first form of the name: accusatives are listed behind it."""
    forms = (
        one
        for key in (stem(tokens[0]), tokens[0])
        for one in lexicon().named(key)
        if one.meaning == name.meaning and len(one.words) == len(name.words)
    )
    counts = (one.exact(tokens) for one in forms)
    return next((count for count in counts if count >= 0), 0) == len(name.words)
