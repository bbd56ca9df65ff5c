"""Other names of published models, as notebooks and other projects write them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from engine.registry import packaged
from engine.registry.clips import PUBLISHED_CLIP
from engine.registry.ruclips import OWNERS, PUBLISHED_RUCLIP
from engine.registry.vqgans import PUBLISHED
from store.request.request import model_names

Names = dict[str, list[str]]
VQGANS: Names = {
    "gumbel_f8_8192": [
        "openimages_f16_8192",  # as the best known notebook calls it, though it is f8
        "openimages_8192",
        "openimages",
        "openimages_f8_8192",
        "gumbel_f8",
        "vq-gumbel-f8-8192",
        "gumbel_8192",
    ],
    "imagenet_f16_16384": ["imagenet_16384"],
    "imagenet_f16_1024": ["imagenet_1024"],
    "wikiart_16384": ["wikiart_f16_16384"],
    "wikiart_1024": ["wikiart_f16_1024"],
    "coco": ["coco_f16_8192"],
    "faceshq": ["faceshq_f16_1024"],
    "sflckr": ["sflickr", "s-flckr"],
    "ffhq": ["ffhq_f16_1024"],
    "celebahq": ["celebahq_f16_1024"],
    "sber_gumbel_f8": ["vqgan.gumbelf8-sber.model", "gumbelf8-sber", "sber_gumbel", "sber"],
    "boris_f16_16384": ["boris/vqgan_f16_16384"],
    "vq_f8_16384": ["vq-f8"],
    "vq_f8_256": ["vq-f8-n256"],
}
# OpenAI's names are those of open_clip with a slash, and with @336px for the larger images.
SIZES = {"ViT-B-32": "base-patch32", "ViT-B-16": "base-patch16", "ViT-L-14": "large-patch14"}
CLIPS: Names = {
    "ViT-L-14-336/openai": ["ViT-L/14@336px", "openai/clip-vit-large-patch14-336"],
    **{f"{name}/openai": [f"openai/clip-vit-{size}"] for name, size in SIZES.items()},
    "xlm-roberta-base-ViT-B-32/laion5b_s13b_b90k": [
        "laion/CLIP-ViT-B-32-xlm-roberta-base-laion5B-s13B-b90k"
    ],
    "ViT-B-16-SigLIP-i18n-256/webli": [
        "timm/ViT-B-16-SigLIP-i18n-256",
        "google/siglip-base-patch16-256-multilingual",
    ],
}


def canonical(role: str, names: str) -> str:
    """Return the names, separated by commas, with every alias replaced by the model's own name.

    role: of the names: vqgan, clip, ruclip or guide. A file of such a name stays one.
    """
    return ",".join(canonical_name(role, name) for name in model_names(names))


def canonical_name(role: str, name: str) -> str:
    """Return the model's own name for an alias; any other name as it is."""
    table = _vqgan_aliases() if role == "vqgan" else _guide_aliases()
    own = table.get(_plain(name))
    return name if own is None or Path(name).exists() else own


def any_canonical(name: str) -> str:
    """Return the own name of a VQGAN or a guide; any other name as it is."""
    own = canonical_name("vqgan", name)
    return canonical_name("guide", name) if own == name else own


def _plain(name: str) -> str:
    """Return a name as it is compared: without case, and with one sign between its parts."""
    return "".join(x if x.isalnum() else "-" for x in name.strip().casefold())


@cache
def _vqgan_aliases() -> Mapping[str, str]:
    names = [entry.name for entry in packaged.MODELS if entry.kind == "vqgan"]
    table = _table({**{name: [] for name in (*names, *PUBLISHED)}, **VQGANS})
    return {f"vqgan-{plain}": own for plain, own in table.items()} | table


@cache
def _guide_aliases() -> Mapping[str, str]:
    openai = {own: [own.removesuffix("/openai")] for own in PUBLISHED_CLIP if "/openai" in own}
    ruclips = {name: [f"{owner}/{name}" for owner in OWNERS] for name in PUBLISHED_RUCLIP}
    pocket: Names = {entry.name: [] for entry in packaged.MODELS if entry.kind == "guide"}
    others: Names = {name: [] for name in PUBLISHED_CLIP}
    return _table(pocket | others | openai | ruclips) | _table(CLIPS)


def _table(aliases: Names) -> dict[str, str]:
    return {_plain(name): own for own, others in aliases.items() for name in (own, *others)}
