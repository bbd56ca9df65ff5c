"""Infer the shape of a VQGAN from its weights, so that it needs no configuration."""

from collections.abc import Mapping
from dataclasses import replace

from torch import Tensor

from engine.errors import EngineError
from engine.networks.vqgan_config import VqganShape, checked_shape

RESOLUTION = 256  # of the training images; it only names the levels that have attention


def inferred_shape(state: Mapping[str, Tensor], name: str, channels: int = 3) -> VqganShape:
    """Return the shape of the model with this state, in the names of taming's VQModel.

    channels: of what it encodes and decodes; maps of labels have one for each.

    Raises EngineError, which calls the file `name`, where keys are missing or make no sense.
    """
    try:
        values = _values(state)
        if channels == 3 or (values["in_channels"], values["out_ch"]) != (channels, channels):
            return checked_shape(values, name)
        shape = checked_shape({**values, "in_channels": 3, "out_ch": 3}, name)
        return replace(shape, in_channels=channels, out_ch=channels)
    except (KeyError, IndexError, ZeroDivisionError) as error:
        keys = error.args[0] if isinstance(error, KeyError) else "encoder.conv_in.weight"
        raise EngineError("checkpoint-misfit", name=name, kind="missing", keys=keys) from error


def _values(state: Mapping[str, Tensor]) -> dict[str, object]:
    if "encoder.conv_in.weight" not in state and "decoder.up.0.block.0.conv1.weight" in state:
        return _of_decoder(state)
    first = state["encoder.conv_in.weight"]
    ch = first.shape[0]
    levels = _count(state, "encoder.down.{}.block.0.conv1.weight")
    gumbel = "quantize.embed.weight" in state
    codebook = state["quantize.embed.weight" if gumbel else "quantize.embedding.weight"]
    z_channels = state["decoder.conv_in.weight"].shape[1]
    widths = [state[f"encoder.down.{i}.block.0.conv1.weight"].shape[0] for i in range(levels)]
    attentive = [i for i in range(levels) if f"encoder.down.{i}.attn.0.q.weight" in state]
    return {
        "ch": ch,
        "ch_mult": [width // ch for width in widths],
        "num_res_blocks": _count(state, "encoder.down.0.block.{}.conv1.weight"),
        "attn_resolutions": [RESOLUTION >> level for level in attentive],
        "resolution": RESOLUTION,
        "z_channels": z_channels,
        "in_channels": first.shape[1],
        "out_ch": state["decoder.conv_out.weight"].shape[0],
        "double_z": state["encoder.conv_out.weight"].shape[0] == 2 * z_channels,
        "dropout": 0.0,
        "embed_dim": codebook.shape[1],
        "n_embed": codebook.shape[0],
        "norm": "batch" if "encoder.norm_out.running_mean" in state else "group",
        "quantiser": "gumbel" if gumbel else "plain",
    }


def _of_decoder(state: Mapping[str, Tensor]) -> dict[str, object]:
    """Return the values of a model that has no encoder, with a plain codebook."""
    levels = _count(state, "decoder.up.{}.block.0.conv1.weight")
    widths = [state[f"decoder.up.{i}.block.0.conv1.weight"].shape[0] for i in range(levels)]
    attentive = [i for i in range(levels) if f"decoder.up.{i}.attn.0.q.weight" in state]
    n_embed, embed_dim = state["quantize.embedding.weight"].shape
    return {
        "ch": widths[0],
        "ch_mult": [width // widths[0] for width in widths],
        "num_res_blocks": _count(state, "decoder.up.0.block.{}.conv1.weight") - 1,
        "attn_resolutions": [RESOLUTION >> level for level in attentive],
        "resolution": RESOLUTION,
        "z_channels": state["decoder.conv_in.weight"].shape[1],
        "in_channels": 3,
        "out_ch": state["decoder.conv_out.weight"].shape[0],
        "double_z": False,
        "dropout": 0.0,
        "embed_dim": embed_dim,
        "n_embed": n_embed,
        "norm": "group",
        "quantiser": "plain",
        "encodes": False,
    }


def _count(state: Mapping[str, Tensor], key: str) -> int:
    count = 0
    while key.format(count) in state:
        count += 1
    return count
