"""Further options of a request: their limits, and how users write them."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from store.errors import RequestError
from store.request.prompt import MAX_WEIGHT, clean_text

SEEDS = (0, 2**32 - 1)
SIDES = (16, 4096)  # pixels
MAX_AREA = 2048 * 2048
LEARNING_RATES = (1e-5, 10_000.0)  # SGD has small gradients and needs large rates
CUT_POWERS = (0.01, 100.0)
ZOOMS = (0.5, 2.0)  # scale factors from frame to frame
MAX_SHIFT = 512.0  # pixels from frame to frame
MAX_FRAMES = 300  # of an animation with motion
FPS = (1, 60)  # frames of the animation in a second
MAX_NOISE_PROMPTS = 16
DRAFTS = (1, 16)  # at once, of which the best are taken
AT_ONCE = (1, 9)  # pictures of one sheet
MAX_CHANGES = 32  # of a draft that a picture is to be like
TOP_KS = (1, 16384)
TOP_PS = (0.01, 1.0)
TEMPERATURES = (0.05, 20.0)
OPTIMIZERS = ("adam", "adamw", "adamax", "nadam", "radam", "adagrad", "rmsprop", "sgd")
AUGMENTATIONS = ("flip", "turn", "shift", "perspective", "colour", "noise")
NO_AUGMENTATION = "none"
FINISHES = ("none", "gouache")  # what is done to the finished picture, without any network

NoisePrompt = tuple[int, float]  # seed, weight
Shift = tuple[float, float]  # pixels to the right, pixels down

_NUMBER = re.compile(r"[+-]?([0-9]{1,9}(\.[0-9]{0,9})?|\.[0-9]{1,9})")


def parse_noise_prompt(text: str) -> NoisePrompt:
    """Parse `SEED[:WEIGHT]`; RequestError if it is malformed."""
    seed, colon, weight = text.partition(":")
    if not re.fullmatch(r"\s*[0-9]{1,10}\s*", seed):
        raise RequestError("request-noise-prompt", value=short(text))
    return checked_noise_prompt((int(seed), _number(weight, "noise-prompt") if colon else 1.0))


def checked_seeds(seeds: Sequence[int]) -> tuple[int, ...]:
    """Return what a picture is near to, of which only the last changes are kept."""
    for seed in seeds:
        int_within("seed", -1 if seed is None else seed, SEEDS)
    return tuple(seeds[:1]) + tuple(seeds[1:][-MAX_CHANGES:])


def parse_shift(text: str) -> Shift:
    """Parse `X,Y`: pixels to the right and down, negative to the left and up."""
    parts = text.replace(";", ",").split(",")
    if len(parts) != 2:
        raise RequestError("request-shift", value=short(text), limit=int(MAX_SHIFT))
    x, y = (_number(part, "shift", limit=int(MAX_SHIFT)) for part in parts)
    return checked_shift((x, y))


def _number(text: str, what: str, **values: object) -> float:
    if not _NUMBER.fullmatch(text.strip()):
        raise RequestError(f"request-{what}", value=short(text), **values)
    return float(text)


def checked_noise_prompts(prompts: Sequence[Sequence[float]]) -> tuple[NoisePrompt, ...]:
    """Return the noise prompts normalised; RequestError if one is invalid."""
    if len(prompts) > MAX_NOISE_PROMPTS:
        count, limit = len(prompts), MAX_NOISE_PROMPTS
        raise RequestError("request-too-many-noise-prompts", count=count, limit=limit)
    return tuple(map(checked_noise_prompt, prompts))


def checked_noise_prompt(prompt: Sequence[float]) -> NoisePrompt:
    """Return a seed and a weight within the limits; else raise RequestError."""
    seed, weight = prompt
    if not _is_int(seed) or not SEEDS[0] <= seed <= SEEDS[1]:
        raise RequestError("request-noise-prompt", value=short(str(seed)))
    if not is_number(weight):
        raise RequestError("request-weight-not-a-number", value=short(str(weight)))
    if abs(weight) > MAX_WEIGHT:
        raise RequestError(
            "request-weight-too-large", value=short(str(weight)), limit=int(MAX_WEIGHT)
        )
    return int(seed), float(weight)


def checked_shift(shift: Sequence[float]) -> Shift:
    """Return pixels to the right and down within the limit; else raise RequestError."""
    x, y = shift
    for part in (x, y):
        if not is_number(part) or abs(part) > MAX_SHIFT:
            raise RequestError("request-shift", value=short(str(part)), limit=int(MAX_SHIFT))
    return float(x), float(y)


def checked_augment(text: str) -> str:
    """Return a comma-separated list of augmentations in canonical order, or `none`."""
    if not isinstance(text, str):
        raise RequestError("request-unreadable")
    names = {name.strip().lower() for name in text.split(",")}
    if names == {NO_AUGMENTATION}:
        return NO_AUGMENTATION
    for name in sorted(names - set(AUGMENTATIONS)):
        choices = ", ".join((*AUGMENTATIONS, NO_AUGMENTATION))
        raise RequestError("request-augment", value=short(name), choices=choices)
    return ",".join(name for name in AUGMENTATIONS if name in names)


def int_within(what: str, value: int | None, limits: tuple[int, int]) -> None:
    """Raise RequestError if there is a value that is not an integer within the limits."""
    low, high = limits
    if value is not None and not (_is_int(value) and low <= value <= high):
        raise RequestError(f"request-{what}", value=short(str(value)), low=low, high=high)


def number_within(what: str, value: float | None, limits: tuple[float, float]) -> None:
    """Raise RequestError if there is a value that is not a finite number within the limits."""
    low, high = limits
    if value is not None and not (is_number(value) and low <= value <= high):
        raise RequestError(f"request-{what}", value=_shown(value), low=f"{low:g}", high=f"{high:g}")


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else short(str(value))


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    """Return whether a value is a finite number; booleans are not."""
    return _is_int(value) or (isinstance(value, float) and math.isfinite(value))


def short(value: str) -> str:
    """Return the beginning of a user's text, to quote in an error."""
    text = clean_text(value)
    return text if len(text) <= 40 else text[:39] + "…"


def checked_size(width: int, height: int) -> tuple[int, int]:
    """Return a size in pixels within the limits; else raise RequestError."""
    for side in (width, height):
        int_within("side", side, SIDES)
    if width * height > MAX_AREA:
        raise RequestError("request-area", width=width, height=height, limit=MAX_AREA)
    return width, height


def one_of(what: str, value: str | None, choices: Sequence[str]) -> None:
    """Raise RequestError for a value that is none of the choices."""
    if value is not None and value not in choices:
        raise RequestError(f"request-{what}", value=short(str(value)), choices=", ".join(choices))


def checked_painting(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Check how a picture is optimised and moved; return the fields whose form is made plain.

    Raises RequestError.
    """
    if not {fields["film"], fields["tile"]} <= {None, True, False}:
        raise RequestError("request-unreadable")
    if fields["tile"] and (fields["zoom"], fields["shift"]) != (None, None):
        raise RequestError("request-tile-moves")
    one_of("optimizer", fields["optimizer"], OPTIMIZERS)
    one_of("finish", fields["finish"], FINISHES)
    number_within("learning-rate", fields["learning_rate"], LEARNING_RATES)
    number_within("cut-power", fields["cut_power"], CUT_POWERS)
    number_within("zoom", fields["zoom"], ZOOMS)
    plain: dict[str, Any] = {
        "near": checked_seeds(fields["near"]),
        "noise_prompts": checked_noise_prompts(fields["noise_prompts"]),
    }
    if fields["shift"] is not None:
        plain["shift"] = checked_shift(fields["shift"])
    if fields["augment"] is not None:
        plain["augment"] = checked_augment(fields["augment"])
    return plain
