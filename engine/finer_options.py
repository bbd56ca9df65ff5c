"""The words of the command line for how a picture is painted and moved."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import Any

from store.options import (
    AUGMENTATIONS,
    NOTHING,
    OPTIMIZERS,
    parse_noise_prompt,
    parse_shift,
)


def add_finer(draw: ArgumentParser, words: Callable[[str], str]) -> None:
    """Adds them to `draw`; `words` says in the user's language what each is for."""
    kinds = ", ".join(OPTIMIZERS)
    draw.add_argument("--optimizer", metavar="NAME", help=f"{words('optimizer')}: {kinds}")
    for name in ("learning-rate", "cut-power"):
        draw.add_argument(f"--{name}", type=float, metavar="X", help=words(name))
    kinds = ", ".join((*AUGMENTATIONS, NOTHING))
    draw.add_argument("--augment", metavar="LIST", help=f"{words('augment')}: {kinds}")
    draw.add_argument(
        "--noise-prompt",
        dest="noise_prompts",
        type=parse_noise_prompt,
        action="append",
        metavar="SEED[:WEIGHT]",
        help=words("noise-prompt"),
    )
    draw.add_argument("--zoom", type=float, metavar="X", help=words("zoom"))
    draw.add_argument("--shift", type=parse_shift, metavar="X,Y", help=words("shift"))


def finer(options: Namespace) -> dict[str, Any]:
    """What was asked for with them, as fields of a request."""
    return {
        "optimizer": options.optimizer,
        "learning_rate": options.learning_rate,
        "cut_power": options.cut_power,
        "augment": options.augment,
        "noise_prompts": tuple(options.noise_prompts or ()),
        "zoom": options.zoom,
        "shift": options.shift,
    }
