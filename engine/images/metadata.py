"""The metadata of a picture: what is needed to paint the picture again.

The request, the models and the version are in the PNG as JSON, and again within XMP. Readers must
not trust them: a picture may come from anybody.
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
FORMAT = 1  # incremented when older readers would misinterpret the metadata
MODELS = ("vqgan", "clip", "ruclip", "guide", "draft", "upscale")
# Recorded by name only; no file is opened by it.
IMAGES = ("init", "targets", "style", "complete", "map")
# The fields that are read from metadata. None names a file, and models are checked again
# (`engine.cli.repaint`): a picture must not choose which files are read.
READABLE = (
    *("prompt", "size", "steps", "seed", "cutouts", "init_noise", "init_weight"),
    *("quality", "shape", "optimizer", "learning_rate", "cut_power", "augment"),
    *("noise_prompts", "every", "fps", "film", "zoom", "shift", "finish", "edition"),
    *("drafts", "near", "top_k", "top_p", "temperature", "keep", "pick", "border", "tile"),
    *("coarse", "first_cutouts", "final_rate", "enough"),
    *MODELS,
)
# Fields of the metadata that are dropped if the option is given, because it decides them.
OVERRIDDEN_BY_OPTION = {"quality": ("steps", "cutouts"), "shape": ("size",)}


@dataclass(frozen=True)
class PictureMetadata:
    """Metadata read from a picture, not yet validated as a request."""

    fields: Mapping[str, Any]  # of READABLE
    pictures: Mapping[str, str]  # names of the input images, by option
    left_open: frozenset[str]  # fields that the request left to the model
    hashes: Mapping[str, str]  # sha256 of the weights, by role
    software: str
    other_format: bool  # than FORMAT


def build_metadata(
    request: DrawRequest, resolved: DrawRequest, hashes: Mapping[str, str], software: str
) -> dict[str, Any]:
    """Return the metadata of a request whose open fields the models resolved.

    Of a model that is named by its path only the file's name is recorded, not its folders.
    """
    values = asdict(resolved)
    values |= {role: shown_models(role, values[role]) for role in MODELS if values[role]}
    left_open = [
        field.name
        for field in fields(request)
        if getattr(request, field.name) is None and getattr(resolved, field.name) is not None
    ]
    return values | {
        "left_open": left_open,
        "models": dict(hashes),
        "format": FORMAT,
        "software": software,
    }


def read_metadata(path: Path) -> PictureMetadata:
    """Read the metadata of a PNG, from its own chunk or from XMP; raise EngineError without any."""
    texts = png_text.read_texts(path, (KEYWORD, xmp.KEYWORD))
    text = texts.get(KEYWORD) or xmp.metadata_in(texts.get(xmp.KEYWORD, ""))
    if not text:
        raise EngineError("again-no-story", name=path.name)
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EngineError("again-damaged", name=path.name) from error
    if not isinstance(values, dict) or "prompt" not in values:
        raise EngineError("again-no-story", name=path.name)
    hashes, left_open = values.get("models"), values.get("left_open")
    return PictureMetadata(
        fields={name: values[name] for name in READABLE if values.get(name) is not None},
        pictures={option: _names(values[option]) for option in IMAGES if values.get(option)},
        left_open=frozenset(map(str, left_open if isinstance(left_open, list) else ())),
        hashes={str(k): str(v) for k, v in (hashes if isinstance(hashes, dict) else {}).items()},
        software=clean_text(str(values.get("software", "")))[:80],
        other_format=values.get("format", FORMAT) != FORMAT,
    )


def merge_options(metadata: PictureMetadata, given: Mapping[str, Any]) -> DrawRequest:
    """Return the request of the metadata, with the fields of `given` in place of its own.

    With another VQGAN, fields that the first one had resolved are left open again. Raises
    RequestError where a field is out of its limits, and EngineError where the picture was painted
    from images that `given` does not name.
    """
    for field, names in metadata.pictures.items():
        if field not in given:
            option = f"--{field.removesuffix('s')}"
            raise EngineError("again-pictures", names=names, option=option)
    dropped = {field for option in given for field in OVERRIDDEN_BY_OPTION.get(option, ())}
    if given.get("vqgan", metadata.fields.get("vqgan")) != metadata.fields.get("vqgan"):
        dropped |= metadata.left_open | {"edition"}
    kept = {name: value for name, value in metadata.fields.items() if name not in dropped}
    try:
        values = {"edition": None if "edition" in dropped else 1} | kept | dict(given)
        return DrawRequest.from_json(json.dumps(values, default=asdict))
    except RecursionError as error:
        raise RequestError("request-unreadable") from error


def _names(value: Any) -> str:
    """Return the names of images for a message, whatever the (untrusted) value is."""
    items = value if isinstance(value, list) else [value]
    sources = [item.get("source", "?") if isinstance(item, dict) else item for item in items]
    return clean_text(", ".join(map(str, sources)))[:200]
