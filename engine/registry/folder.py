"""The models' folder: how models lie in it, and which are there that no list names.

A VQGAN is NAME.safetensors, with its shape inside. A guide is a folder NAME of the files that it is
published as; one that was added as open_clip's has its architecture in a file beside them.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from engine.errors import EngineError
from engine.guides.files import BPE
from engine.registry.catalogue import ModelInfo, lines
from engine.registry.clips import PUBLISHED_CLIP, folder_of, weights_in
from engine.registry.download_specs import DOWNLOADS, weights_of
from engine.registry.ruclips import PUBLISHED_RUCLIP
from engine.registry.vqgans import PUBLISHED

ARCHITECTURE = "architecture.json"  # of an added CLIP
RUCLIP_MARK = BPE  # a file that only a ruCLIP has
KINDS = ("vqgan", "guide")


def own_vqgans(folder: Path) -> list[str]:
    """VQGANs that were added under names of their own, which their notes of a hash show."""
    notes = folder.glob(f"*{weights_of('')}.sha256")
    found = {note.name.removesuffix(f"{weights_of('')}.sha256") for note in notes}
    return sorted(name for name in found - PUBLISHED.keys() if is_name(name))


def own_guides(folder: Path) -> list[str]:
    """Guides that were added under names of their own."""
    known = {*map(folder_of, PUBLISHED_CLIP), *PUBLISHED_RUCLIP}
    marks = (RUCLIP_MARK, ARCHITECTURE)
    found = [path.parent.name for mark in marks for path in folder.glob(f"*/{mark}")]
    return sorted(name for name in set(found) - known if is_name(name))


def all_models(folder: Path) -> Iterator[tuple[ModelInfo, bool]]:
    """Each model that has a name, and whether it is on disk as far as a glance tells."""
    for line in lines():
        yield line, line.packaged or is_here(line, folder)
    for name in own_vqgans(folder):
        path = folder / weights_of(name)
        size = path.stat().st_size if path.is_file() else None
        yield ModelInfo(name, "vqgan", "", "", download=size), path.is_file()
    for name in own_guides(folder):
        size = sum(path.stat().st_size for path in (folder / name).iterdir())
        yield ModelInfo(name, "guide", "", "", download=size), True


def on_disk(folder: Path) -> tuple[list[str], list[str]]:
    """The names of the VQGANs and of the guides that can be painted with."""
    here = [line for line, there in all_models(folder) if there]
    vqgans, guides = ([one.name for one in here if one.kind == kind] for kind in KINDS)
    return vqgans, guides


def is_here(line: ModelInfo, folder: Path) -> bool:
    """Whether all files of a model are in the folder; what is in them is not looked at."""
    if line.kind == "vqgan":
        return (folder / weights_of(line.name)).is_file()
    names = [file for file, _ in DOWNLOADS[line.name].files]
    return bool(names) and all((folder / name).is_file() for name in names)


def clip_in(folder: Path, name: str) -> tuple[str, Path] | None:
    """Architecture and weights of a CLIP of this name, published or added; None for another."""
    if model := PUBLISHED_CLIP.get(name):
        return model.architecture, folder / model.folder / model.files[0][0]
    mark = folder / name / ARCHITECTURE
    if not is_name(name) or not mark.is_file():
        return None
    try:
        architecture = json.loads(mark.read_text("utf-8"))["architecture"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineError("model-unreadable", name=name) from error
    return str(architecture), weights_in(folder / name)


def ruclip_in(folder: Path, name: str) -> Path | None:
    """The folder of a ruCLIP of this name, published or added."""
    added = is_name(name) and (folder / name / RUCLIP_MARK).is_file()
    return folder / name if name in PUBLISHED_RUCLIP or added else None


def is_name(name: str) -> bool:
    """Whether it is the name of one place in the folder: no path, nothing hidden."""
    return bool(name) and name[0] not in ".-" and not set(name) & set("/\\:,\0") and len(name) < 100
