"""The story of a picture: the request, the models and the version that would paint it again.

It stands in the PNG as JSON, and once more within XMP. Whoever reads one must not trust it: any
picture may come from anybody.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.images import png_text, xmp
from engine.registry.fingerprints import shown_models
from store.errors import RequestError
from store.request.prompt import clean_text
from store.request.request import DrawRequest

KEYWORD = "Mazok"  # of the PNG's text chunk
FORMAT = 1  # grows when a reader of an older one would misunderstand what is told
MODELS = ("vqgan", "clip", "ruclip", "guide")
PICTURES = ("init", "targets", "style")  # told by name: nobody's file is opened for that
# What a story may ask for. No field that names a file is among them, and models are looked at
# once more (`engine.again`): a picture must not choose what is read on somebody's machine.
TOLD = (
    *("prompt", "size", "steps", "seed", "cutouts", "init_noise", "init_weight"),
    *("quality", "shape", "optimizer", "learning_rate", "cut_power", "augment"),
    *("noise_prompts", "every", "zoom", "shift"),
    *MODELS,
)
# What an option decides that the story would otherwise decide by other fields.
OUTWEIGHS = {"quality": ("steps", "cutouts"), "shape": ("size",)}


@dataclass(frozen=True)
class PictureMetadata:
    """What a picture told, not yet checked as a request; `fields` are those that we know."""

    fields: Mapping[str, Any]
    pictures: Mapping[str, str]  # names of the pictures that it was painted from, by option
    left_open: frozenset[str]  # fields in which the asker had left the choice to the model
    hashes: Mapping[str, str]  # sha256 of the weights, by the part that they played
    software: str
    newer: bool


def build_metadata(
    asked: DrawRequest, whole: DrawRequest, hashes: Mapping[str, str], software: str
) -> dict[str, Any]:
    """The story of `asked`, which the models made `whole`.

    Of a model that is named by its path only the file's name is told, and not its folders.
    """
    told = asdict(whole)
    told |= {part: shown_models(part, told[part]) for part in MODELS if told[part]}
    open_ = [
        field.name
        for field in fields(asked)
        if getattr(asked, field.name) is None and getattr(whole, field.name) is not None
    ]
    return told | {
        "left_open": open_,
        "models": dict(hashes),
        "format": FORMAT,
        "software": software,
    }


def read_metadata(path: Path) -> PictureMetadata:
    """The story of a PNG, from its own chunk or from XMP; EngineError says why there is none."""
    texts = png_text.texts(path, (KEYWORD, xmp.KEYWORD))
    text = texts.get(KEYWORD) or xmp.metadata_in(texts.get(xmp.KEYWORD, ""))
    if not text:
        raise EngineError("again-no-story", name=path.name)
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EngineError("again-damaged", name=path.name) from error
    if not isinstance(told, dict) or "prompt" not in told:
        raise EngineError("again-no-story", name=path.name)
    hashes, open_, number = told.get("models"), told.get("left_open"), told.get("format", FORMAT)
    return PictureMetadata(
        fields={name: told[name] for name in TOLD if told.get(name) is not None},
        pictures={part: _named(told[part]) for part in PICTURES if told.get(part)},
        left_open=frozenset(map(str, open_ if isinstance(open_, list) else ())),
        hashes={str(k): str(v) for k, v in (hashes if isinstance(hashes, dict) else {}).items()},
        software=clean_text(str(told.get("software", "")))[:80],
        newer=number != FORMAT,
    )


def merge_options(story: PictureMetadata, given: Mapping[str, Any]) -> DrawRequest:
    """The story's request, where `given`, the fields that somebody asks for now, say nothing else.

    What an earlier model had chosen by itself is chosen anew where another one is to paint. The
    limits are those of what a person types: RequestError. EngineError where it was painted from
    pictures that are not named again.
    """
    for part, names in story.pictures.items():
        if part not in given:
            option = f"--{part.removesuffix('s')}"
            raise EngineError("again-pictures", names=names, option=option)
    dropped = {field for option in given for field in OUTWEIGHS.get(option, ())}
    if given.get("vqgan", story.fields.get("vqgan")) != story.fields.get("vqgan"):
        dropped |= story.left_open
    kept = {name: value for name, value in story.fields.items() if name not in dropped}
    try:
        return DrawRequest.from_json(json.dumps(kept | dict(given), default=asdict))
    except RecursionError as error:
        raise RequestError("request-unreadable") from error


def _named(told: Any) -> str:
    """Pictures as a person reads of them; what no version of ours wrote is not followed."""
    one_by_one = told if isinstance(told, list) else [told]
    sources = [one.get("source", "?") if isinstance(one, dict) else one for one in one_by_one]
    return clean_text(", ".join(map(str, sources)))[:200]
