"""The grammar of prompts: `text[:weight[:stop]] | … ^ text[:weight[:stop]] | …`."""

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from store.errors import RequestError

MAX_PROMPT = 500  # characters, after cleaning
MAX_PHRASES = 16  # over all scenes
MAX_SCENES = 8
MAX_WEIGHT = 1000.0

# A comma may be the decimal mark, as in Russian.
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)
_ANY_NUMBER = rf"(?:{_NUMBER.pattern}|{_NOT_FINITE.pattern})"
# A number behind a word is its weight; behind a digit ("7:30", "16:9") it is a part of the text.
_WEIGHTED = re.compile(
    rf"(?P<text>(?:.*?[^\d\s:])?)[\s:]*:\s*(?P<weight>{_ANY_NUMBER})\s*"
    rf"(?::\s*(?P<stop>{_ANY_NUMBER})\s*)?",
    re.ASCII | re.IGNORECASE,
)

# Invisible characters that change the order in which a text is displayed: bidirectional marks,
# embeddings, overrides and isolates.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Invisible characters inside words: zero-width space, soft hyphen, byte order mark.
_INVISIBLE = {ord(char): None for char in "\u200b\u00ad\ufeff"}
# Categories: controls, lone surrogates, line and paragraph separators.
_FORBIDDEN = frozenset({"Cc", "Cs", "Zl", "Zp"})


@dataclass(frozen=True)
class Phrase:
    """A text to approach or, with a negative weight, to avoid.

    The phrase has no effect once its loss has fallen to `stop`; by default it always has.
    """

    text: str
    weight: float = 1.0
    stop: float = -math.inf


def clean_text(text: str) -> str:
    """Return one line of NFC text without control characters or repeated spaces."""
    visible = "".join(
        " " if char in _BIDI or unicodedata.category(char) in _FORBIDDEN else char
        for char in text.translate(_INVISIBLE)
    )
    return " ".join(unicodedata.normalize("NFC", visible).split())


PromptScene = tuple[Phrase, ...]


def parse_scenes(text: str) -> tuple[PromptScene, ...]:
    """Parse a prompt into its scenes, which are painted one after another.

    Raises RequestError if the prompt is invalid.
    """
    text = clean_text(text)
    if len(text) > MAX_PROMPT:
        raise RequestError("request-too-long", length=len(text), limit=MAX_PROMPT)
    parts = [scene.split("|") for scene in text.split("^")]
    if not any(_has_visible(part) for scene in parts for part in scene):
        raise RequestError("request-empty")
    if len(parts) > MAX_SCENES:
        raise RequestError("request-too-many-scenes", count=len(parts), limit=MAX_SCENES)
    count = sum(map(len, parts))
    if count > MAX_PHRASES:
        raise RequestError("request-too-many-phrases", count=count, limit=MAX_PHRASES)
    return tuple(map(_scene, parts))


def parse_prompt(text: str) -> PromptScene:
    """Return the phrases of all scenes in order; RequestError if the prompt is invalid."""
    return tuple(phrase for scene in parse_scenes(text) for phrase in scene)


def _scene(parts: Sequence[str]) -> PromptScene:
    if not any(map(_has_visible, parts)):
        raise RequestError("request-scene-empty")
    phrases = tuple(map(_phrase, parts))
    if all(phrase.weight == 0 for phrase in phrases):
        raise RequestError("request-weights-zero")
    return phrases


def split_weight(text: str) -> tuple[str, float]:
    """Split `text:number` at the last colon; without a number return the text and 1."""
    head, colon, tail = text.rpartition(":")
    tail = tail.strip()
    if not colon or not (_NUMBER.fullmatch(tail) or _NOT_FINITE.fullmatch(tail)):
        return text, 1.0
    return head, _number(tail)


def _phrase(part: str) -> Phrase:
    """Read a phrase and the numbers behind its last word; a colon inside the text stays text."""
    text, weight, stop = part, 1.0, -math.inf
    if (match := _WEIGHTED.fullmatch(part)) and "://" not in match["text"].rpartition(" ")[2]:
        text, weight = match["text"], _number(match["weight"])
        stop = stop if match["stop"] is None else _stop(match["stop"])
    text = text.strip().rstrip(" :")
    if not _has_visible(text):
        raise RequestError("request-phrase-empty")
    return Phrase(text, weight, stop)


def _stop(number: str) -> float:
    # Prompts copied from the notebooks spell the default out: "a cat:1:-inf".
    return -math.inf if number.lower() in ("-inf", "-infinity") else _number(number)


def _number(text: str) -> float:
    if _NOT_FINITE.fullmatch(text):
        raise RequestError("request-weight-not-a-number", value=text)
    number = float(text.replace(",", "."))
    if abs(number) > MAX_WEIGHT:
        raise RequestError("request-weight-too-large", value=text, limit=int(MAX_WEIGHT))
    return number


def _has_visible(text: str) -> bool:
    """Return whether a text has more than spaces, colons, marks and invisible characters."""
    return any(char != ":" and unicodedata.category(char)[0] not in "CZM" for char in text)
