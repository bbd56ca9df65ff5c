"""Read parameters from the words of a prompt: `рыжий кот, 512x768 seed 42 50 шагов`."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any, NoReturn

from store.errors import RequestError
from store.request.options import AT_ONCE, FPS, int_within, short
from store.request.parameter_words import FORMS, PLAIN_LAST_WORDS, QUALITY_WORDS, Form, Position
from store.request.presets import ratio
from store.request.prompt import MAX_PROMPT
from store.request.request import SEEDS, STEPS, DrawRequest, parse_size

OPEN = -1  # as in the notebooks: a random seed; steps until somebody stops
MAX_READ = 4 * MAX_PROMPT  # characters; a longer text is no prompt

LIMITS = {"seed": SEEDS, "steps": STEPS, "at-once": AT_ONCE, "fps": FPS, "every": STEPS}
MAY_BE_OPEN = ("seed", "steps")

_SEPARATORS = r"[\s,;|]"
# Before a ratio these words make it a score, a time or a verse; behind a parameter, a sentence.
_NUMBER_AHEAD = re.compile(
    r"(?:^|\s)(?:в|к|на|до|с|со|счёт\w*|счет\w*|матч\w*|at|to|by|score|псалом|глава)\s*$", re.I
)
_GOES_ON = re.compile(
    r"\s+(?:до|от|к|в|во|на|из|под|по|назад|впер[её]д|to|from|of|into|in|on|away|by|at)\b", re.I
)
_ADJECTIVE = re.compile(r"(?:ый|ий|ой|ое|ый)\s*$", re.I)
# What looks like a flag, or like a count, and is none that is known.
_FLAG = re.compile(
    r"(?:^|(?<=\s))(?:--(?=[^\W\d])|[—–](?=[a-z]))[\w-]+(?:[ =][\d.:]+(?=\s|$))?", re.I
)
_COUNT = re.compile(r"(?<=\s)[xх]\d+$", re.I)
_MINUS = {ord(dash): "-" for dash in "−–—"}
_TAIL = 80  # characters in which a parameter at the end is looked for
_QUALITY_OF = {word: name for name, words in QUALITY_WORDS.items() for word in (name, *words)}


@dataclass(frozen=True)
class Parameters:
    """What a text says beside what to paint; None where it says nothing.

    steps and seed may be OPEN. shape is the name of a preset, or a ratio as "3:2". film: whether
    an animation is made.
    """

    size: tuple[int, int] | None = None
    shape: str | None = None
    seed: int | None = None
    steps: int | None = None
    quality: str | None = None
    count: int | None = None
    every: int | None = None
    fps: int | None = None
    film: bool | None = None
    tile: bool | None = None
    enough: str | None = None  # "auto": it ends where it no longer gains

    def applied(self, request: DrawRequest) -> DrawRequest:
        """Return the request with these parameters in place of its own.

        Raises RequestError if they do not go together with the rest of it.
        """
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        changes = {name: value for name, value in said.items() if value is not None}
        if "count" in changes:
            changes["at_once"] = changes.pop("count")
        if self.seed == OPEN:
            changes["seed"] = None
        if self.steps == OPEN:
            changes["steps"] = request.max_steps
        if self.size is not None:
            changes["shape"] = None
        elif self.shape is not None:
            changes["size"] = None
        if self.quality is not None and self.steps is None:
            changes["steps"] = None
        return replace(request, **changes)


@dataclass(frozen=True)
class ReadText:
    """A text, read: the prompt without its parameters, and what looks like one and is none."""

    prompt: str
    parameters: Parameters
    unread: tuple[str, ...] = ()

    @property
    def is_parameters_only(self) -> bool:
        """Return whether there are parameters and no words to paint."""
        return not self.prompt and self.parameters != Parameters()


def read_parameters(text: str) -> ReadText:
    """Read the parameters at the beginning and the end of a text, and the flags anywhere in it.

    What is not understood stays part of the prompt.

    Raises RequestError for a value out of its limits, and for parameters that contradict each
    other.
    """
    if len(text) > MAX_READ:
        return ReadText(text, Parameters())
    found: dict[str, tuple[Any, str]] = {}
    rest = re.sub(r"\s*\n\s*", "\n", re.sub(r"[^\S\n]+", " ", text)).strip()
    unknown = _UnknownFlags("")
    for anywhere in (True, False):
        if not anywhere:
            unknown = _UnknownFlags(rest)
            rest = unknown.without
        while (cut := next(_cuts(rest, anywhere=anywhere), None)) is not None:
            form, written, value, rest = cut
            name = "shape" if form.name == "ratio" else form.name
            value = _value(form.name, value)
            if name in found and found[name][0] != value:
                _refuse_both(text, found[name][1], written)
            found.setdefault(name, (value, written))
    flags = tuple(flag for flag, _ in unknown.flags)
    if not rest and not found:
        return ReadText(text.strip(), Parameters(), flags)
    if not rest and found and all(_is_word(name, written) for name, (_, written) in found.items()):
        return ReadText(text.strip(), Parameters())  # "портрет" alone is what to paint
    _check_together(text, found)
    parameters = Parameters(**{name: value for name, (value, _) in found.items()})
    prompt = unknown.put_back(rest) if rest else ""
    return ReadText(prompt, parameters, (*flags, *(match[0] for match in _COUNT.finditer(rest))))


class _UnknownFlags:
    """The flags of a text that are not understood, and the text without them."""

    def __init__(self, text: str) -> None:
        self.without = " ".join(_words(_FLAG.sub(" ", text)))
        # Each with the number of words before it.
        self.flags = [
            (match[0], len(_words(_FLAG.sub(" ", text[: match.start()]))))
            for match in _FLAG.finditer(text)
        ]

    def put_back(self, rest: str) -> str:
        """Return what is left of the text without flags, with them where they stood."""
        words = _words(rest)
        start = len(_words(self.without[: self.without.find(rest)]))
        for number, (flag, place) in enumerate(self.flags):
            words.insert(max(0, place - start) + number, flag)
        return " ".join(words)


def _words(text: str) -> list[str]:
    return [word for word in text.split(" ") if word]


Cut = tuple[Form, str, str, str]  # form, how it is written, its value, the text without it


def _cuts(text: str, *, anywhere: bool) -> Iterator[Cut]:
    """Yield the parameters that can be cut off next: flags anywhere, or the others at the ends."""
    for form, inside, end, beginning in _PATTERNS:
        if (form.place is Position.ANYWHERE) is not anywhere:
            continue
        if anywhere:
            if match := inside.search(text):
                yield _cut(form, match, f"{text[: match.start()]} {text[match.end() :]}")
        elif (match := end.search(text, max(0, len(text) - _TAIL))) and _may_end(form, text, match):
            yield _cut(form, match, text[: match.start()])
        elif (match := beginning.match(text)) and _may_begin(form, text, match):
            yield _cut(form, match, text[match.end() :])


def _compiled(form: Form) -> tuple[Form, re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    body = rf"(?P<body>{form.pattern})"
    apart = rf"(?P<apart>(?:{_SEPARATORS}|(?:--|—|–)(?=\s|[^\W\d]))+)"
    return (
        form,
        re.compile(rf"(?:^|(?<=\s)){body}(?=[\s,;|]|$)[,;]?", re.I),
        re.compile(rf"(?:^|{apart}){body}[\s,;.]*$", re.I),
        re.compile(rf"^[\s,;]*{body}(?P<apart>$|{_SEPARATORS}+)", re.I),
    )


_PATTERNS = tuple(map(_compiled, FORMS))


def _may_end(form: Form, text: str, match: re.Match[str]) -> bool:
    before = text[: match.start()]
    if form.name == "ratio":
        return not _NUMBER_AHEAD.search(before) or _is_set_off(match)
    if form.place is Position.SET_OFF:
        return bool(before.strip()) and _is_set_off(match)
    if form.place is Position.END and form.value:  # "женский портрет" is what to paint
        if not before.strip():
            return not _is_word(form.name, match["body"])
        return _is_set_off(match) or not _ADJECTIVE.search(before)
    return True


def _may_begin(form: Form, text: str, match: re.Match[str]) -> bool:
    after = text[match.end("body") :]
    if not after.strip(" ,;|\n"):
        return form.value is None
    if form.place is Position.EDGE:
        return not _GOES_ON.match(after)
    return _is_set_off(match)


def _is_set_off(match: re.Match[str]) -> bool:
    return bool(match["apart"]) and any(mark in match["apart"] for mark in ",;|\n-—–")


def _cut(form: Form, match: re.Match[str], rest: str) -> Cut:
    value = form.value if form.value is not None else match["value"]
    return form, match["body"].strip(), value, rest.strip(" \t\n,;").rstrip("|—–-: \n")


def _value(name: str, text: str) -> Any:
    """Return the value of a parameter; RequestError if it is out of its limits."""
    readers: dict[str, Callable[[str], Any]] = {
        "size": lambda size_text: parse_size(size_text.replace(" на ", "x")),
        "ratio": lambda ratio_text: ratio(ratio_text).name,
        "film": lambda said: said == "on",
        "tile": lambda _: True,
        **dict.fromkeys(("shape", "enough"), str),
        "quality": lambda words: _QUALITY_OF[" ".join(words.lower().split())],
        "count": partial(_whole, "at-once"),
    }
    return readers.get(name, partial(_whole, name))(text)


def _whole(name: str, text: str) -> int:
    """Return a whole number within the limits of its name, or OPEN where it may be left open."""
    low, high = LIMITS[name]
    plain = text.translate(_MINUS)
    if name in MAY_BE_OPEN and plain in ("-1", "∞"):
        return OPEN
    if not re.fullmatch(r"[-+]?[0-9]{1,19}", plain):
        raise RequestError(f"request-{name}", value=short(text), low=low, high=high)
    int_within(name, int(plain), (low, high))
    return int(plain)


def _check_together(text: str, found: dict[str, tuple[Any, str]]) -> None:
    """Raise RequestError for two parameters that say the same thing differently."""
    for first, second in (("size", "shape"), ("film", "fps"), ("film", "every")):
        if first in found and second in found and found[first][0] is not True:
            _refuse_both(text, found[first][1], found[second][1])


def _refuse_both(text: str, *written: str) -> NoReturn:
    """Raise RequestError for two parameters, named in the order of the text."""
    first, second = sorted(written, key=text.find)
    raise RequestError("request-contradiction", first=short(first), second=short(second))


def _is_word(name: str, written: str) -> bool:
    """Return whether a parameter may as well be what to paint: "портрет", not "тщательно"."""
    if name == "quality" and written.lower() in PLAIN_LAST_WORDS:
        return False
    return name in ("shape", "quality", "tile") and written.replace(" ", "").isalpha()
