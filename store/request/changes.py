"""What words in answer to a picture change of its request."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from store.errors import RequestError
from store.request.options import short
from store.request.parameters import Parameters, read_parameters
from store.request.request import DrawRequest

AWAY = -0.5  # the weight of what shall be away
_MORE = re.compile(
    r"(?:\+|(?:больше|добавь(?:те)?|ещё|more|add|with)\s)\s*(?P<words>.*\w.*)", re.I | re.S
)
_LESS = re.compile(
    r"(?:[-−–—](?=\s*[^\W\d])|(?:без|убери(?:те)?|меньше|without|less|no|remove)\s)"
    r"\s*(?P<words>.*\w.*)",
    re.I | re.S,
)
_NUMBER = re.compile(r"[×xх*]?\s*(?P<number>\d{1,3})")
_SIGN = re.compile(r"(?:\+\s*|[-−–—]\s+)(?=[^\W\d])")
_AGAIN = re.compile(
    r"(?:и\s+)?ещ[её](?:\s+(?:раз|одну?|один))?|снова|повтори|again|one more|another(?: one)?|more",
    re.I,
)
# What the line of a request shows, beside its steps.
_IN_LINE = ("size", "shape", "quality", "seed", "every", "at_once", "fps", "film", "tile")
_OF_DRAFTS = (
    *("draft", "drafts", "keep", "pick", "top_k", "top_p", "temperature"),
    *("complete", "border", "map", "init_weight", "init_noise"),
)


def from_picture(request: DrawRequest, key: str) -> DrawRequest:
    """Return the request that begins with a picture, instead of with drafts."""
    left = dict.fromkeys(_OF_DRAFTS)
    return replace(request, init=key, near=(), steps=request.steps or None, **left)  # type: ignore[arg-type]


def needs_picture(text: str) -> bool:
    """Return whether a text says what to add to a picture or to take away: "+ snow", "- snow"."""
    return _SIGN.match(text) is not None


@dataclass(frozen=True)
class Change:
    """The request that words make of that of a picture.

    from_picture: it begins with the picture. new_words: nothing of the old prompt is in it.
    unread: what looks like a parameter and is none.
    """

    request: DrawRequest
    from_picture: bool = False
    new_words: bool = False
    unread: tuple[str, ...] = ()


def changed(text: str, before: DrawRequest) -> Change:
    """Return what a text in answer to a picture asks for.

    `+ words` and `- words` ("больше …", "без …") add a phrase; a number says how many; "ещё" asks
    for another one; parameters replace those of the request; other words are a new prompt for the
    picture as it is.

    Raises RequestError if the words are wrong.
    """
    text = text.strip()
    anew = replace(before.anew(), edition=None)
    if number := _NUMBER.fullmatch(text):
        return Change(replace(anew, at_once=int(number["number"])))
    read = read_parameters(text)  # first: "без анимации" is one
    words = read.prompt.strip(" +")
    if not words and read.parameters == Parameters():
        raise RequestError("request-empty")
    if not words or _AGAIN.fullmatch(words):
        kept = replace(anew, seed=None if words else before.seed)  # the same picture, otherwise
        return Change(read.parameters.applied(kept))
    prompt, added = read.prompt, False
    for pattern, weight in ((_MORE, ""), (_LESS, f":{AWAY:g}")):
        if match := pattern.fullmatch(prompt):
            phrases = (part.strip() for part in match["words"].split("|"))
            prompt = _added(before.prompt, [f"{part}{weight}" for part in phrases if part])
            added = True
            break
    request = read.parameters.applied(replace(anew, prompt=prompt))
    return Change(request, from_picture=True, new_words=not added, unread=read.unread)


def reworded(text: str, before: DrawRequest) -> tuple[DrawRequest, tuple[str, ...]]:
    """Return the request that a text in answer to "Edit the words" asks for, and what is unread.

    New words alone keep the rest of the request. With parameters, or with the words as they were,
    the text stands for the whole line that the question shows: what is not in it is left open.

    Raises RequestError if the words are wrong, or are parameters only.
    """
    read = read_parameters(text)
    if read.is_parameters_only:
        raise RequestError("request-parameters-only", value=short(text))
    kept = replace(before.anew(), seed=before.seed)
    if read.parameters != Parameters() or read.prompt.split() == before.prompt.split():
        left = dict.fromkeys(_IN_LINE)
        steps = 0 if before.steps == 0 else None  # a draft, of which the line says no steps
        kept = replace(kept, **left, steps=steps)  # type: ignore[arg-type]
    return read.parameters.applied(replace(kept, prompt=read.prompt)), read.unread


def _added(prompt: str, phrases: Sequence[str]) -> str:
    """Return the prompt with phrases added to each of its scenes."""
    if not prompt:
        raise RequestError("request-empty")
    return " ^ ".join(" | ".join([scene.strip(), *phrases]) for scene in prompt.split("^"))
