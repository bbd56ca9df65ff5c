"""Load a second stage: of taming's checkpoint, or of what `models pull` keeps of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from engine.drafters.files import config_file
from engine.drafters.networks.mingpt import Gpt, GptShape
from engine.drafters.precision import placed, weights_dtype
from engine.drafters.second_stage.conditions import SCENES, STUFF
from engine.drafters.second_stage.config import (
    Kind,
    SecondStageConfig,
    check_weights,
    read_second_stage,
)
from engine.drafters.second_stage.drafter import SecondStageDrafter
from engine.errors import EngineError
from engine.networks.checkpoint import PARTS as VQGAN_PARTS
from engine.networks.conversion import LIGHTNING
from engine.networks.inferred_shape import inferred_shape
from engine.networks.vqgan import VQGAN, codebook_digest

TRANSFORMER, CONDITION, FIRST = "transformer.", "cond_stage_model.", "first_stage_model."
TOKENS = "transformer.tok_emb.weight"  # that every second stage has
CODEBOOKS = ("quantize.embedding.weight", "quantize.embed.weight")


@dataclass(frozen=True)
class _Known:
    """What is known of a published second stage without its configuration; heads: 0 if it is not.

    named, from_one: of `SecondStageDrafter`.
    """

    kind: Kind
    heads: int = 16
    named: Mapping[str, int] | None = None
    from_one: bool = False


SECOND_STAGES: Mapping[str | None, _Known] = {
    "second-stage-labels": _Known("labels", named=STUFF),
    "second-stage-labels-coco": _Known("labels", 0, STUFF, from_one=True),
    "second-stage-labels-ade": _Known("labels", 0, SCENES, from_one=True),
    "second-stage-depth": _Known("depth"),
    "second-stage-coordinates": _Known("coordinates"),
    "second-stage-class": _Known("class", 0),
    "second-stage-none": _Known("none", 0),
}


def load_second_stage(
    name: str,
    folder: Path,
    weights: Mapping[str, Tensor],
    family: str | None,
    device: torch.device,
) -> SecondStageDrafter:
    """Load the transformer, and the VQGAN that encodes its maps.

    family: of `SECOND_STAGES`; None to tell by the configuration beside the weights.

    Raises EngineError where both do not fit together, and where the configuration is needed and
    missing.
    """
    weights = {key.removeprefix(LIGHTNING): value for key, value in weights.items()}
    known = SECOND_STAGES.get(family)
    parts = _below(TRANSFORMER, weights)
    try:
        config = _config(folder, known, parts)
        check_weights(config, GptShape.of(parts, config.shape.heads), name)
        gpt = Gpt.load(parts, config.shape.heads, weights_dtype(device))
        encoder = _encoder(weights, name) if config.kind in ("labels", "depth") else None
    except (KeyError, RuntimeError, ValueError) as error:
        raise EngineError("drafter-unreadable", name=name) from error
    return SecondStageDrafter(
        name,
        "",
        placed(gpt, device),
        config.kind,
        first=config.first,
        encoder=encoder.to(device) if encoder else None,
        labels=encoder.shape.in_channels if encoder else 0,
        named=known.named if known else STUFF,
        from_one=known.from_one if known else False,
        codebook=_codebook(weights),
    )


def _config(folder: Path, known: _Known | None, parts: Mapping[str, Tensor]) -> SecondStageConfig:
    """Return the configuration in the folder, or what is known without it."""
    path = config_file(folder)
    if known is not None and known.heads and not path.is_file():
        return SecondStageConfig(GptShape.of(parts, known.heads), known.kind)
    config = read_second_stage(path)
    if known is None:
        return config
    heads = config.shape.heads
    for part, told, found in (
        ("cond_stage_config", config.kind, known.kind),
        ("n_head", heads, known.heads or heads),
    ):
        if told != found:
            raise EngineError(
                "config-differs", name=path.name, part=part, config=told, weights=found
            )
    return config


def _encoder(weights: Mapping[str, Tensor], name: str) -> VQGAN:
    state = {
        key: value.float()
        for key, value in _below(CONDITION, weights).items()
        if key.startswith(VQGAN_PARTS)
    }
    channels = state["encoder.conv_in.weight"].shape[1]
    encoder = VQGAN(inferred_shape(state, name, channels=channels))
    encoder.load_state_dict(state)
    return encoder.eval().requires_grad_(False)


def _codebook(weights: Mapping[str, Tensor]) -> str:
    """Return the digest of the codebook of the VQGAN in the same file, if there is one."""
    found = [weights[FIRST + key] for key in CODEBOOKS if FIRST + key in weights]
    return codebook_digest(found[0]) if found else ""


def _below(prefix: str, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)}
