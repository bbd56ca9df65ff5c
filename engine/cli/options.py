"""The options of the command line: one table to read them, for `--help` and for the pages."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from store.request import presets
from store.request.image_refs import ImageTarget
from store.request.options import (
    AUGMENTATIONS,
    FINISHES,
    NO_AUGMENTATION,
    OPTIMIZERS,
    parse_noise_prompt,
    parse_shift,
)
from store.request.prompt import split_weight
from store.request.request import INIT_NOISES, parse_size

MAX_COUNT = 10_000


@dataclass(frozen=True)
class Option:
    """An option with a value, or a switch if it has no metavar.

    read: makes the value of the name and the text that were typed, or raises EngineError or
        RequestError.
    choices: only shown; the request itself refuses others.
    default: shown in the help: a value, or a key of the texts `default-KEY` after a colon.
    """

    name: str
    metavar: str = ""
    read: Callable[[str, str], Any] = lambda name, text: text
    field: str = ""  # of the result; else as the name
    many: bool = False  # it may be repeated
    choices: tuple[str, ...] = ()
    default: str = ""

    @property
    def key(self) -> str:
        """Return the end of the key of its help."""
        return self.name.removeprefix("--")

    @property
    def target(self) -> str:
        """Return the name of its value in the result."""
        return self.field or self.key.replace("-", "_")


def whole(name: str, text: str) -> int:
    """Read a whole number."""
    try:
        return int(text)
    except ValueError as error:
        raise EngineError("option-whole", option=name, value=text[:80]) from error


def number(name: str, text: str) -> float:
    """Read a number, also with a decimal comma."""
    try:
        return float(text.replace(",", "."))
    except ValueError as error:
        raise EngineError("option-number", option=name, value=text[:80]) from error


def _count(name: str, text: str) -> int:
    if not 1 <= (count := whole(name, text)) <= MAX_COUNT:
        raise EngineError("option-count", option=name, value=count, limit=MAX_COUNT)
    return count


def _target(name: str, text: str) -> ImageTarget:
    """Read FILE[:WEIGHT]; a file may have a colon and a number in its name."""
    return ImageTarget(text) if os.path.exists(text) else ImageTarget(*split_weight(text))


def _path(name: str, text: str) -> Path:
    return Path(text)


def _parsed(parse: Callable[[str], Any]) -> Callable[[str, str], Any]:
    return lambda name, text: parse(text)


HELP = Option("--help")
VERBOSE = Option("--verbose")
EVERYWHERE = (VERBOSE, HELP)
CONFIG = Option("--config", "FILE.yaml", _path, default=":beside")

DRAW = (
    Option("--out", "PATH.png", _path, default=":out"),
    Option("--again", "PICTURE.png", _path),
    Option(
        "--preset", "NAME", field="quality", choices=tuple(presets.QUALITIES), default="standard"
    ),
    Option("--shape", "NAME", choices=tuple(presets.SHAPES), default="square"),
    Option("--size", "WxH", _parsed(parse_size), default=":model"),
    Option("--steps", "N", whole, default=":model"),
    Option("--seed", "N", whole, default=":random"),
    Option("--count", "N", _count, default="1"),
    Option("--vqgan", "NAME", default="MAZOK_VQGAN, pocket"),
    CONFIG,
    Option("--clip", "NAME", many=True, default="MAZOK_CLIP, pocket"),
    Option("--ruclip", "NAME", many=True, default="MAZOK_RUCLIP, pocket"),
    Option("--guide", "NAME", many=True),
    Option("--cutouts", "N", whole, default=":model"),
    Option("--init-noise", "KIND", choices=INIT_NOISES, default=":model"),
    Option("--draft", "NAME"),
    Option("--drafts", "N", whole, default=":model"),
    Option("--top-k", "N", whole, default=":model"),
    Option("--top-p", "X", number, default=":model"),
    Option("--temperature", "X", number, default=":model"),
    Option("--init", "FILE"),
    Option("--init-weight", "X", number, default="0"),
    Option("--target", "FILE[:WEIGHT]", _target, field="targets", many=True),
    Option("--style", "FILE"),
    Option("--optimizer", "NAME", choices=OPTIMIZERS, default="adam"),
    Option("--learning-rate", "X", number, default=":model"),
    Option("--cut-power", "X", number, default="1"),
    Option("--augment", "LIST", choices=(*AUGMENTATIONS, NO_AUGMENTATION), default=":all"),
    Option(
        "--noise-prompt",
        "SEED[:WEIGHT]",
        _parsed(parse_noise_prompt),
        field="noise_prompts",
        many=True,
    ),
    Option("--finish", "NAME", choices=FINISHES, default="none"),
    Option("--zoom", "X", number, default="1"),
    Option("--shift", "X,Y", _parsed(parse_shift), default="0,0"),
    Option("--every", "N", whole, default=":model"),
    Option("--fps", "N", whole, default=":model"),
    Option("--no-film"),
    Option("--save-latent", "FILE.safetensors", _path),
    Option("--resume", "FILE.safetensors", _path),
    Option("--json"),
)
ADD = (
    Option("--name", "NAME", default=":file"),
    Option("--architecture", "NAME", default=":told"),
    CONFIG,
)
# Options of `draw` that contradict each other.
CLASHES = (
    ("--size", "--shape"),
    ("--init", "--init-noise"),
    ("--guide", "--clip"),
    ("--guide", "--ruclip"),
    ("--again", "--resume"),
    ("--resume", "--count"),
    ("--resume", "--init"),
)
