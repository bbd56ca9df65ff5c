"""What may be offered in place of a word that the world has no picture of: a pike is a fish."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from store.reader.lexicon import Lexicon, Meaning, Name, english_names, plain, russian_name
from store.reader.wish import Wish


@cache
def _kinds() -> Lexicon:
    names: list[Name] = []
    for line in files(__package__).joinpath("kinds.txt").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        key, english, russian = line.split("\t")
        meaning = Meaning("thing", key)
        names += english_names(english, meaning)
        for entry in russian.split(";"):
            name, _, gender = (part.strip() for part in entry.partition(","))
            names.append(russian_name(name, gender or "=", meaning))
    return Lexicon(names)


def offers(wish: Wish) -> tuple[str, ...]:
    """Return keys of things that are of the kind of what was left over, in its order.

    None is offered by likeness of letters alone.
    """
    return related_to(wish.leftover)


def related_to(phrases: Sequence[str]) -> tuple[str, ...]:
    """Return keys of things that are of the kind of what the phrases name, in their order."""
    found: dict[str, None] = {}
    for words in phrases:
        tokens = plain(words).split()
        for at in range(len(tokens)):
            if name := _kinds().find(tokens[at:]):
                found[name.meaning.key] = None
    return tuple(found)
