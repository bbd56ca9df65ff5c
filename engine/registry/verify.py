"""Whether what is on disk of the models is what it was when it came."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.downloads.fetch import ExpectedFile
from engine.downloads.partial_file import sha256_of
from engine.errors import EngineError
from engine.registry import packaged
from engine.registry.download_specs import DOWNLOADS, DownloadSpec, weights_of
from engine.registry.folder import own_guides, own_vqgans


@dataclass(frozen=True)
class Finding:
    """One model, and what is wrong with it: nothing, if there are no faults."""

    name: str
    faults: tuple[EngineError, ...]
    unproven: tuple[str, ...] = ()  # files whose hash nobody has published or noted


def verify_model(folder: Path) -> Iterator[Finding]:
    """Looks at each model of which anything is here, one after another; each file is read whole."""
    for entry in packaged.MODELS:
        if entry.packaged:
            path = entry.path(folder)
            yield _finding(
                entry.name, {path: ExpectedFile(entry.size_bytes, entry.sha256, path, False)}
            )
    for spec in DOWNLOADS.values():
        expected = {folder / file: _expected(spec, file, folder) for file in _needed(spec)}
        if any(path.is_file() for path in expected):
            yield _finding(spec.name, expected)
    for name in own_vqgans(folder):
        path = folder / weights_of(name)
        yield _finding(name, {path: ExpectedFile.of((), path)})
    for name in own_guides(folder):
        inside = sorted((folder / name).iterdir())
        found = [path for path in inside if path.suffix not in (".sha256", ".part")]
        yield _finding(name, {path: ExpectedFile.of((), path) for path in found})


def _needed(spec: DownloadSpec) -> list[str]:
    """What has to be there for painting: of a checkpoint what was made of it."""
    if spec.conversion is not None:
        return [spec.conversion.target]
    return [file for file, _ in spec.files]


def _expected(spec: DownloadSpec, file: str, folder: Path) -> ExpectedFile:
    return ExpectedFile.of(dict(spec.files).get(file, ()), folder / file)


def _finding(name: str, files: Mapping[Path, ExpectedFile]) -> Finding:
    faults = [fault for path, one in files.items() for fault in _faults(path, one)]
    unproven = [path.name for path, one in files.items() if one.sha256 is None]
    return Finding(name, tuple(faults), tuple(unproven))


def _faults(path: Path, expected: ExpectedFile) -> Iterator[EngineError]:
    place = f"{path.parent.name}/{path.name}"
    if not path.is_file():
        yield EngineError("verify-missing", file=place)
    elif expected.size is not None and path.stat().st_size != expected.size:
        yield EngineError("verify-size", file=place, size=path.stat().st_size, wanted=expected.size)
    elif expected.sha256 is not None and sha256_of(path) != expected.sha256:
        yield EngineError("verify-hash", file=place)
