"""Which weights a name stands for on this machine: told by their sha256, never by their place."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from engine.parts import hash_of
from engine.published import PUBLISHED
from engine.published_ruclip import PUBLISHED_RUCLIP
from engine.pulling import weights_of
from store.request import DrawRequest

KINDS = {"vqgan": "vqgan", "clip": "guide", "ruclip": "guide"}  # of the request's models
RUCLIP_WEIGHTS = ("model.safetensors", "pytorch_model.bin")


def hashes(request: DrawRequest, folder: Path) -> dict[str, str]:
    """sha256 of the weights that a complete request paints with, and of the VQGAN's prior."""
    found = {part: _sha256(part, getattr(request, part) or "", folder) for part in KINDS}
    found["prior"] = _listed("prior", request.vqgan or "")
    return {part: sha256 for part, sha256 in found.items() if sha256}


def is_name(part: str, name: str) -> bool:
    """Whether a list of ours has the name, so that it stands for no file of somebody's choice."""
    published = {model.name for model in (PUBLISHED if part == "vqgan" else PUBLISHED_RUCLIP)}
    return name in published or _listed(KINDS[part], name) is not None


def shown(part: str, name: str) -> str:
    """The name, or what the file is called without the folders that lead to it."""
    if is_name(part, name):
        return name
    architecture, colon, path = name.rpartition(":")
    return f"{architecture}{colon}{Path(path).name}"


def _listed(kind: str, name: str) -> str | None:
    from engine import manifest  # its shapes and cuttings bring torch, which takes seconds

    entry = manifest.find(kind, name)
    return entry.sha256 if entry else None


def _sha256(part: str, name: str, folder: Path) -> str | None:
    """None where there is nothing to read: the loading says it better."""
    listed = _listed(KINDS[part], name)
    if listed is not None:
        return listed
    if is_name(part, name):
        path = folder / (weights_of(name) if part == "vqgan" else name)
    else:
        path = Path(name.rpartition(":")[2])
    if path.is_dir():
        files = (path / file for file in RUCLIP_WEIGHTS)
        path = next((file for file in files if file.is_file()), path)
    try:
        state = path.stat()
        return _of_file(path, state.st_size, state.st_mtime_ns)
    except OSError:
        return None


@lru_cache(maxsize=64)
def _of_file(path: Path, size: int, changed_ns: int) -> str:
    """Hundreds of megabytes are read once, for as long as the file stays as it is."""
    return hash_of(path)


def other(told: Mapping[str, str], here: Mapping[str, str]) -> list[str]:
    """The parts whose weights are not those that a story tells of, as far as both are known."""
    return [part for part in here if part in told and told[part] != here[part]]
