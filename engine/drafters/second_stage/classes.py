"""The classes of ImageNet by their names, in Russian and in English."""

import difflib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from engine.errors import EngineError
from store.reader.word_forms import stem

FILE = Path(__file__).with_name("imagenet.txt")
LANGUAGES, NAMES = " = ", " / "  # what stands between the two languages, and between names
_WORD = re.compile(r"[^\W\d_]+")

Words = tuple[str, ...]  # stems


@cache
def class_names() -> tuple[tuple[str, ...], ...]:
    """Return the names of each class, English ones first; the first of each language is its own."""
    lines = FILE.read_text("utf-8").splitlines()[1:]  # the first line is a comment
    return tuple(tuple(line.replace(LANGUAGES, NAMES).split(NAMES)) for line in lines)


def class_of(text: str) -> int:
    """Return the class whose name stands in the text, in any form; the longest name wins.

    Of names of as many words the one that stands first is what the others are about. Raises
    EngineError where there is none.
    """
    written, index = _words(text), _index()
    for length in range(min(max(map(len, index)), len(written)), 0, -1):
        for at in range(len(written) - length + 1):
            number = index.get(written[at : at + length])
            if number is not None:
                return number
    raise EngineError("class-unknown", near=", ".join(_near(text)))


@cache
def _index() -> Mapping[Words, int]:
    """Return the class of each name."""
    named = ((_words(name), number) for number, some in enumerate(class_names()) for name in some)
    index: dict[Words, int] = {}
    for words, number in named:
        index.setdefault(words, number)
    return index


@cache
def _words(text: str) -> Words:
    return tuple(stem(word) for word in _WORD.findall(text.lower().replace("ё", "е")))


def _near(text: str) -> Sequence[str]:
    """Return a few names that are written alike, else the first words for what is often drawn."""
    russian = bool(re.search("[а-яё]", text.lower()))
    own = [
        name for some in class_names() for name in some if bool(re.search("[а-я]", name)) is russian
    ]
    alike = difflib.get_close_matches(text.lower(), own, n=3, cutoff=0.6)
    return alike or (("кот", "маяк", "вулкан") if russian else ("cat", "lighthouse", "volcano"))
