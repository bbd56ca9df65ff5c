"""CLIPs published in open_clip's format: OpenAI's, and some for many languages.

A hash that is not published is recorded at the first download. OpenAI's own files are TorchScript;
the same weights are downloaded as safetensors from open_clip's authors. CLIP is described in arXiv
2103.00020, SigLIP in 2303.15343.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.downloads.sources import Source, hub
from engine.weights.folders import PICKLED, SAFE

ENGLISH, MANY = "English", "Russian, English and many more"
OPENAI = "MIT for the repository; for the weights none is stated"


@dataclass(frozen=True)
class PublishedClip:
    """A model: a folder with the weights and, where open_clip has none, the tokenizer's files."""

    name: str  # open_clip's architecture and tag
    architecture: str  # of OpenAI's weights one with quick GELU, which the name does not say
    title: str
    reads: str
    licence: str
    memory_bytes: int  # of its weights in float32; about the size of the file
    files: tuple[tuple[str, tuple[Source, ...]], ...]

    @property
    def folder(self) -> str:
        """Return the name of its folder in the models' folder."""
        return folder_of(self.name)


def folder_of(name: str) -> str:
    """Return the folder's name for a CLIP, without the slash in the model's."""
    return name.replace("/", "--")


def _openai(
    name: str,
    place: str,
    *,
    side: int,
    memory: int,
    size: int | None = None,
    sha256: str | None = None,
    revision: str = "main",
) -> PublishedClip:
    source = Source(hub(f"timm/{place}.openai", SAFE, revision), size, sha256)
    return PublishedClip(
        name=f"{name}/openai",
        architecture=f"{name}-quickgelu",
        title=f"OpenAI's CLIP {name}, {side} px",
        reads=ENGLISH,
        licence=OPENAI,
        memory_bytes=memory,
        files=((SAFE, (source,)),),
    )


def _tokenizer(*repositories: str) -> tuple[tuple[str, tuple[Source, ...]], ...]:
    names = ("tokenizer.json", "tokenizer_config.json")
    return tuple(
        (file, tuple(Source(hub(repository, file)) for repository in repositories))
        for file in names
    )


XLM = "laion/CLIP-ViT-B-32-xlm-roberta-base-laion5B-s13B-b90k"
SIGLIP = "timm/ViT-B-16-SigLIP-i18n-256"

_ALL = (
    _openai(
        "ViT-B-32",
        "vit_base_patch32_clip_224",
        side=224,
        memory=605_132_968,
        size=605_143_284,
        sha256="e6d1bd7789aa45192b3bf90570a789b478bae1b74ebcce7eddd908e83a2b7c31",
        revision="a6f597a30f7b82c51704746581f9a4e41421e878",
    ),
    _openai(
        "ViT-B-16",
        "vit_base_patch16_clip_224",
        side=224,
        memory=598_506_664,
        size=598_516_980,
        sha256="4b8699299b1e8997753c64b052ba32031449d5d853f55a039148560ee02b820f",
        revision="977e3dd0ec55ab8da155f2fbeb6b5f54948b6e3d",
    ),
    _openai(
        "ViT-L-14",
        "vit_large_patch14_clip_224",
        side=224,
        memory=1_710_489_768,
        size=1_710_517_724,
        sha256="9ce2e8a8ebfff3793d7d375ad6d3c35cb9aebf3de7ace0fc7308accab7cd207e",
    ),
    _openai(
        "ViT-L-14-336",
        "vit_large_patch14_clip_336",
        side=336,
        memory=1_711_800_488,
        size=1_711_828_444,
        sha256="fbc415c3d0d7b79faed8f5ccfb740c32b7c4f5ffe7283b851f89c6231c01a8e0",
        revision="81e38efc4637de5023b10e75a7f9bd1c6fa6b010",
    ),
    _openai(
        "RN50",
        "resnet50_clip",
        side=224,
        memory=408_265_256,
        size=408_291_932,
        sha256="da0baa37fb2211eee5729ab69ed587eb10d48f5b7076ceeed01552fc3d4cb4ee",
        revision="ec3d92cf63a5f9d591f0d611b736895966c73076",
    ),
    _openai(
        "RN101",
        "resnet101_clip",
        side=224,
        memory=479_197_736,
    ),
    _openai(
        "RN50x4",
        "resnet50x4_clip",
        side=288,
        memory=713_665_160,
    ),
    _openai(
        "RN50x16",
        "resnet50x16_clip",
        side=384,
        memory=1_164_716_264,
    ),
    _openai(
        "RN50x64",
        "resnet50x64_clip",
        side=448,
        memory=2_494_699_432,
    ),
    PublishedClip(
        name="xlm-roberta-base-ViT-B-32/laion5b_s13b_b90k",
        architecture="xlm-roberta-base-ViT-B-32",
        title="LAION's CLIP ViT-B-32 with XLM-RoBERTa, 224 px",
        reads=MANY,
        licence="MIT",
        memory_bytes=1_464_485_892,
        files=(
            (PICKLED, (Source(hub(XLM, PICKLED)),)),
            *_tokenizer(XLM, "FacebookAI/xlm-roberta-base"),
        ),
    ),
    PublishedClip(
        name="ViT-B-16-SigLIP-i18n-256/webli",
        architecture="ViT-B-16-SigLIP-i18n-256",
        title="Google's SigLIP ViT-B-16 for many languages, 256 px",
        reads=MANY,
        licence="Apache-2.0",
        memory_bytes=1_482_504_200,
        files=((PICKLED, (Source(hub(SIGLIP, PICKLED)),)), *_tokenizer(SIGLIP)),
    ),
)
PUBLISHED_CLIP: Mapping[str, PublishedClip] = {model.name: model for model in _ALL}
