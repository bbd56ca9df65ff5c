"""Infer a CLIP's configuration, in open_clip's terms, from its weights and the files beside it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from engine.errors import EngineError
from engine.weights.clip import ClipWeights
from engine.weights.folders import CONFIG, OPEN_CLIP, PREPROCESSOR

HEAD = 64  # width of an attention head in every published CLIP
CELL = 32  # pixels for each position of a ResNet's last layer
PARTS = ("vision_cfg", "text_cfg")
ENCODERS = ("vision_config", "text_config")
QUICK, EXACT = "quick_gelu", "gelu"
Colours = tuple[Sequence[float], Sequence[float]]  # mean and standard deviation


@dataclass(frozen=True)
class ClipConfig:
    """How to build the network, as keyword arguments of open_clip's CLIP."""

    arguments: Mapping[str, Any]
    colours: Colours | None = None  # if they are not those of OpenAI's CLIP


def told_config(file: Path, weights: ClipWeights) -> ClipConfig | None:
    """Return the configuration that a file tells, or the files beside it; None if nothing does.

    Weights alone do not say which activation they were trained with. OpenAI's archives are all of
    one kind, and a folder of transformers or open_clip says it.
    """
    if weights.by_openai:
        return ClipConfig(inferred_arguments(weights.tensors, True, file.name))
    if (file.parent / OPEN_CLIP).is_file():
        return _of_open_clip(file.parent / OPEN_CLIP)
    if (file.parent / CONFIG).is_file():
        return _of_transformers(file.parent, weights.tensors)
    return None


def inferred_arguments(
    weights: Mapping[str, Tensor], quick_gelu: bool, name: str, heads: Sequence[int | None] = ()
) -> dict[str, Any]:
    """Return the arguments of open_clip's CLIP for these weights.

    heads: of the image and the text encoder, if they are known.

    Raises EngineError, which calls the file `name`, for weights of another network.
    """
    try:
        vision, text = _vision(weights), _text(weights)
        embed_dim = weights["text_projection"].shape[1]
    except (KeyError, IndexError, ZeroDivisionError) as error:
        raise EngineError("model-unreadable", name=name) from error
    own_vision, own_text = [*heads, None, None][:2]
    if own_vision:
        vision["head_width"] = vision["width"] // own_vision
    text["heads"] = own_text or max(1, text["width"] // HEAD)
    parts = {"vision_cfg": vision, "text_cfg": text}
    return {"embed_dim": embed_dim, "quick_gelu": quick_gelu, **parts}


def _vision(weights: Mapping[str, Tensor]) -> dict[str, Any]:
    first = weights["visual.conv1.weight"]
    if "visual.layer1.0.conv1.weight" in weights:  # a ResNet
        cells = weights["visual.attnpool.positional_embedding"].shape[0] - 1
        return {
            "image_size": CELL * round(cells**0.5),
            "layers": [_count(weights, f"visual.layer{i}.{{}}.conv1.weight") for i in range(1, 5)],
            "width": weights["visual.layer1.0.conv1.weight"].shape[0],
            "patch_size": None,
        }
    cells = weights["visual.positional_embedding"].shape[0] - 1
    patch = first.shape[-1]
    return {
        "image_size": patch * round(cells**0.5),
        "layers": _count(weights, "visual.transformer.resblocks.{}.ln_1.weight"),
        "width": first.shape[0],
        "patch_size": patch,
        "mlp_ratio": _ratio(weights, "visual.transformer.resblocks.0."),
    }


def _text(weights: Mapping[str, Tensor]) -> dict[str, Any]:
    vocabulary, width = weights["token_embedding.weight"].shape
    return {
        "context_length": weights["positional_embedding"].shape[0],
        "vocab_size": vocabulary,
        "width": width,
        "layers": _count(weights, "transformer.resblocks.{}.ln_1.weight"),
        "mlp_ratio": _ratio(weights, "transformer.resblocks.0."),
    }


def _count(weights: Mapping[str, Tensor], key: str) -> int:
    count = 0
    while key.format(count) in weights:
        count += 1
    return count


def _ratio(weights: Mapping[str, Tensor], block: str) -> float:
    wide, width = weights[f"{block}mlp.c_fc.weight"].shape
    return float(wide / width)


def _of_open_clip(file: Path) -> ClipConfig:
    stated = _json(file)
    arguments, images = stated.get("model_cfg"), stated.get("preprocess_cfg")
    parts = [arguments.get(k) if isinstance(arguments, dict) else None for k in PARTS]
    if not all(isinstance(part, dict) for part in parts):
        raise EngineError("model-unreadable", name=file.name)
    colours = _colours(images if isinstance(images, dict) else {}, "mean", "std")
    return ClipConfig(arguments or {}, colours)


def _of_transformers(folder: Path, weights: Mapping[str, Tensor]) -> ClipConfig:
    stated = _json(folder / CONFIG)
    kind = stated.get("model_type")
    if kind != "clip":
        raise EngineError("clip-foreign", name=folder.name, kind=str(kind)[:80])
    encoders: list[dict[str, Any]] = [
        part if isinstance(part := stated.get(key), dict) else {} for key in ENCODERS
    ]
    activations = {encoder.get("hidden_act", QUICK) for encoder in encoders}
    if activations not in ({QUICK}, {EXACT}):
        raise EngineError("clip-foreign", name=folder.name, kind=", ".join(map(str, activations)))
    heads = [encoder.get("num_attention_heads") for encoder in encoders]
    if not all(head is None or (isinstance(head, int) and head > 0) for head in heads):
        raise EngineError("model-unreadable", name=folder.name)
    preprocessor = folder / PREPROCESSOR
    images = _json(preprocessor) if preprocessor.is_file() else {}
    arguments = inferred_arguments(weights, activations == {QUICK}, folder.name, heads)
    return ClipConfig(arguments, _colours(images, "image_mean", "image_std"))


def _colours(stated: Mapping[str, Any], mean: str, std: str) -> Colours | None:
    """Return what is stated, or None where it is not stated or makes no sense."""
    values = [stated.get(mean), stated.get(std)]
    for three in values:
        if not isinstance(three, list) or len(three) != 3:
            return None
        if not all(isinstance(x, int | float) and x > 0 for x in three):
            return None
    return tuple(values[0] or ()), tuple(values[1] or ())


def _json(file: Path) -> dict[str, Any]:
    try:
        stated = json.loads(file.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise EngineError("model-unreadable", name=file.name) from error
    return stated if isinstance(stated, dict) else {}
