"""A request for one picture, with every limit that holds for it."""

import json
import re
import secrets
from dataclasses import asdict, dataclass, fields, replace
from random import Random
from typing import Any, Self

from store import presets
from store.errors import RequestError
from store.prompt import Phrase, clean, parse_prompt

SIDES = (16, 4096)  # pixels
MAX_AREA = 2048 * 2048
STEPS = (1, 5000)
SEEDS = (0, 2**32 - 1)
CUTOUTS = (1, 512)
INIT_NOISES = ("codes", "flat", "scored", "sketch", "prior", "pixels", "gradient")
MAX_NAME = 1000  # a model may be named by its path

# The Latin and the Cyrillic letter, the sign and the asterisk all look like "by".
_SIZE = re.compile(r"\s*([0-9]{1,9})\s*[xXхХ×*]\s*([0-9]{1,9})\s*")


@dataclass(frozen=True)
class DrawRequest:
    """What to paint; None leaves a choice to the engine's models. A wrong field is a RequestError.

    size: (width, height) in pixels. clip, ruclip, guide: one name, or several with commas.
    init: the key of a picture in the store of files to start from. quality and shape: names of
    `store.presets`, which say what steps, cutouts and size are where the request itself does not.
    """

    prompt: str
    size: tuple[int, int] | None = None
    steps: int | None = None
    seed: int | None = None
    vqgan: str | None = None
    clip: str | None = None
    ruclip: str | None = None
    cutouts: int | None = None
    init_noise: str | None = None
    guide: str | None = None  # judges every phrase, whatever its script
    init: str | None = None
    init_weight: float | None = None
    quality: str | None = None
    shape: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.prompt, str):
            raise RequestError("request-unreadable")
        object.__setattr__(self, "prompt", clean(self.prompt))
        parse_prompt(self.prompt)
        if self.size is not None:
            object.__setattr__(self, "size", _checked_size(*self.size))
        _within("steps", self.steps, STEPS)
        _within("seed", self.seed, SEEDS)
        _within("cutouts", self.cutouts, CUTOUTS)
        _model_name(self.vqgan)
        for several in (self.clip, self.ruclip, self.guide):
            _model_name(several)
            for name in model_names(several) if several else ():
                _model_name(name)
        if self.init_noise is not None and self.init_noise not in INIT_NOISES:
            choices = ", ".join(INIT_NOISES)
            raise RequestError("request-init-noise", value=_short(self.init_noise), choices=choices)
        if self.quality is not None:
            presets.quality(self.quality)
        if self.shape is not None:
            presets.shape(self.shape)

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys of the pictures that it starts from or looks at."""
        return tuple(source for source in (self.init,) if source is not None)

    def without_sources(self) -> Self:
        """The same for somebody who is not to see those pictures."""
        return replace(self, init=None, init_weight=None)

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        return parse_prompt(self.prompt)

    def with_seed(self, rng: Random | None = None) -> Self:
        """Itself where it has a seed, else a copy with one from `rng` (the system's by default)."""
        if self.seed is not None:
            return self
        return replace(self, seed=(rng or secrets.SystemRandom()).randrange(SEEDS[1] + 1))

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Fields that we do not know are left out, so that rows of other versions live on."""
        try:
            stored: dict[str, Any] = json.loads(text)
            known = {field.name for field in fields(cls)} & stored.keys()
            values = {name: stored[name] for name in known}
            if values.get("size") is not None:
                width, height = values["size"]
                values["size"] = (width, height)
            return cls(**values)
        except (AttributeError, TypeError, ValueError) as error:
            raise RequestError("request-unreadable") from error


def model_names(text: str) -> tuple[str, ...]:
    """Names with commas between them, each once; an empty one is left to the checks."""
    return tuple(dict.fromkeys(name.strip() for name in text.split(",")))


def _model_name(name: str | None) -> None:
    if name is not None and (not name or name != clean(name) or len(name) > MAX_NAME):
        raise RequestError("request-model-name", value=_short(name))


def parse_size(text: str) -> tuple[int, int]:
    """(width, height) in pixels from "256x384", also with "×" or a Cyrillic "х"."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise RequestError("request-size-unreadable", value=_short(text))
    return _checked_size(int(match[1]), int(match[2]))


def _checked_size(width: int, height: int) -> tuple[int, int]:
    for side in (width, height):
        _within("side", side, SIDES)
    if width * height > MAX_AREA:
        raise RequestError("request-area", width=width, height=height, limit=MAX_AREA)
    return width, height


def _within(what: str, value: int | None, limits: tuple[int, int]) -> None:
    if value is None:
        return
    low, high = limits
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise RequestError(f"request-{what}", value=_short(str(value)), low=low, high=high)


def _short(value: str) -> str:
    """Enough of somebody's text to recognise it in an answer."""
    text = clean(value)
    return text if len(text) <= 40 else text[:39] + "…"
