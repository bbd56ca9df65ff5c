"""The options of the engine's commands: one table to read them, for `--help` and the pages."""

import os
from collections.abc import Callable
from typing import Any

from engine.errors import EngineError
from store.command_line.program import Option, number, path, whole
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


def _count(name: str, text: str) -> int:
    if not 1 <= (count := whole(name, text)) <= MAX_COUNT:
        raise EngineError("option-count", option=name, value=count, limit=MAX_COUNT)
    return count


def _target(name: str, text: str) -> ImageTarget:
    """Read FILE[:WEIGHT]; a file may have a colon and a number in its name."""
    return ImageTarget(text) if os.path.exists(text) else ImageTarget(*split_weight(text))


def _parsed(parse: Callable[[str], Any]) -> Callable[[str, str], Any]:
    return lambda name, text: parse(text)


VERBOSE = Option("--verbose")
SWITCHES = (Option("--check"), Option("--health"))  # instead of a command
CONFIG = Option("--config", "FILE.yaml", path, default=":beside")

DRAW = (
    Option("--out", "PATH.png", path, default=":out"),
    Option("--again", "PICTURE.png", path),
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
    Option("--draft", "NAME|none"),
    Option("--drafts", "N", whole, default=":model"),
    Option("--complete", "FILE"),
    Option("--border", "EDGE=N,…", default=":half"),
    Option("--map", "FILE"),
    Option("--keep", "N", whole, default="1"),
    Option("--pick", "N", whole),
    Option("--top-k", "N", whole, default=":model"),
    Option("--top-p", "X", number, default=":model"),
    Option("--temperature", "X", number, default=":model"),
    Option("--init", "FILE"),
    Option("--init-weight", "X", number, default="0"),
    Option("--target", "FILE[:WEIGHT]", _target, field="targets", many=True),
    Option("--style", "FILE"),
    Option("--optimizer", "NAME", choices=OPTIMIZERS, default="adam"),
    Option("--learning-rate", "X", number, default=":model"),
    Option("--final-rate", "X", number, default="1"),
    Option("--coarse", "SHARE", number, default=":model"),
    Option("--enough", "auto"),
    Option("--first-cutouts", "N", whole, default=":model"),
    Option("--cut-power", "X", number, default="1"),
    Option("--augment", "LIST", choices=(*AUGMENTATIONS, NO_AUGMENTATION), default=":all"),
    Option(
        "--noise-prompt",
        "SEED[:WEIGHT]",
        _parsed(parse_noise_prompt),
        field="noise_prompts",
        many=True,
    ),
    Option("--finish", "NAME", choices=FINISHES, default=":model"),
    Option("--upscale", "2|4|NAME"),
    Option("--zoom", "X", number, default="1"),
    Option("--shift", "X,Y", _parsed(parse_shift), default="0,0"),
    Option("--every", "N", whole, default=":model"),
    Option("--fps", "N", whole, default=":model"),
    Option("--no-film"),
    Option("--tile"),
    Option("--save-latent", "FILE.safetensors", path),
    Option("--resume", "FILE.safetensors", path),
    Option("--json"),
)
ADD = (
    Option("--name", "NAME", default=":file", help="add-name"),
    Option("--architecture", "NAME", default=":told", help="add-architecture"),
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
