"""Read the weights of a CLIP in the forms in which people have them, by open_clip's names."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, cat

from engine.errors import EngineError
from engine.weights.read import known_weights
from engine.weights.recognise import CLIP, TRANSFORMERS_CLIP

# What is stored beside the weights: masks and counters that the network makes itself.
OPENAI = frozenset({"input_resolution", "context_length", "vocab_size"})  # only in its archives
NOT_WEIGHTS = OPENAI | {"attn_mask", "position_ids"}
TOWERS = {"vision_model.": "visual.", "text_model.": ""}
LAYER = re.compile(r"(vision_model|text_model)\.encoder\.layers\.(\d+)\.(.+)\.(weight|bias)")
PARTS = {
    "self_attn.out_proj": "attn.out_proj",
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
}
SINGLE = {
    "logit_scale": "logit_scale",
    "vision_model.embeddings.class_embedding": "visual.class_embedding",
    "vision_model.embeddings.patch_embedding.weight": "visual.conv1.weight",
    "vision_model.embeddings.position_embedding.weight": "visual.positional_embedding",
    "vision_model.pre_layrnorm.weight": "visual.ln_pre.weight",  # misspelt there
    "vision_model.pre_layrnorm.bias": "visual.ln_pre.bias",
    "vision_model.post_layernorm.weight": "visual.ln_post.weight",
    "vision_model.post_layernorm.bias": "visual.ln_post.bias",
    "text_model.embeddings.token_embedding.weight": "token_embedding.weight",
    "text_model.embeddings.position_embedding.weight": "positional_embedding",
    "text_model.final_layer_norm.weight": "ln_final.weight",
    "text_model.final_layer_norm.bias": "ln_final.bias",
}
PROJECTIONS = {
    "visual_projection.weight": "visual.proj",
    "text_projection.weight": "text_projection",
}


@dataclass(frozen=True, eq=False)
class ClipWeights:
    """The weights of a CLIP by open_clip's names.

    by_openai: whether the file is an archive of OpenAI's, all of which have the quick GELU.
    """

    tensors: Mapping[str, Tensor]
    by_openai: bool


def read_clip(path: Path) -> ClipWeights:
    """Return the weights of a CLIP's file; raise EngineError for another file.

    It may be OpenAI's TorchScript archive, a checkpoint of open_clip's training, safetensors or a
    file of transformers.
    """
    found, tensors = known_weights(path, "clip", CLIP, TRANSFORMERS_CLIP)
    weights = {k: v for k, v in tensors.items() if k.rpartition(".")[2] not in NOT_WEIGHTS}
    if found.kind == CLIP:
        return ClipWeights(weights, bool(tensors.keys() & OPENAI))
    try:
        return ClipWeights(dict(_renamed(weights)), by_openai=False)
    except (KeyError, RuntimeError) as error:
        raise EngineError("model-unreadable", name=path.name) from error


def _renamed(weights: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Yield the weights of transformers' CLIPModel by open_clip's names.

    Its layers have a matrix each for queries, keys and values; here they are one.
    """
    for key, value in weights.items():
        if key in SINGLE:
            yield SINGLE[key], value
        elif key in PROJECTIONS:
            yield PROJECTIONS[key], value.T.contiguous()
        elif match := LAYER.fullmatch(key):
            tower, number, part, kind = match.groups()
            block = f"{TOWERS[tower + '.']}transformer.resblocks.{number}."
            if part in PARTS:
                yield f"{block}{PARTS[part]}.{kind}", value
            elif part == "self_attn.q_proj":
                names = (key.replace("q_proj", f"{x}_proj") for x in "qkv")
                yield f"{block}attn.in_proj_{kind}", cat([weights[name] for name in names])
