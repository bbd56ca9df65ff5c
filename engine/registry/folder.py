"""The models' folder: the layout of its files, and models that users have added to it.

A VQGAN is NAME.safetensors, with its shape inside. A guide is a folder NAME with its published
files; an added CLIP has the name of its open_clip architecture in a file beside them.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from engine.drafters.files import weights_file
from engine.drafters.published import PUBLISHED_DRAFTERS
from engine.errors import EngineError
from engine.registry.catalogue import ModelInfo, known_models
from engine.registry.clips import PUBLISHED_CLIP, folder_of
from engine.registry.download_specs import DOWNLOADS, weights_of
from engine.registry.ruclips import PUBLISHED_RUCLIP
from engine.registry.vqgans import PUBLISHED
from engine.upscaling.published import PUBLISHED_UPSCALERS
from engine.upscaling.published import WEIGHTS as UPSCALER
from engine.weights.folders import BPE, clip_weights_in
from store.reader.drafters import OfferedDrafter
from store.system.extras import is_installed

ARCHITECTURE = "architecture.json"  # of an added CLIP
RUCLIP_MARKER = BPE  # a file that only a ruCLIP has
KINDS = ("vqgan", "guide")


def own_vqgans(folder: Path) -> list[str]:
    """Return the names of added VQGANs, found by the records of their hashes."""
    ending = f"{weights_of('')}.sha256"
    names = {record.name.removesuffix(ending) for record in folder.glob(f"*{ending}")}
    return sorted(name for name in names - PUBLISHED.keys() if is_name(name))


def own_guides(folder: Path) -> list[str]:
    """Return the names of added guides."""
    published = {*map(folder_of, PUBLISHED_CLIP), *PUBLISHED_RUCLIP, *PUBLISHED_DRAFTERS}
    markers = (RUCLIP_MARKER, ARCHITECTURE)
    names = {path.parent.name for marker in markers for path in folder.glob(f"*/{marker}")}
    return sorted(name for name in names - published if is_name(name))


def own_upscalers(folder: Path) -> list[str]:
    """Return the names of added upscalers."""
    names = {path.parent.name for path in folder.glob(f"*/{UPSCALER}")}
    return sorted(name for name in names - PUBLISHED_UPSCALERS.keys() if is_name(name))


def by_hand(folder: Path) -> list[str]:
    """Return the names of published drafters that were downloaded by hand, and added."""
    names = [name for name in PUBLISHED_DRAFTERS if not DOWNLOADS[name].files]
    return [name for name in names if files_here(name, folder)]


def all_models(folder: Path) -> Iterator[tuple[ModelInfo, bool]]:
    """Yield each model that has a name, and whether its files are on disk, without reading them."""
    for model in known_models():
        yield model, model.packaged or is_here(model, folder)
    for name in own_vqgans(folder):
        path = folder / weights_of(name)
        size = path.stat().st_size if path.is_file() else None
        yield ModelInfo(name, "vqgan", "", "", download=size), path.is_file()
    for kind, names in (("guide", own_guides(folder)), ("upscaler", own_upscalers(folder))):
        for name in names:
            size = sum(path.stat().st_size for path in (folder / name).iterdir())
            yield ModelInfo(name, kind, "", "", download=size), True


def on_disk(folder: Path) -> tuple[list[str], list[str]]:
    """Return the names of the VQGANs and of the guides that can be painted with."""
    models = [model for model, is_there in all_models(folder) if is_there]
    vqgans, guides = ([model.name for model in models if model.kind == kind] for kind in KINDS)
    if not is_installed("open_clip"):  # a small install
        guides = [name for name in guides if clip_in(folder, name) is None]
    return vqgans, guides


def drafters_on_disk(folder: Path, memory: int | None) -> tuple[OfferedDrafter, ...]:
    """Return the drafters that draw without a map, have their VQGAN here and fit into the memory.

    memory: bytes of the device; None where it does not tell.
    """
    return tuple(
        OfferedDrafter(model.name, model.title.partition(":")[0], model.scripts)
        for model in PUBLISHED_DRAFTERS.values()
        if not model.asks
        and (memory is None or model.memory_bytes < memory)
        and (folder / weights_of(model.vqgan)).is_file()
        and files_here(model.name, folder)
    )


def is_here(model: ModelInfo, folder: Path) -> bool:
    """Return whether all files of a model are in the folder, without reading them."""
    if model.kind == "vqgan":
        return (folder / weights_of(model.name)).is_file()
    return files_here(model.name, folder)


def files_here(name: str, folder: Path) -> bool:
    """Return whether all files of a published model that is no VQGAN are in the folder."""
    spec = DOWNLOADS[name]
    if spec.conversion is not None:
        return (folder / spec.conversion.second_stage).is_file()
    names = [file for file, _ in spec.files]
    if not names:  # downloaded by hand, and added
        return weights_file(folder / name).is_file()
    return all((folder / name).is_file() for name in names)


def clip_in(folder: Path, name: str) -> tuple[str, Path] | None:
    """Return architecture and weights of the CLIP of this name, published or added, or None."""
    if model := PUBLISHED_CLIP.get(name):
        return model.architecture, folder / model.folder / model.files[0][0]
    marker = folder / name / ARCHITECTURE
    if not is_name(name) or not marker.is_file():
        return None
    try:
        architecture = json.loads(marker.read_text("utf-8"))["architecture"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineError("model-unreadable", name=name) from error
    return str(architecture), clip_weights_in(folder / name)


def ruclip_in(folder: Path, name: str) -> Path | None:
    """Return the folder of the ruCLIP of this name, published or added, or None."""
    added = is_name(name) and (folder / name / RUCLIP_MARKER).is_file()
    return folder / name if name in PUBLISHED_RUCLIP or added else None


def is_name(name: str) -> bool:
    """Return whether it can be a name in the folder: no path, not hidden."""
    return bool(name) and name[0] not in ".-" and not set(name) & set("/\\:,\0") and len(name) < 100
