"""Words as they are meant to be read, whatever letters, marks and separators they are written in.

A word has several readings: as it stands; with all that looks like a letter of one alphabet taken
for that letter; with Latin letters taken by their sound in Russian. The pairs are the common ones
of Unicode's confusables (Unicode Technical Standard 39) and of the habit to write digits for
letters.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

LATIN = frozenset("abcdefghijklmnopqrstuvwxyz")
CYRILLIC = frozenset("абвгдежзиклмнопрстуфхцчшщъыьэюя")  # what is left of ё and й


def _table(pairs: str) -> dict[int, str]:
    return {ord(pair[0]): pair[1:] for pair in pairs.split()}


_SOUND = _table("aа bб cс dд eе fф gг hх iи jи kк lл mм nн oо pр qк rр sс tт uу vв wв xкс yи zз")
_LOOK = _table("aа bв cс eе hн kк mм oо pр tт xх yу")
_LATIN_LOOK = _table("аa вb еe кk мm нh оo рp сc тt уy хx")
# Good enough only beside letters of the other alphabet, digits and signs.
_ROUGH = _table(
    "dд iи nп rг uи wш 0о 1и 3з 4ч 5с 6б 8в 9д @а $с іи ґг єе ѕс ји"
    " αа βв εе ηп ιи κк οо πп ρр τт υу χх ωш"
)
_LATIN_ROUGH = _table(
    "іi ѕs јj ьb пn гr иu яr шw 0o 1i 3e 4a 5s 6b 7t 8b 9g @a $s"
    " αa βb εe ηn ιi κk νv οo ρp τt υu χx ωw"
)
_PURE_LATIN, _PURE_CYRILLIC = (_LOOK, _SOUND), (_LATIN_LOOK,)
_MIXED = (
    _SOUND | _LOOK | _ROUGH,
    _LOOK | _ROUGH | _SOUND,
    _LATIN_LOOK | _LATIN_ROUGH,
    _LATIN_LOOK | _LATIN_ROUGH | _table("нn иn 1l 6g 8a 9q"),
)

_INSIDE = re.compile(r"(?<=[^\W_])!(?=[^\W_])")  # else it ends a sentence
# Possessive and, for the second, only from where a word begins: no text makes them go back and
# forth, so the time they take grows with its length and no faster.
_PIECE = re.compile(r"(?:[^\W_]|[@$])++")
_MARKED = re.compile(  # one word with marks in it
    r"(?<![^\W_])(?<![@$])(?:[^\W_]|[@$])++(?:[-‐‑–'’`·.*_~]++(?:[^\W_]|[@$])++)++"
)
SPELLED_OUT = 3  # so many single letters in a row are one word that was taken apart


@dataclass(frozen=True)
class Reading:
    """`letters` without repeats, and how often each of them stood there."""

    letters: str
    counts: tuple[int, ...]


@dataclass(frozen=True)
class NormalisedWord:
    """The first reading is the word as it stands; `spelled`: where it begins nobody knows."""

    readings: tuple[Reading, ...]
    spelled: bool = False


def normalise(text: str) -> str:
    """Small letters without marks: ё is е, й is и, wide and ornamental letters are plain."""
    text = unicodedata.normalize("NFKC", text).casefold()
    # Of zero width: joiners, directions, selectors; and marks that are set over a letter.
    return "".join(
        char
        for char in unicodedata.normalize("NFKD", text)
        if unicodedata.category(char) not in ("Cf", "Mn", "Me", "Mc")
    )


def words(text: str) -> tuple[list[NormalisedWord], list[NormalisedWord]]:
    """(the words in their order, what else can be read where words were taken apart)."""
    text = _INSIDE.sub("1", normalise(text))
    pieces = _PIECE.findall(text)
    whole = [NormalisedWord(word_readings(piece)) for piece in pieces]
    apart = [
        NormalisedWord(word_readings("".join(_PIECE.findall(marked))))
        for marked in _MARKED.findall(text)
    ]
    apart += [NormalisedWord(word_readings(letters), spelled=True) for letters in _spelled(pieces)]
    return whole, apart


@lru_cache(4096)
def word_readings(piece: str) -> tuple[Reading, ...]:
    """Those of one word that is `plain` already."""
    found = [piece]
    if any(char.isalpha() or char in "@$" for char in piece):
        read = (piece.translate(table) for table in _tables(piece))
        found += [text for text in read if LATIN.issuperset(text) or CYRILLIC.issuperset(text)]
    return tuple(map(reading, dict.fromkeys(found)))


def _tables(piece: str) -> tuple[dict[int, str], ...]:
    if LATIN.issuperset(piece):
        return _PURE_LATIN
    return _PURE_CYRILLIC if CYRILLIC.issuperset(piece) else _MIXED


def reading(text: str) -> Reading:
    """The letters without repetitions, and how often each stood there."""
    runs = [(char, len(list(run))) for char, run in groupby(text)]
    return Reading("".join(char for char, _ in runs), tuple(count for _, count in runs))


def in_one_alphabet(piece: str) -> str:
    """A word in the alphabet that most of its letters are of."""
    cyrillic = sum(char in CYRILLIC for char in piece)
    latin = sum(char in LATIN for char in piece)
    if not cyrillic or not latin:
        return piece
    return piece.translate(_MIXED[0] if cyrillic >= latin else _MIXED[2])


def _spelled(pieces: list[str]) -> Iterator[str]:
    """с е к с, and сс ее кк сс."""
    for single, run in groupby(pieces, lambda piece: len(set(piece)) == 1):
        letters = list(run)
        if single and len(letters) >= SPELLED_OUT:
            yield "".join(letters)
