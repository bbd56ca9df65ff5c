"""A request for one picture, with every limit that holds for it."""

import json
import re
import secrets
from dataclasses import asdict, dataclass, fields, replace
from random import Random
from typing import Any, Self

from store.errors import RequestError
from store.request import options, presets
from store.request.drafting import check_drafting
from store.request.image_refs import INIT_WEIGHTS, MAX_TARGETS, ImageTarget, check_source
from store.request.options import (
    MAX_FRAMES,
    NoisePrompt,
    Shift,
    int_within,
    number_within,
    one_of,
    short,
)
from store.request.prompt import Phrase, PromptScene, clean_text, parse_prompt, parse_scenes
from store.request.schedule import check_schedule

SIDES, MAX_AREA = options.SIDES, options.MAX_AREA
STEPS = (1, 5000)  # of a scene, and of all scenes together
SEEDS = options.SEEDS
CUTOUTS = (1, 512)
INIT_NOISES = ("codes", "flat", "scored", "sketch", "prior", "pixels", "gradient")
EDITIONS = (1, 1000)
MAX_NAME = 1000  # a model may be given by its path

# The Latin and the Cyrillic letter, the multiplication sign and the asterisk all mean "by".
_SIZE = re.compile(r"\s*([0-9]{1,9})\s*[xXхХ×*]\s*([0-9]{1,9})\s*")


@dataclass(frozen=True)
class DrawRequest:
    """What to paint; None leaves a choice to the engine's models.

    Constructing an invalid request raises RequestError.

    size: (width, height) in pixels. clip, ruclip, guide: one name, or several separated by commas;
    `guide` scores every phrase, whatever its script. quality and shape: names of
    `store.request.presets`, which determine steps, cutouts and size where the request does not.
    steps: of each scene. every: steps between frames of the animation, of which `fps` are shown in
    a second; film: whether it is made; zoom and shift transform the picture between its frames.
    edition: which of the painting defaults that a VQGAN has had fill what is open, the first being
    1; None for the latest.

    Images are named by their paths on the command line, and by their keys in the file store in a
    job: `init` is the initial image, and `init_weight` keeps the picture close to it; `targets` are
    approached beside the prompt; `style` is the image whose look the picture takes on.

    draft: the name of a drafter, whose best of `drafts` the painting begins with; top_k, top_p and
    temperature are how it draws its codes. Without steps, such a draft is the picture. Without a
    drafter, `drafts` counts those of the VQGAN's own prior, and a single one is that of the seed.

    at_once: how many pictures, of seeds that count up, are painted together and shown as one sheet.
    near: the seed of a draft that the picture is to be like, and those of what was changed of it.
    larger: the finished picture that is to be enlarged, and nothing else is done.
    complete: the picture whose codes at the `border` a draft keeps. map: what is to be where.
    upscale: how many times larger the picture becomes, 2 or 4, or the name of an upscaler.
    tile: whether its opposite edges meet, so that it can be laid side by side.
    keep: how many pictures are painted from the best of one seed's drafts. pick: of these only one,
    the best being 1; it is the same as beside the others.
    coarse: the share of the first scene's steps at half the sides. first_cutouts: of the first
    step. final_rate: of the learning rate, that the last step has.
    enough: "auto", if the painting ends where it no longer gains.
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
    guide: str | None = None  # scores every phrase, whatever its script
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
    fps: int | None = None
    film: bool | None = None
    zoom: float | None = None
    shift: Shift | None = None
    finish: str | None = None
    edition: int | None = None  # of the VQGAN's painting defaults
    draft: str | None = None
    drafts: int | None = None
    top_k: int | None = None
    top_p: float | None = None
    temperature: float | None = None
    at_once: int | None = None
    near: tuple[int, ...] = ()
    larger: str | None = None
    keep: int | None = None
    pick: int | None = None
    upscale: str | None = None
    complete: str | None = None
    border: str | None = None
    map: str | None = None
    tile: bool | None = None
    coarse: float | None = None
    first_cutouts: int | None = None
    final_rate: float | None = None
    enough: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.prompt, str):
            raise RequestError("request-unreadable")
        object.__setattr__(self, "prompt", clean_text(self.prompt))
        parse_scenes(self.prompt)
        if self.size is not None:
            object.__setattr__(self, "size", options.checked_size(*self.size))
        undrafted = self.draft is None and self.drafts is None
        int_within("steps", self.steps, STEPS if undrafted else (0, STEPS[1]))
        int_within("seed", self.seed, SEEDS)
        int_within("cutouts", self.cutouts, CUTOUTS)
        for model in (self.vqgan, self.draft, self.upscale):
            _model_name(model)
        for names_of_guides in (self.clip, self.ruclip, self.guide):
            _model_name(names_of_guides)
            for name in model_names(names_of_guides) if names_of_guides else ():
                _model_name(name)
        one_of("init-noise", self.init_noise, INIT_NOISES)
        if self.quality is not None:
            presets.quality(self.quality)
        if self.shape is not None:
            presets.shape(self.shape)
        int_within("every", self.every, STEPS)
        int_within("fps", self.fps, options.FPS)
        int_within("edition", self.edition, EDITIONS)
        check_drafting(vars(self))
        check_schedule(vars(self))
        for name, value in options.checked_painting(vars(self)).items():
            object.__setattr__(self, name, value)
        self._check_total()
        self._check_sources()

    def _check_total(self) -> None:
        """Check the steps of all scenes, and the frames of an animation with motion."""
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
        for source in (self.init, self.style, self.larger, self.complete, self.map):
            if source is not None:
                check_source(source)
        if len(self.targets) > MAX_TARGETS:
            raise RequestError("request-targets", count=len(self.targets), limit=MAX_TARGETS)
        number_within("init-weight", self.init_weight, INIT_WEIGHTS)
        if self.init_weight is not None and self.init is None:
            raise RequestError("request-init-weight-alone")
        if self.init_weight and self.moves:  # a picture that moves cannot stay close to its init
            raise RequestError("request-init-weight-moves")

    @property
    def sources(self) -> tuple[str, ...]:
        """Return every image that the request names, without repetitions."""
        targets = (target.source for target in self.targets)
        named = (self.init, *targets, self.style, self.larger, self.complete, self.map)
        return tuple(dict.fromkeys(source for source in named if source is not None))

    def without_sources(self) -> Self:
        """Return a copy without images, for a user who must not see them."""
        images = ("init", "init_weight", "style", "larger", "complete", "border", "map")
        return replace(self, targets=(), **dict.fromkeys(images))  # type: ignore[arg-type]

    @property
    def scenes(self) -> tuple[PromptScene, ...]:
        """Return the scenes; each continues from the picture of the one before it."""
        return parse_scenes(self.prompt)

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        """Return the phrases of all scenes."""
        return parse_prompt(self.prompt)

    @property
    def wants_something(self) -> bool:
        """Return whether every scene, or an image, says what shall be seen."""
        wanted = all(any(phrase.weight > 0 for phrase in scene) for scene in self.scenes)
        return wanted or bool(self.sources)

    @property
    def moves(self) -> bool:
        """Return whether the picture is transformed from frame to frame."""
        return self.zoom is not None or self.shift is not None

    @property
    def total_steps(self) -> int | None:
        """Return the steps of all scenes together, or None if they are left open."""
        return None if self.steps is None else self.steps * len(self.scenes)

    @property
    def max_steps(self) -> int:
        """Return how many steps a scene may have so that all are within the limit."""
        return STEPS[1] // len(self.scenes)

    @property
    def count(self) -> int:
        """Return how many pictures are painted, of seeds that count up."""
        return self.at_once or 1

    @property
    def kept(self) -> "tuple[Self, ...]":
        """Return the requests that paint each of the kept pictures alone, the best first."""
        if self.keep is None or self.pick is not None:
            return (self,)
        return tuple(replace(self, pick=number + 1) for number in range(self.keep))

    def anew(self) -> Self:
        """Return the request with what is left open again that holds for one picture alone."""
        drafted = self.draft is not None
        drafts, steps = (self.drafts, self.steps) if drafted else (None, self.steps or None)
        return replace(
            self, seed=None, edition=None, larger=None, near=(), drafts=drafts, steps=steps
        )

    def with_seed(self, rng: Random | None = None) -> Self:
        """Return the request with a seed, drawn from `rng` if it has none.

        rng: None uses the system's random generator.
        """
        if self.seed is not None:
            return self
        return replace(self, seed=(rng or secrets.SystemRandom()).randrange(SEEDS[1] + 1))

    def to_json(self) -> str:
        """Return the JSON that is stored in the job's row and in a picture's metadata."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Parse a stored request; unknown fields are ignored, for other versions' rows.

        A request of before there were editions is painted as it was then, by the first one.

        Raises RequestError if it is malformed.
        """
        try:
            stored: dict[str, Any] = json.loads(text)
            known = {field.name for field in fields(cls)} & stored.keys()
            values = {name: _to_tuples(stored[name]) for name in known}
            values.setdefault("edition", 1)
            values["targets"] = tuple(map(ImageTarget.from_stored, values.get("targets", ())))
            return cls(**values)
        except (AttributeError, TypeError, ValueError) as error:
            raise RequestError("request-unreadable") from error


def model_names(text: str) -> tuple[str, ...]:
    """Split a comma-separated list of model names; without repetitions."""
    return tuple(dict.fromkeys(name.strip() for name in text.split(",")))


def _model_name(name: str | None) -> None:
    if name is not None and (not name or name != clean_text(name) or len(name) > MAX_NAME):
        raise RequestError("request-model-name", value=short(name))


def parse_size(text: str) -> tuple[int, int]:
    """Parse (width, height) in pixels from "256x384", also with "×" or a Cyrillic "х"."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise RequestError("request-size-unreadable", value=short(text))
    return options.checked_size(int(match[1]), int(match[2]))


def _to_tuples(value: Any) -> Any:
    """Convert lists to tuples, which JSON does not have."""
    return tuple(map(_to_tuples, value)) if isinstance(value, list) else value
