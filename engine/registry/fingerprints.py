"""Which weights a name stands for on this machine: told by their sha256, never by their place."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from engine.downloads.partial_file import sha256_of
from engine.guides.files import weights_in
from engine.registry import folder as shelf
from engine.registry import packaged
from engine.registry.clips import PUBLISHED_CLIP
from engine.registry.download_specs import weights_of
from engine.registry.ruclips import PUBLISHED_RUCLIP
from engine.registry.vqgans import PUBLISHED
from store.request.request import DrawRequest, model_names

# Of the request's models; all but the VQGAN may be several, with commas between them.
KINDS = {"vqgan": "vqgan", "clip": "guide", "ruclip": "guide", "guide": "guide"}


def hashes(request: DrawRequest, folder: Path) -> dict[str, str]:
    """sha256 of the weights that a complete request paints with, and of the VQGAN's prior."""
    found = {}
    for part in KINDS:
        names = model_names(getattr(request, part) or "")
        found[part] = ",".join(_sha256(part, name, folder) or "" for name in names)
    found["prior"] = _listed("prior", request.vqgan or "") or ""
    return {part: sha256 for part, sha256 in found.items() if sha256.strip(",")}


def is_name(part: str, names: str) -> bool:
    """Whether lists of ours have the names, so that they stand for no file of somebody's choice."""
    known = PUBLISHED.keys() if part == "vqgan" else PUBLISHED_CLIP.keys() | PUBLISHED_RUCLIP.keys()
    return all(one in known or _listed(KINDS[part], one) for one in model_names(names))


def shown_models(part: str, names: str) -> str:
    """The names, or what files are called without the folders that lead to them."""
    return ",".join(_shown(part, name) for name in model_names(names))


def _shown(part: str, name: str) -> str:
    if is_name(part, name):
        return name
    architecture, colon, path = name.rpartition(":")
    return f"{architecture}{colon}{Path(path).name}"


def _listed(kind: str, name: str) -> str | None:
    entry = packaged.find(kind, name)
    return entry.sha256 if entry else None


def _sha256(part: str, name: str, folder: Path) -> str | None:
    """None where there is nothing to read: the loading says it better."""
    listed = _listed(KINDS[part], name)
    if listed is not None:
        return listed
    path = _vqgan(name, folder) if part == "vqgan" else _guide(name, folder)
    try:
        state = path.stat()
        return _of_file(path, state.st_size, state.st_mtime_ns)
    except OSError:
        return None


def _vqgan(name: str, folder: Path) -> Path:
    inside = folder / weights_of(name)
    return inside if shelf.is_name(name) and inside.is_file() else Path(name)


def _guide(name: str, folder: Path) -> Path:
    if clip := shelf.clip_in(folder, name):
        return clip[1]
    path = shelf.ruclip_in(folder, name) or Path(name.rpartition(":")[2])
    return weights_in(path) if path.is_dir() else path


@lru_cache(maxsize=64)
def _of_file(path: Path, size: int, changed_ns: int) -> str:
    """Hundreds of megabytes are read once, for as long as the file stays as it is."""
    return sha256_of(path)


def other(told: Mapping[str, str], here: Mapping[str, str]) -> list[str]:
    """The parts whose weights are not those that a story tells of, as far as both are known."""
    return [part for part in here if part in told and told[part] != here[part]]
