"""The sha256 of the weights that a name stands for on this machine."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from engine.downloads.partial_file import sha256_of
from engine.drafters.files import weights_file
from engine.drafters.published import PUBLISHED_DRAFTERS
from engine.registry import folder as models_folder
from engine.registry import packaged
from engine.registry.clips import PUBLISHED_CLIP
from engine.registry.download_specs import weights_of
from engine.registry.ruclips import PUBLISHED_RUCLIP
from engine.registry.vqgans import PUBLISHED
from engine.upscaling.choice import FACTORS, upscaler_file
from engine.upscaling.published import PUBLISHED_UPSCALERS
from engine.weights.folders import weights_in
from store.request.request import DrawRequest, model_names

# The kind of model in each role; all but the VQGAN may be several, separated by commas.
KINDS = {
    "vqgan": "vqgan",
    "clip": "guide",
    "ruclip": "guide",
    "guide": "guide",
    "draft": "drafter",
    "upscale": "upscaler",
}
PRIORS = {"prior": "prior", "layered_prior": "layered prior"}  # by role, of the VQGAN's name
KNOWN = {
    "vqgan": PUBLISHED.keys(),
    "guide": PUBLISHED_CLIP.keys() | PUBLISHED_RUCLIP.keys(),
    "drafter": PUBLISHED_DRAFTERS.keys(),
    "upscaler": PUBLISHED_UPSCALERS.keys() | {*FACTORS},
}


def hashes(request: DrawRequest, folder: Path) -> dict[str, str]:
    """Return the sha256 of a complete request's weights, by role, and of the VQGAN's priors."""
    hashes = {}
    for role in KINDS:
        names = model_names(value) if (value := getattr(request, role)) else ()
        hashes[role] = ",".join(_sha256(role, name, folder) or "" for name in names)
    for role, kind in PRIORS.items():
        hashes[role] = _packaged(kind, request.vqgan or "") or ""
    return {role: sha256 for role, sha256 in hashes.items() if sha256.strip(",")}


def is_name(role: str, names: str) -> bool:
    """Return whether all names are of packaged or published models, and none is of a file."""
    known = KNOWN[KINDS[role]]
    return all(name in known or _packaged(KINDS[role], name) for name in model_names(names))


def shown_models(role: str, names: str) -> str:
    """Return the names, with files named without their folders."""
    return ",".join(_shown(role, name) for name in model_names(names))


def _shown(role: str, name: str) -> str:
    if is_name(role, name):
        return name
    architecture, colon, path = name.rpartition(":")
    return f"{architecture}{colon}{Path(path).name}"


def _packaged(kind: str, name: str) -> str | None:
    entry = packaged.find(kind, name)
    return entry.sha256 if entry else None


def _sha256(role: str, name: str, folder: Path) -> str | None:
    """Return None where the file cannot be read: loading reports the error."""
    packaged_hash = _packaged(KINDS[role], name)
    if packaged_hash is not None:
        return packaged_hash
    files = {
        "vqgan": _vqgan_file,
        "guide": _guide_file,
        "drafter": _drafter_file,
        "upscaler": upscaler_file,
    }
    path = files[KINDS[role]](name, folder)
    try:
        state = path.stat()
        return _of_file(path, state.st_size, state.st_mtime_ns)
    except OSError:
        return None


def _vqgan_file(name: str, folder: Path) -> Path:
    inside = folder / weights_of(name)
    return inside if models_folder.is_name(name) and inside.is_file() else Path(name)


def _guide_file(name: str, folder: Path) -> Path:
    if clip := models_folder.clip_in(folder, name):
        return clip[1]
    path = models_folder.ruclip_in(folder, name) or Path(name.rpartition(":")[2])
    return weights_in(path) if path.is_dir() else path


def _drafter_file(name: str, folder: Path) -> Path:
    return weights_file(folder / name if name in PUBLISHED_DRAFTERS else Path(name))


@lru_cache(maxsize=64)
def _of_file(path: Path, size: int, changed_ns: int) -> str:
    """Cache the hash of a large file for as long as its size and time stay the same."""
    return sha256_of(path)


def changed_roles(recorded: Mapping[str, str], here: Mapping[str, str]) -> list[str]:
    """Return the roles whose weights are not the recorded ones, as far as both are known."""
    return [role for role in here if role in recorded and recorded[role] != here[role]]
