"""Normalise words, whatever letters, marks and separators they are disguised with.

A word has several readings: as it is written; with every lookalike replaced by a letter of one
alphabet; with Latin letters transliterated into Russian. The pairs are the usual ones of Unicode's
confusables (Unicode Technical Standard 39) and of digits used as letters.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

LATIN = frozenset("abcdefghijklmnopqrstuvwxyz")
CYRILLIC = frozenset("абвгдежзиклмнопрстуфхцчшщъыьэюя")  # `normalise` replaces ё and й


def _table(pairs: str) -> dict[int, str]:
    return {ord(pair[0]): pair[1:] for pair in pairs.split()}


_BY_SOUND = _table("aа bб cс dд eе fф gг hх iи jи kк lл mм nн oо pр qк rр sс tт uу vв wв xкс yи zз")
_LOOKALIKE = _table("aа bв cс eе hн kк mм oо pр tт xх yу")
_LATIN_LOOKALIKE = _table("аa вb еe кk мm нh оo рp сc тt уy хx")
# Applied only to words that mix alphabets, digits and signs.
_WEAK_LOOKALIKE = _table(
    "dд iи nп rг uи wш 0о 1и 3з 4ч 5с 6б 8в 9д @а $с іи ґг єе ѕс ји"
    " αа βв εе ηп ιи κк οо πп ρр τт υу χх ωш"
)
_LATIN_WEAK_LOOKALIKE = _table(
    "іi ѕs јj ьb пn гr иu яr шw 0o 1i 3e 4a 5s 6b 7t 8b 9g @a $s"
    " αa βb εe ηn ιi κk νv οo ρp τt υu χx ωw"
)
_PURE_LATIN, _PURE_CYRILLIC = (_LOOKALIKE, _BY_SOUND), (_LATIN_LOOKALIKE,)
_MIXED = (
    _BY_SOUND | _LOOKALIKE | _WEAK_LOOKALIKE,
    _LOOKALIKE | _WEAK_LOOKALIKE | _BY_SOUND,
    _LATIN_LOOKALIKE | _LATIN_WEAK_LOOKALIKE,
    _LATIN_LOOKALIKE | _LATIN_WEAK_LOOKALIKE | _table("нn иn 1l 6g 8a 9q"),
)

_INSIDE = re.compile(r"(?<=[^\W_])!(?=[^\W_])")  # elsewhere it ends a sentence
# Possessive quantifiers, and the second starts only where a word begins: without backtracking the
# time grows linearly with the length of the text.
_WORD = re.compile(r"(?:[^\W_]|[@$])++")
_SEPARATED = re.compile(  # one word with separators in it
    r"(?<![^\W_])(?<![@$])(?:[^\W_]|[@$])++(?:[-‐‑–'’`·.*_~]++(?:[^\W_]|[@$])++)++"
)
MIN_SPELLED_OUT = 3  # consecutive single letters that count as one word


@dataclass(frozen=True)
class Reading:
    """A word's `letters` without repetitions, and how often each was repeated."""

    letters: str
    counts: tuple[int, ...]


@dataclass(frozen=True)
class NormalisedWord:
    """A word's readings, the first of them as it is written.

    spelled: the word was spelled out in single letters, so that its beginning is unknown.
    """

    readings: tuple[Reading, ...]
    spelled: bool = False


def normalise(text: str) -> str:
    """Return lower-case text without marks: ё becomes е, й и, ornamental letters plain ones."""
    text = unicodedata.normalize("NFKC", text).casefold()
    # Zero-width characters (joiners, directions, selectors) and combining marks.
    return "".join(
        char
        for char in unicodedata.normalize("NFKD", text)
        if unicodedata.category(char) not in ("Cf", "Mn", "Me", "Mc")
    )


def words(text: str) -> tuple[list[NormalisedWord], list[NormalisedWord]]:
    """Return (the words in their order, the words that result from joining separated parts)."""
    text = _INSIDE.sub("1", normalise(text))
    found = _WORD.findall(text)
    in_order = [NormalisedWord(word_readings(word)) for word in found]
    joined = [
        NormalisedWord(word_readings("".join(_WORD.findall(separated))))
        for separated in _SEPARATED.findall(text)
    ]
    joined += [
        NormalisedWord(word_readings(letters), spelled=True) for letters in _spelled_out(found)
    ]
    return in_order, joined


@lru_cache(4096)
def word_readings(word: str) -> tuple[Reading, ...]:
    """Return every reading of one word that `normalise` has processed."""
    readings = [word]
    if any(char.isalpha() or char in "@$" for char in word):
        read = (word.translate(table) for table in _tables(word))
        readings += [text for text in read if LATIN.issuperset(text) or CYRILLIC.issuperset(text)]
    return tuple(map(reading, dict.fromkeys(readings)))


def _tables(word: str) -> tuple[dict[int, str], ...]:
    if LATIN.issuperset(word):
        return _PURE_LATIN
    return _PURE_CYRILLIC if CYRILLIC.issuperset(word) else _MIXED


def reading(text: str) -> Reading:
    """Return the letters of a text without repetitions, with their counts."""
    runs = [(char, len(list(run))) for char, run in groupby(text)]
    return Reading("".join(char for char, _ in runs), tuple(count for _, count in runs))


def in_one_alphabet(word: str) -> str:
    """Return the word in the alphabet that most of its letters belong to."""
    cyrillic = sum(char in CYRILLIC for char in word)
    latin = sum(char in LATIN for char in word)
    if not cyrillic or not latin:
        return word
    return word.translate(_MIXED[0] if cyrillic >= latin else _MIXED[2])


def _spelled_out(found: list[str]) -> Iterator[str]:
    """Yield words that are spelled out in single letters: с е к с, also сс ее кк сс."""
    for is_letter, run in groupby(found, lambda word: len(set(word)) == 1):
        letters = list(run)
        if is_letter and len(letters) >= MIN_SPELLED_OUT:
            yield "".join(letters)
