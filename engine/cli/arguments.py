"""The command line: its arguments, their validation, and the language of its messages."""

import argparse
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError
from pydantic_settings import SettingsError

from engine.errors import FAILED, INTERRUPTED, WRONG, EngineError, say, sentence
from engine.images.metadata import PictureMetadata, merge_options
from store.errors import RequestError, StoreError
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
from store.request.request import INIT_NOISES, SEEDS, DrawRequest, parse_size
from store.system.extras import missing_extra

MAX_COUNT = 10_000


def parse(arguments: Sequence[str], language: str) -> argparse.Namespace:
    """Parse the arguments; `--help` exits as argparse does.

    Raises EngineError or RequestError for wrong arguments.
    """
    options = _parser(language).parse_args(arguments)
    if options.command is None and not (options.health or options.check):
        raise EngineError("command-wrong", reason="draw, serve, models, --health, --check?")
    if options.command == "draw":
        earlier = [path for path in (options.again, options.resume) if path is not None]
        if options.prompt is None and not earlier:
            raise EngineError("command-wrong", reason="PROMPT?")
        if len(earlier) == 2:
            raise EngineError("command-wrong", reason="--again, --resume")
        if options.resume and options.count:
            raise EngineError("command-wrong", reason="--resume, --count")
    return options


def request_of(options: argparse.Namespace) -> dict[str, Any]:
    """Return the fields of a request that the user typed."""
    typed = {field.name: getattr(options, field.name, None) for field in fields(DrawRequest)}
    typed |= {name: _joined(typed[name]) for name in ("clip", "ruclip", "guide")}
    typed |= optimizer_fields(options) | {"targets": tuple(options.targets or ())}
    return {name: value for name, value in typed.items() if value not in (None, ())}


def numbered_requests(
    options: argparse.Namespace,
    metadata: PictureMetadata | None = None,
    resumed: DrawRequest | None = None,
) -> list[tuple[DrawRequest, Path]]:
    """Return the requests of `draw` with their paths; with --count the seeds count up.

    Typed fields override those of a picture's metadata, or of a resumed painting.
    """
    typed = request_of(options)
    if metadata:
        request = merge_options(metadata, typed)
    else:
        request = replace(resumed, **typed) if resumed else DrawRequest(**typed)
    request = request.with_seed()
    seed = request.seed or 0
    return [
        (replace(request, seed=(seed + index) % (SEEDS[1] + 1)), path)
        for index, path in enumerate(numbered(options.out, options.count))
    ]


def numbered(path: Path, count: int | None) -> list[Path]:
    """Return PATH-1.png, PATH-2.png … with a count, PATH.png without one."""
    if count is None:
        return [path]
    return [path.with_name(f"{path.stem}-{index + 1}{path.suffix}") for index in range(count)]


def _joined(names: list[str] | None) -> str | None:
    return None if names is None else ",".join(names)


def explain(error: BaseException, language: str) -> tuple[str, int]:
    """Return the message of an error and the exit code."""
    match error:
        case KeyboardInterrupt():
            return say("interrupted", language), INTERRUPTED
        case EngineError() | RequestError():
            return sentence(error, language), WRONG
        case StoreError():
            return str(error), WRONG
        case ValidationError() | SettingsError():
            return _of_setting(error, language), WRONG
        case ModuleNotFoundError() if (values := missing_extra(error)) is not None:
            return say("extra-missing", language, **values), WRONG
        case _:
            reason = f"{type(error).__name__}: {error}"
            return say("unexpected", language, reason=reason), FAILED


def _of_setting(error: ValidationError | SettingsError, language: str) -> str:
    name, reason = "MAZOK_*", str(error)
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        name, reason = "_".join(["MAZOK", *map(str, first["loc"])]).upper(), first["msg"]
    return say("setting-wrong", language, name=name, reason=reason)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Raise EngineError, instead of printing the usage and exiting."""
        raise EngineError("command-wrong", reason=message)


def _parser(language: str) -> argparse.ArgumentParser:
    def words(key: str) -> str:
        return say(f"help-{key}", language).replace("%", "%%")

    parser = _Parser(prog="python -m engine", description=words("engine"), allow_abbrev=False)
    parser.add_argument("--health", action="store_true", help=words("health"))
    parser.add_argument("--check", action="store_true", help=words("check"))
    parser.add_argument("--verbose", action="store_true", help=words("verbose"))
    commands = parser.add_subparsers(dest="command", metavar="draw | serve | models")
    commands.add_parser("serve", help=words("serve"), description=words("serve"))
    models = commands.add_parser("models", help=words("models"), description=words("models"))
    models.set_defaults(names=[], act="list")
    acts = models.add_subparsers(metavar="pull | add | verify")
    pull = acts.add_parser("pull", help=words("pull"), description=words("pull"))
    pull.set_defaults(act="pull")
    pull.add_argument("names", nargs="+", metavar="NAME", help=words("pull-name"))
    add = acts.add_parser("add", help=words("add"), description=words("add"))
    add.set_defaults(act="add")
    add.add_argument("path", type=Path, metavar="PATH", help=words("add-path"))
    add.add_argument("--name", metavar="NAME", help=words("add-name"))
    add.add_argument("--architecture", metavar="NAME", help=words("add-architecture"))
    add.add_argument("--config", type=Path, metavar="FILE.yaml", help=words("config"))
    verify = acts.add_parser("verify", help=words("verify"), description=words("verify"))
    verify.set_defaults(act="verify")

    draw = commands.add_parser(
        "draw", help=words("draw"), description=words("draw"), allow_abbrev=False
    )
    add_draw_options(draw, words)
    return parser


def add_draw_options(draw: ArgumentParser, words: Callable[[str], str]) -> None:
    """Add the arguments of `draw`; `words` returns the help text of a key."""
    draw.add_argument("prompt", nargs="?", metavar="PROMPT", help=words("prompt"))
    draw.add_argument("--again", type=Path, metavar="PICTURE.png", help=words("again"))
    draw.add_argument("--out", required=True, type=Path, metavar="PATH.png", help=words("out"))
    draw.add_argument("--vqgan", metavar="NAME", help=words("vqgan"))
    draw.add_argument("--config", type=Path, metavar="FILE.yaml", help=words("config"))
    for name in ("clip", "ruclip", "guide"):  # each may stand several times
        draw.add_argument(f"--{name}", metavar="NAME", action="append", help=words(name))
    draw.add_argument("--size", type=parse_size, metavar="WxH", help=words("size"))
    draw.add_argument(
        "--shape", metavar="NAME", help=f"{words('shape')}: {', '.join(presets.SHAPES)}"
    )
    draw.add_argument(
        "--preset",
        dest="quality",
        metavar="NAME",
        help=f"{words('preset')}: {', '.join(presets.QUALITIES)}",
    )
    for name in ("steps", "seed", "cutouts"):
        draw.add_argument(f"--{name}", type=int, metavar="N", help=words(name))
    draw.add_argument(
        "--init-noise", metavar="KIND", help=f"{words('init-noise')}: {', '.join(INIT_NOISES)}"
    )
    draw.add_argument("--draft", metavar="NAME", help=words("draft"))
    for name in ("drafts", "top-k"):
        draw.add_argument(f"--{name}", type=int, metavar="N", help=words(name))
    for name in ("top-p", "temperature"):
        draw.add_argument(f"--{name}", type=float, metavar="X", help=words(name))
    draw.add_argument("--init", metavar="FILE", help=words("init"))
    draw.add_argument("--init-weight", type=float, metavar="X", help=words("init-weight"))
    draw.add_argument(
        "--target",
        dest="targets",
        action="append",
        type=_target,
        metavar="FILE[:WEIGHT]",
        help=words("target"),
    )
    draw.add_argument("--style", metavar="FILE", help=words("style"))
    add_optimizer_options(draw, words)
    draw.add_argument("--every", type=int, metavar="N", help=words("every"))
    draw.add_argument("--count", type=_count, metavar="N", help=words("count"))
    for name in ("save-latent", "resume"):
        draw.add_argument(f"--{name}", type=Path, metavar="FILE.safetensors", help=words(name))
    draw.add_argument("--json", action="store_true", help=words("json"))


def _target(text: str) -> ImageTarget:
    """Parse FILE[:WEIGHT]; a file may have a colon and a number in its name."""
    return ImageTarget(text) if os.path.exists(text) else ImageTarget(*split_weight(text))


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= MAX_COUNT:
        raise argparse.ArgumentTypeError(f"{number}: 1..{MAX_COUNT}")
    return number


def add_optimizer_options(draw: ArgumentParser, words: Callable[[str], str]) -> None:
    """Add the options of the optimiser, cutouts, noise prompts and motion to `draw`.

    words: returns the help of an option in the user's language.
    """
    kinds = ", ".join(OPTIMIZERS)
    draw.add_argument("--optimizer", metavar="NAME", help=f"{words('optimizer')}: {kinds}")
    for name in ("learning-rate", "cut-power"):
        draw.add_argument(f"--{name}", type=float, metavar="X", help=words(name))
    kinds = ", ".join((*AUGMENTATIONS, NO_AUGMENTATION))
    draw.add_argument("--augment", metavar="LIST", help=f"{words('augment')}: {kinds}")
    draw.add_argument(
        "--noise-prompt",
        dest="noise_prompts",
        type=parse_noise_prompt,
        action="append",
        metavar="SEED[:WEIGHT]",
        help=words("noise-prompt"),
    )
    kinds = ", ".join(FINISHES)
    draw.add_argument("--finish", metavar="NAME", help=f"{words('finish')}: {kinds}")
    draw.add_argument("--zoom", type=float, metavar="X", help=words("zoom"))
    draw.add_argument("--shift", type=parse_shift, metavar="X,Y", help=words("shift"))


def optimizer_fields(options: Namespace) -> dict[str, Any]:
    """Return the values of these options as fields of a request."""
    return {
        "optimizer": options.optimizer,
        "learning_rate": options.learning_rate,
        "cut_power": options.cut_power,
        "augment": options.augment,
        "noise_prompts": tuple(options.noise_prompts or ()),
        "zoom": options.zoom,
        "shift": options.shift,
        "finish": options.finish,
    }
