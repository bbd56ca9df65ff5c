"""What several things are together: a search for a bird finds penguins and owls too."""

from collections.abc import Collection
from functools import cache
from importlib.resources import files

from store.reader.describe import all_subjects
from store.reader.lexicon import Lexicon, Meaning, Name, english_names, lexicon, plain, russian_name
from store.reader.scripts import CYRILLIC, script


@cache
def all_categories() -> dict[str, tuple[str, ...]]:
    """Return the keys of the things of every category, by its first English name."""
    found: dict[str, tuple[str, ...]] = {}
    for english, _, members in _lines():
        keys: list[str] = []
        for member in (one.strip() for one in members.split(";")):
            keys += found[member[1:]] if member.startswith("@") else [member]
        found[english.split(";")[0].strip()] = tuple(dict.fromkeys(keys))
    return found


def members_in(text: str, known: Collection[str]) -> dict[str, str]:
    """Return a phrase with each member of the first category that it names, by the member's key.

    "a red bird" → "a red penguin", "a red owl"…; empty where it names none. Of "sweet"
    and "sweet potato" the longer name counts.

    known: the keys of the things that count.
    """
    words = text.split()
    tokens = [plain(word.strip(".,;:!?«»“”\"'")) or "," for word in words]
    at = 0
    while at < len(words):
        other, category = lexicon().find(tokens[at:]), _lexicon().find(tokens[at:])
        length = len(other.words) if other else 1
        if category and len(category.words) >= length:
            before, after = words[:at], words[at + len(category.words) :]
            return {
                key: " ".join([*before, _called(key, text), *after])
                for key in all_categories()[category.meaning.key]
                if key in known
            }
        at += length
    return {}


def _called(key: str, text: str) -> str:
    """Return the name of a thing in the script of a text."""
    subject = all_subjects()[key]
    return subject.russian[0].nominative if script(text) == CYRILLIC else subject.english[0]


@cache
def _lines() -> list[tuple[str, str, str]]:
    """Return for each category its English names, its Russian ones, and its members."""
    lines = files(__package__).joinpath("categories.txt").read_text("utf-8").splitlines()
    found = []
    for line in lines:
        if line and not line.startswith("#"):
            english, russian, members = line.split("\t")
            found.append((english, russian, members))
    return found


@cache
def _lexicon() -> Lexicon:
    names: list[Name] = []
    for english, russian, _ in _lines():
        meaning = Meaning("category", english.split(";")[0].strip())
        names += english_names(english, meaning)
        for entry in russian.split(";"):
            name, _, gender = (part.strip() for part in entry.partition(","))
            names.append(russian_name(name, gender or "=", meaning))
    return Lexicon(names)
