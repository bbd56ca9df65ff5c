"""All names that the reader knows, found by any of their forms, the longest first."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from store.reader.vocabulary import SHAPES, things
from store.reader.word_forms import is_form, keys_of, stem, variants

ADJECTIVE = re.compile(r".{2,}(ый|ий|ой|ая|яя|ое|ее|ые|ие)$")
_TOKEN = re.compile(r"\d+(?::\d+)+|[^\W_]+(?:['’-][^\W_]+)*|[^\w\s]\u200d?(?:[^\w\s]\u200d?)*|_+")
_PARTS = re.compile(r"[^\W_]+|[^\w\s]\u200d(?:[^\w\s]\u200d?)+|[^\w\s]")


@dataclass(frozen=True)
class Meaning:
    """What a name stands for: its kind, its key ("" where the kind says all), and what else."""

    kind: str
    key: str = ""
    also: tuple[str, str] | None = None


@dataclass(frozen=True)
class Name:
    """A name of one or more words; each word with its gender, as `is_form` takes it.

    A word of gender "=" has one form.
    """

    words: tuple[tuple[str, str], ...]
    meaning: Meaning

    def exact(self, tokens: Sequence[str]) -> int:
        """Return how many tokens stand in the name as they are; -1 if they are no form of it."""
        if len(tokens) < len(self.words):
            return -1
        found = 0
        for token, (word, gender) in zip(tokens, self.words, strict=False):
            if token == word:
                found += 1
            elif gender == "=" or not is_form(token, word, gender):
                return -1
        return found


class Lexicon:
    """Names by the first word of theirs.

    Words are stemmed as soon as one of the same first letter is looked for: all of them take a
    fifth of a second.
    """

    def __init__(self, names: Sequence[Name]) -> None:
        self.names = names
        self._by_letter: dict[str, list[Name]] = defaultdict(list)
        self._by_key: dict[str, dict[str, list[Name]]] = {}  # of the letters looked for
        for name in names:
            # A stem begins as its word does.
            for letter in {word[0] for word in (name.words[0][0], *variants(*name.words[0]))}:
                self._by_letter[letter].append(name)

    def named(self, key: str) -> Sequence[Name]:
        """Return the names whose first word has this form or stem, in their order."""
        letter = key[:1]
        if letter not in self._by_key:
            found: dict[str, list[Name]] = defaultdict(list)
            for name in self._by_letter.get(letter, ()):
                word, gender = name.words[0]
                for one in {word} if gender == "=" else keys_of(word, gender):
                    found[one].append(name)
            self._by_key[letter] = dict(found)
        return self._by_key[letter].get(key, ())

    def find(self, tokens: Sequence[str]) -> Name | None:
        """Return the name that the tokens begin with.

        The longest; of those a place rather than a thing; then the most exact.
        """
        best, score = None, (0, False, -1)
        for key in dict.fromkeys((tokens[0], stem(tokens[0]))):
            for name in self.named(key):
                exact = name.exact(tokens)
                told = len(name.words), name.meaning.kind not in ("thing", "shape"), exact
                if exact >= 0 and told >= score:
                    best, score = name, told
        return best

    def meanings(self, tokens: Sequence[str], words: int) -> set[Meaning]:
        """Return all that the first `words` tokens may mean."""
        return {
            name.meaning
            for key in (tokens[0], stem(tokens[0]))
            for name in self.named(key)
            if len(name.words) == words and name.exact(tokens) >= 0
        }


def plain(text: str) -> str:
    """Return the text in lower case, without ё and variation selectors."""
    return unicodedata.normalize("NFC", text).lower().replace("ё", "е").replace("\ufe0f", "")


def tokens_of(text: str) -> list[str]:
    """Return words as they are written, with hyphens; emoji; a comma where a sign parts them."""
    found = []
    for token in _TOKEN.findall(text.replace("\ufe0f", "")):
        found.append(token if token in ("&", "+") or any(map(_tells, token)) else ",")
    return found


def _tells(sign: str) -> bool:
    """Return whether it is a letter, a digit, an emoji or its skin."""
    return sign.isalnum() or unicodedata.category(sign) in ("So", "Sk")


def english_names(text: str, meaning: Meaning) -> Iterator[Name]:
    """Return names with a semicolon between; all their words may be plurals."""
    for name in text.split(";"):
        if words := plain(name).split():
            yield Name(tuple((word, "") for word in words), meaning)


def russian_name(text: str, gender: str, meaning: Meaning) -> Name:
    """Return the name that a nominative gives.

    The first noun of several words takes the gender; adjectives before it their own endings."""
    words, head = [], False
    for word in plain(text).split():
        if head:
            words.append((word, "="))
        elif word != plain(text) and ADJECTIVE.match(word):
            words.append((word, "a"))
        else:
            words.append((word, gender))
            head = True
    return Name(tuple(words), meaning)


def _thing_names() -> Iterator[Name]:
    for subject in (*SHAPES, *things("things.txt"), *things("more_things.txt")):
        kind = "shape" if subject in SHAPES else "thing"
        meaning = Meaning(kind, subject.key)
        yield from english_names(";".join(subject.english), meaning)
        for noun in subject.russian:
            yield russian_name(noun.nominative, noun.gender, meaning)
            if noun.accusative != noun.nominative:
                yield russian_name(noun.accusative, noun.gender, meaning)
        if subject.emoji:
            yield Name(((plain(subject.emoji), "="),), meaning)


def _other_names() -> Iterator[Name]:
    lines = files(__package__).joinpath("words.txt").read_text("utf-8").splitlines()
    for line in lines:
        if line.startswith("#"):
            continue
        told, english, russian = line.split("\t")
        first, *more = (part.partition("=")[::2] for part in told.split(","))
        meaning = Meaning(first[0], first[1], more[0] if more else None)
        yield from english_names(english, meaning)
        for entry in russian.split(";"):
            name, _, gender = (part.strip() for part in entry.partition(","))
            yield russian_name(name, gender or "=", meaning)


@cache
def lexicon() -> Lexicon:
    """Return the lexicon; of two things of one name the one that is told later wins."""
    return Lexicon(_without_idle_colours([*_thing_names(), *_other_names()]))


def _without_idle_colours(names: list[Name]) -> list[Name]:
    """Drop "red rose" where "rose" says the same: its colour is read as one."""
    colours = [name for name in names if name.meaning.kind == "colour"]
    known = {(name.words, name.meaning) for name in names if len(name.words) == 1}

    def is_colour(word: str) -> bool:
        return any(colour.exact([word]) >= 0 for colour in colours if len(colour.words) == 1)

    kept = []
    for name in names:
        rest = name.words[1:]
        idle = len(rest) == 1 and (rest, name.meaning) in known and is_colour(name.words[0][0])
        if not idle:
            kept.append(name)
    return kept


def parts_of(token: str) -> list[str]:
    """Cut a token with hyphens into its parts, or emoji one by one; красно- is read as красный."""
    parts = _PARTS.findall(plain(token))
    return [
        re.sub(r"^(красн|син|зелен|желт|черн|бел|сер)[оея]$", r"\1ый", p) for p in parts if p != "-"
    ]
