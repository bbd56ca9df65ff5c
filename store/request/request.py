"""A request for one picture, with every limit that holds for it."""

import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from random import Random
from typing import Any, Self

from store.errors import RequestError
from store.request import options, presets
from store.request.image_refs import INIT_WEIGHTS, MAX_TARGETS, ImageTarget, check_source
from store.request.options import MAX_FRAMES, NoisePrompt, Shift, int_within, number_within, short
from store.request.prompt import Phrase, PromptScene, clean_text, parse_prompt, parse_scenes

SIDES = (16, 4096)  # pixels
MAX_AREA = 2048 * 2048
STEPS = (1, 5000)  # of a scene, and of all scenes together
SEEDS = options.SEEDS
CUTOUTS = (1, 512)
INIT_NOISES = ("codes", "flat", "scored", "sketch", "prior", "pixels", "gradient")
MAX_NAME = 1000  # a model may be named by its path

# The Latin and the Cyrillic letter, the sign and the asterisk all look like "by".
_SIZE = re.compile(r"\s*([0-9]{1,9})\s*[xXхХ×*]\s*([0-9]{1,9})\s*")


@dataclass(frozen=True)
class DrawRequest:
    """What to paint; None leaves a choice to the engine's models. A wrong field is a RequestError.

    size: (width, height) in pixels. clip, ruclip, guide: one name, or several with commas.
    quality and shape: names of `store.presets`, which say what steps, cutouts and size are where
    the request itself does not. steps: of each scene. every: steps from one frame of the film to
    the next; zoom and shift move the picture between these frames.
    A picture is named by its path on the command line, and by its key in the store of files in a
    job: `init` is what the painting starts from, and stays near to by `init_weight`; `targets` are
    looked at beside the words; `style` lends its look.
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
    targets: tuple[ImageTarget, ...] = ()
    style: str | None = None
    quality: str | None = None
    shape: str | None = None
    optimizer: str | None = None
    learning_rate: float | None = None
    cut_power: float | None = None
    augment: str | None = None
    noise_prompts: tuple[NoisePrompt, ...] = ()
    every: int | None = None
    zoom: float | None = None
    shift: Shift | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.prompt, str):
            raise RequestError("request-unreadable")
        object.__setattr__(self, "prompt", clean_text(self.prompt))
        parse_scenes(self.prompt)
        if self.size is not None:
            object.__setattr__(self, "size", _checked_size(*self.size))
        int_within("steps", self.steps, STEPS)
        int_within("seed", self.seed, SEEDS)
        int_within("cutouts", self.cutouts, CUTOUTS)
        _model_name(self.vqgan)
        for several in (self.clip, self.ruclip, self.guide):
            _model_name(several)
            for name in model_names(several) if several else ():
                _model_name(name)
        _among("init-noise", self.init_noise, INIT_NOISES)
        if self.quality is not None:
            presets.quality(self.quality)
        if self.shape is not None:
            presets.shape(self.shape)
        int_within("every", self.every, STEPS)
        self._check_manner()
        self._check_total()
        self._check_sources()

    def _check_manner(self) -> None:
        """How it is painted and moved."""
        _among("optimizer", self.optimizer, options.OPTIMIZERS)
        number_within("learning-rate", self.learning_rate, options.LEARNING_RATES)
        number_within("cut-power", self.cut_power, options.CUT_POWERS)
        number_within("zoom", self.zoom, options.ZOOMS)
        if self.shift is not None:
            object.__setattr__(self, "shift", options.checked_shift(self.shift))
        if self.augment is not None:
            object.__setattr__(self, "augment", options.checked_augment(self.augment))
        noise = options.checked_noise_prompts(self.noise_prompts)
        object.__setattr__(self, "noise_prompts", noise)

    def _check_total(self) -> None:
        """The steps of all scenes, and the frames of a film in which the picture moves."""
        if self.steps is None:
            return
        if self.steps > self.max_steps:
            scenes = len(self.scenes)
            values = {"scenes": scenes, "total": scenes * self.steps, "limit": STEPS[1]}
            raise RequestError("request-steps-total", **values)
        if self.moves and self.every and self.steps * len(self.scenes) // self.every > MAX_FRAMES:
            count = self.steps * len(self.scenes) // self.every
            raise RequestError("request-frames", count=count, limit=MAX_FRAMES)

    def _check_sources(self) -> None:
        for source in (self.init, self.style):
            if source is not None:
                check_source(source)
        if len(self.targets) > MAX_TARGETS:
            raise RequestError("request-targets", count=len(self.targets), limit=MAX_TARGETS)
        number_within("init-weight", self.init_weight, INIT_WEIGHTS)
        if self.init_weight is not None and self.init is None:
            raise RequestError("request-init-weight-alone")
        if self.init_weight and self.moves:  # what moves leaves its init behind
            raise RequestError("request-init-weight-moves")

    @property
    def sources(self) -> tuple[str, ...]:
        """Every picture that it names, each once."""
        named = (self.init, *(target.source for target in self.targets), self.style)
        return tuple(dict.fromkeys(source for source in named if source is not None))

    def without_sources(self) -> Self:
        """The same for somebody who is not to see those pictures."""
        return replace(self, init=None, init_weight=None, targets=(), style=None)

    @property
    def scenes(self) -> tuple[PromptScene, ...]:
        """What is painted one after another, the next going on from where the last one ended."""
        return parse_scenes(self.prompt)

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        """Those of all scenes."""
        return parse_prompt(self.prompt)

    @property
    def moves(self) -> bool:
        """Whether the picture is moved from frame to frame."""
        return self.zoom is not None or self.shift is not None

    @property
    def total_steps(self) -> int | None:
        """Those of all scenes together."""
        return None if self.steps is None else self.steps * len(self.scenes)

    @property
    def max_steps(self) -> int:
        """As many as a scene may have, so that all scenes together keep within the limit."""
        return STEPS[1] // len(self.scenes)

    def with_seed(self, rng: Random | None = None) -> Self:
        """Itself where it has a seed, else a copy with one from `rng` (the system's by default)."""
        if self.seed is not None:
            return self
        return replace(self, seed=(rng or secrets.SystemRandom()).randrange(SEEDS[1] + 1))

    def to_json(self) -> str:
        """As it stands in the job's row, and in a picture's story."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Fields that we do not know are left out, so that rows of other versions live on."""
        try:
            stored: dict[str, Any] = json.loads(text)
            known = {field.name for field in fields(cls)} & stored.keys()
            values = {name: _tupled(stored[name]) for name in known}
            values["targets"] = tuple(map(ImageTarget.stored, values.get("targets", ())))
            return cls(**values)
        except (AttributeError, TypeError, ValueError) as error:
            raise RequestError("request-unreadable") from error


def model_names(text: str) -> tuple[str, ...]:
    """Names with commas between them, each once; an empty one is left to the checks."""
    return tuple(dict.fromkeys(name.strip() for name in text.split(",")))


def _model_name(name: str | None) -> None:
    if name is not None and (not name or name != clean_text(name) or len(name) > MAX_NAME):
        raise RequestError("request-model-name", value=short(name))


def parse_size(text: str) -> tuple[int, int]:
    """(width, height) in pixels from "256x384", also with "×" or a Cyrillic "х"."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise RequestError("request-size-unreadable", value=short(text))
    return _checked_size(int(match[1]), int(match[2]))


def _checked_size(width: int, height: int) -> tuple[int, int]:
    for side in (width, height):
        int_within("side", side, SIDES)
    if width * height > MAX_AREA:
        raise RequestError("request-area", width=width, height=height, limit=MAX_AREA)
    return width, height


def _among(what: str, value: str | None, choices: Sequence[str]) -> None:
    if value is not None and value not in choices:
        raise RequestError(f"request-{what}", value=short(str(value)), choices=", ".join(choices))


def _tupled(value: Any) -> Any:
    """JSON has no tuples, only lists."""
    return tuple(map(_tupled, value)) if isinstance(value, list) else value
