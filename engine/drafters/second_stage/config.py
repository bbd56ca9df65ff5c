"""What taming's YAML says of a second stage, and its weights do not: heads, kind of condition."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from engine.drafters.networks.mingpt import GptShape
from engine.errors import EngineError
from engine.networks.vqgan_config import part_of, read_yaml

Kind = Literal["none", "class", "coordinates", "depth", "labels"]
TARGET = "taming.models.cond_transformer.Net2NetTransformer"
UNCONDITIONAL = "__is_unconditional__"
CONDITIONS: Mapping[str, Kind] = {
    "taming.modules.util.Labelator": "class",
    "taming.modules.misc.coord.CoordStage": "coordinates",
    "taming.models.vqgan.VQModel": "depth",
    "taming.models.vqgan.VQSegmentationModel": "labels",
}
ORDERS = (None, "taming.modules.transformer.permuter.Identity")  # that codes are drawn in
# By its field in `GptShape`.
SIZES = {
    "vocabulary": "vocab_size",
    "block": "block_size",
    "layers": "n_layer",
    "width": "n_embd",
    "heads": "n_head",
}


@dataclass(frozen=True)
class SecondStageConfig:
    """A second stage: the sizes of its transformer, its condition, the index of the start."""

    shape: GptShape
    kind: Kind
    first: int = 0


def read_second_stage(path: Path) -> SecondStageConfig:
    """Read the configuration (YAML) of a second stage by taming.

    Raises EngineError for a model of another kind, an order of codes that is not the usual one,
    positions that see what comes after them, and for missing or wrong values.
    """
    name = path.name
    model = part_of(read_yaml(path), "model", name)
    _one_of(part_of(model, "target", name), (TARGET,), name)
    params = part_of(model, "params", name)
    _one_of(_target(params.get("permuter_config")), ORDERS, name)
    sizes = part_of(part_of(params, "transformer_config", name), "params", name)
    numbers = {field: _size(part_of(sizes, key, name), key, name) for field, key in SIZES.items()}
    if sizes.get("n_unmasked", 0):
        raise EngineError("config-unreadable", name=name, part="n_unmasked")
    condition = part_of(params, "cond_stage_config", name)
    free = condition == UNCONDITIONAL or params.get("unconditional", False) is True
    kind = "none" if free else CONDITIONS[_one_of(_target(condition), tuple(CONDITIONS), name)]
    first = params.get("sos_token", 0)
    if type(first) is not int or not 0 <= first < numbers["vocabulary"]:
        raise EngineError("config-unreadable", name=name, part="sos_token")
    return SecondStageConfig(GptShape(**numbers), kind, first)


def check_weights(config: SecondStageConfig, weights: GptShape, name: str) -> None:
    """Raise EngineError where the weights have other sizes, or cannot be divided into the heads."""
    for field, part in SIZES.items():
        told, found = getattr(config.shape, field), getattr(weights, field)
        if told != found:
            raise EngineError("config-differs", name=name, part=part, config=told, weights=found)
    if weights.width % weights.heads:
        raise EngineError("drafter-heads", name=name, heads=weights.heads, width=weights.width)


def _target(part: Any) -> Any:
    return part.get("target") if isinstance(part, dict) else part


def _one_of(target: Any, known: tuple[str | None, ...], name: str) -> Any:
    if target not in known:
        text = target if isinstance(target, str) else type(target).__name__
        raise EngineError("config-target", name=name, target=text[:80])
    return target


def _size(value: Any, part: str, name: str) -> int:
    if type(value) is not int or not 1 <= value <= 1 << 20:
        raise EngineError("config-unreadable", name=name, part=part)
    return value
