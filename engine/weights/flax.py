"""Read DALL·E mini's weights from a file of Flax's: msgpack, with other names and axes."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgpack
import torch
from torch import Tensor

from engine.errors import EngineError
from engine.weights.formats import format_of

ARRAY = 1  # the type of msgpack's extension that holds a shape, the name of a type, and bytes
TYPES = {
    "float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16,
    "int32": torch.int32, "int64": torch.int64,
}  # fmt: skip
READING = (OSError, ValueError, KeyError, TypeError, RuntimeError, msgpack.UnpackException)
STACKED = ("FlaxBartEncoderLayers", "FlaxBartDecoderLayers")  # all layers, along the first axis
NAMES = {
    "LayerNorm_0": "pre_self_attn_layer_norm",
    "LayerNorm_1": "self_attn_layer_norm",
    "LayerNorm_2": "pre_encoder_attn_layer_norm",
    "LayerNorm_3": "encoder_attn_layer_norm",
    "FlaxBartAttention_0": "self_attn",
    "FlaxBartAttention_1": "encoder_attn",
    "GLU_0": "glu",
}
GATED = {
    "LayerNorm_0": "ln0", "LayerNorm_1": "ln1",
    "Dense_0": "fc0", "Dense_1": "fc1", "Dense_2": "fc2",
}  # fmt: skip
LEAVES = {"kernel": "weight", "scale": "weight", "embedding": "weight", "bias": "bias"}


def read_dalle_mini(path: Path) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return the weights of encoder and decoder, by the names of min-dalle's files.

    Raises EngineError for a file that is missing, damaged or of another model.
    """
    try:
        format_of(path)  # tells a page or an archive from weights
        with path.open("rb") as file:
            tree = msgpack.unpack(file, ext_hook=_array, strict_map_key=False)
        arrays = dict(_flat(tree))
    except FileNotFoundError as error:
        raise EngineError("model-missing", name=path.name, path=str(path)) from error
    except READING as error:
        raise EngineError("checkpoint-damaged", name=path.name) from error
    parts: dict[str, dict[str, Tensor]] = {"encoder": {}, "decoder": {}}
    for names, value in arrays.items():
        found = _place(names)
        if found is None:
            raise EngineError("drafter-unreadable", name=path.name)
        part, layered, name = found
        rows = enumerate(value) if layered else ((None, value),)
        for number, row in rows:
            key = name if number is None else f"layers.{number}.{name}"
            parts[part][key] = row.mT.contiguous() if names[-1] == "kernel" else row
    return parts["encoder"], parts["decoder"]


def _array(kind: int, data: bytes) -> Tensor:
    if kind != ARRAY:
        raise ValueError(f"an extension of type {kind}")
    shape, name, numbers = msgpack.unpackb(data)
    return torch.frombuffer(bytearray(numbers), dtype=TYPES[name]).view(shape)


def _flat(tree: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Tensor]]:
    """Yield each array with the names on the way to it."""
    if isinstance(tree, Tensor):
        yield above, tree
    elif isinstance(tree, Mapping):
        for name, below in tree.items():
            yield from _flat(below, (*above, str(name)))
    else:
        raise TypeError(f"{type(tree).__name__} in {above}")


def _place(names: tuple[str, ...]) -> tuple[str, bool, str] | None:
    """Return the part, whether its layers are stacked, and the name in it; None if unknown."""
    inner = [name for name in names if name not in ("params", "model")]
    if len(inner) < 2 or inner[-1] not in LEAVES:
        return None
    leaf = LEAVES[inner[-1]]
    if inner[:-1] == ["lm_head"]:
        return "decoder", False, f"lm_head.{leaf}"
    part, *inside = inner[:-1]
    if part not in ("encoder", "decoder"):
        return None
    if len(inside) < 3 or inside[0] != "layers" or inside[1] not in STACKED:
        return part, False, ".".join([*inside, leaf])
    module, *rest = inside[2:]
    renamed = [GATED.get(name, name) for name in rest] if module == "GLU_0" else rest
    return part, True, ".".join([NAMES.get(module, module), *renamed, leaf])
