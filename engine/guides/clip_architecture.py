"""The networks of open_clip that a guide may have, by their names or by what a file tells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import open_clip
from torch import Tensor, nn

from engine.errors import EngineError
from engine.guides import xlm_roberta
from engine.guides.vision_transformer import VisionShape, VisionTransformer
from engine.weights.clip import ClipWeights
from engine.weights.clip_config import Colours, inferred_arguments, told_config
from engine.weights.folders import TOKENIZER, TOKENIZER_CONFIG

OPENAI_COLOURS = open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD
MAX_NEAR = 4  # names in an error message


@dataclass(frozen=True)
class Architecture:
    """A network as open_clip's arguments describe it, and the colours that its images have."""

    arguments: Mapping[str, Any]
    colours: Colours = OPENAI_COLOURS
    name: str = ""  # open_clip's, if it has one

    @property
    def side(self) -> int:
        """Return the side in pixels of the images that it sees."""
        size = self.arguments["vision_cfg"]["image_size"]
        return int(size if isinstance(size, int) else size[0])

    @property
    def texts(self) -> Mapping[str, Any]:
        """Return the configuration of the text encoder."""
        return self.arguments["text_cfg"]  # type: ignore[no-any-return]

    @property
    def vocabulary(self) -> int:
        """Return how many ids the text encoder knows."""
        text_model = self.texts.get("hf_model_name")
        size = xlm_roberta.SHAPES[text_model].vocabulary if text_model else self.texts["vocab_size"]
        return int(size)

    @property
    def tokenizer_files(self) -> tuple[str, ...]:
        """Return the files that must be beside the weights: a tokenizer that open_clip lacks."""
        return (TOKENIZER, TOKENIZER_CONFIG) if "hf_tokenizer_name" in self.texts else ()

    def build(self) -> nn.Module:
        """Build the model with uninitialised weights.

        Its text encoder may be `XlmRoberta`, its image encoder `VisionTransformer`.
        """
        parts = {key: value for key, value in self.arguments.items() if key != "custom_text"}
        text_model = self.texts.get("hf_model_name")
        if text_model is not None:  # the smallest possible, which is replaced below
            parts["text_cfg"] = {"vocab_size": 1, "width": 64, "heads": 1, "layers": 1}
        vision = VisionShape.of(self.arguments)
        if vision is not None:
            parts["vision_cfg"] = {"image_size": 1, "patch_size": 1, "width": 64, "layers": 1}
        custom = "custom_text" in self.arguments or text_model is not None
        model: Any = (open_clip.CustomTextCLIP if custom else open_clip.CLIP)(**parts)
        if vision is not None:
            model.visual = VisionTransformer(vision)  # the same numbers in half the time
        if text_model is not None:
            shape = xlm_roberta.SHAPES[text_model]
            model.text = xlm_roberta.XlmRoberta(shape, self.arguments["embed_dim"])
        return model  # type: ignore[no-any-return]


def named_architecture(name: str) -> Architecture:
    """Return the built-in architecture of open_clip with this name.

    Other names are refused: open_clip would download those with a colon or a slash in them.
    """
    if name not in open_clip.list_models():
        raise EngineError("model-architecture", name=name)
    config: dict[str, Any] = open_clip.get_model_config(name)
    text_model = config["text_cfg"].get("hf_model_name")
    if "multimodal_cfg" in config or text_model not in (None, *xlm_roberta.SHAPES):
        raise EngineError("model-architecture-closed", name=name)
    tags = open_clip.list_pretrained_tags_by_model(name)
    stated = open_clip.get_pretrained_cfg(name, tags[0]) if tags else {}
    mean, std = stated.get("mean") or OPENAI_COLOURS[0], stated.get("std") or OPENAI_COLOURS[1]
    return Architecture(config, (mean, std), name)


def architecture_for(name: str, file: Path, weights: ClipWeights) -> Architecture:
    """Return the architecture of a file: by open_clip's name or, if that is empty, by itself.

    Raises EngineError where neither tells it, and names those that the tensors fit.
    """
    if name:
        found = named_architecture(name)
        if weights.by_openai:  # its weights are wrong without, which a name does not say
            return replace(found, arguments={**found.arguments, "quick_gelu": True})
        return found
    told = told_config(file, weights)
    if told is None:
        near = _fitting(weights.tensors, file.name)
        values = {"near": ", ".join(near[:MAX_NEAR]), "first": near[0] if near else "ViT-B-32"}
        raise EngineError("clip-architecture", name=file.name, count=len(near), **values)
    for built_in in open_clip.list_models():
        if open_clip.get_model_config(built_in) == told.arguments:
            found = named_architecture(built_in)
            return replace(found, colours=told.colours or found.colours)
    if _needs_more(told.arguments):
        raise EngineError("model-architecture-closed", name=file.parent.name)
    return Architecture(told.arguments, told.colours or OPENAI_COLOURS)


def _needs_more(arguments: Mapping[str, Any]) -> bool:
    """Return whether open_clip would ask timm or transformers for a part, perhaps over the net."""
    keys = {*arguments, *arguments["vision_cfg"], *arguments["text_cfg"]}
    return any(key.startswith(("timm_", "hf_", "multimodal", "custom_text")) for key in keys)


def _fitting(weights: Mapping[str, Tensor], name: str) -> Sequence[str]:
    """Return the built-in architectures whose sizes are those of the weights."""
    try:
        sizes = _sizes(inferred_arguments(weights, False, name))
    except EngineError:  # another network than a plain CLIP
        return ()
    names = open_clip.list_models()
    fitting = [other for other in names if _sizes(open_clip.get_model_config(other)) == sizes]
    return sorted(fitting, key=lambda other: (len(other), other))


def _sizes(config: Mapping[str, Any]) -> tuple[object, ...]:
    vision, texts = config["vision_cfg"], config["text_cfg"]
    return (
        config["embed_dim"],
        *(vision.get(key) for key in ("image_size", "layers", "width", "patch_size")),
        *(texts.get(key) for key in ("context_length", "vocab_size", "width", "layers")),
    )
