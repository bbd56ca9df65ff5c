"""What words in answer to a picture change of its request."""

import re
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
_NUMBER = re.compile(r"[×xх*]?\s*(?P<number>[1-9])")
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


@dataclass(frozen=True)
class Change:
    """The request that words make of that of a picture.

    from_picture: it begins with the picture. unread: what looks like a parameter and is none.
    """

    request: DrawRequest
    from_picture: bool = False
    unread: tuple[str, ...] = ()


def changed(text: str, before: DrawRequest) -> Change:
    """Return what a text in answer to a picture asks for.

    `+ words` and `- words` ("больше …", "без …") add a phrase; a number says how many; parameters
    alone replace those of the request; other words are a new prompt for the picture as it is.

    Raises RequestError if the words are wrong.
    """
    text = text.strip()
    anew = replace(before.anew(), edition=None)
    if number := _NUMBER.fullmatch(text):
        return Change(replace(anew, at_once=int(number["number"])))
    for pattern, weight in ((_MORE, ""), (_LESS, f":{AWAY:g}")):
        if match := pattern.fullmatch(text):
            phrases = (part.strip() for part in match["words"].split("|"))
            added = "".join(f" | {words}{weight}" for words in phrases if words)
            return Change(replace(anew, prompt=_added(before.prompt, added)), from_picture=True)
    read = read_parameters(text)
    if read.is_parameters_only:
        kept = replace(anew, seed=before.seed)  # the same picture, otherwise
        return Change(read.parameters.applied(kept))
    request = read.parameters.applied(replace(anew, prompt=read.prompt))
    return Change(request, from_picture=True, unread=read.unread)


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


def _added(prompt: str, phrases: str) -> str:
    """Return the prompt with phrases added to each of its scenes."""
    if not prompt:
        raise RequestError("request-empty")
    return " ^ ".join(scene.strip() + phrases for scene in prompt.split("^"))
