"""Whether what is on disk of the models is what it was when it came."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine import manifest
from engine.downloads import Expected
from engine.errors import EngineError
from engine.parts import hash_of
from engine.pulling import PARCELS, Parcel, weights_of
from engine.shelf import own_guides, own_vqgans


@dataclass(frozen=True)
class Finding:
    """One model, and what is wrong with it: nothing, if there are no faults."""

    name: str
    faults: tuple[EngineError, ...]
    unproven: tuple[str, ...] = ()  # files whose hash nobody has published or noted


def verify(folder: Path) -> Iterator[Finding]:
    """Looks at each model of which anything is here, one after another; each file is read whole."""
    for entry in manifest.MODELS:
        if entry.packaged:
            path = entry.path(folder)
            yield _finding(
                entry.name, {path: Expected(entry.size_bytes, entry.sha256, path, False)}
            )
    for parcel in PARCELS.values():
        expected = {folder / file: _expected(parcel, file, folder) for file in _needed(parcel)}
        if any(path.is_file() for path in expected):
            yield _finding(parcel.name, expected)
    for name in own_vqgans(folder):
        path = folder / weights_of(name)
        yield _finding(name, {path: Expected.of((), path)})
    for name in own_guides(folder):
        inside = sorted((folder / name).iterdir())
        found = [path for path in inside if path.suffix not in (".sha256", ".part")]
        yield _finding(name, {path: Expected.of((), path) for path in found})


def _needed(parcel: Parcel) -> list[str]:
    """What has to be there for painting: of a checkpoint what was made of it."""
    if parcel.conversion is not None:
        return [parcel.conversion.target]
    return [file for file, _ in parcel.files]


def _expected(parcel: Parcel, file: str, folder: Path) -> Expected:
    return Expected.of(dict(parcel.files).get(file, ()), folder / file)


def _finding(name: str, files: Mapping[Path, Expected]) -> Finding:
    faults = [fault for path, one in files.items() for fault in _faults(path, one)]
    unproven = [path.name for path, one in files.items() if one.sha256 is None]
    return Finding(name, tuple(faults), tuple(unproven))


def _faults(path: Path, expected: Expected) -> Iterator[EngineError]:
    place = f"{path.parent.name}/{path.name}"
    if not path.is_file():
        yield EngineError("verify-missing", file=place)
    elif expected.size is not None and path.stat().st_size != expected.size:
        yield EngineError("verify-size", file=place, size=path.stat().st_size, wanted=expected.size)
    elif expected.sha256 is not None and hash_of(path) != expected.sha256:
        yield EngineError("verify-hash", file=place)
