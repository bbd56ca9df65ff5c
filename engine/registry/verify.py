"""Verify the hashes of all models on disk."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.downloads.fetch import ExpectedFile
from engine.downloads.partial_file import sha256_of
from engine.errors import EngineError
from engine.registry import packaged
from engine.registry.download_specs import DOWNLOADS, DownloadSpec, weights_of
from engine.registry.folder import by_hand, own_guides, own_upscalers, own_vqgans


@dataclass(frozen=True)
class Finding:
    """The result for one model, which is correct if there are no faults."""

    name: str
    faults: tuple[EngineError, ...]
    unproven: tuple[str, ...] = ()  # files without a published or recorded hash


def verify_model(folder: Path) -> Iterator[Finding]:
    """Yield a finding for each model that has any files here; reads the files completely."""
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
    for name in (*own_guides(folder), *own_upscalers(folder), *by_hand(folder)):
        inside = sorted((folder / name).iterdir())
        paths = [path for path in inside if path.suffix not in (".sha256", ".part")]
        yield _finding(name, {path: ExpectedFile.of((), path) for path in paths})


def _needed(spec: DownloadSpec) -> list[str]:
    """Return the files that painting needs: of a checkpoint what is kept of it."""
    if spec.conversion is not None and spec.needs_second_stage:
        return [spec.conversion.second_stage]  # its first stage is a model of its own
    if spec.conversion is not None:
        return [spec.conversion.target]
    return [file for file, _ in spec.files]


def _expected(spec: DownloadSpec, file: str, folder: Path) -> ExpectedFile:
    return ExpectedFile.of(dict(spec.files).get(file, ()), folder / file)


def _finding(name: str, files: Mapping[Path, ExpectedFile]) -> Finding:
    faults = [fault for path, file in files.items() for fault in _faults(path, file)]
    unproven = [path.name for path, file in files.items() if file.sha256 is None]
    return Finding(name, tuple(faults), tuple(unproven))


def _faults(path: Path, expected: ExpectedFile) -> Iterator[EngineError]:
    name = f"{path.parent.name}/{path.name}"
    if not path.is_file():
        yield EngineError("verify-missing", file=name)
    elif expected.size is not None and path.stat().st_size != expected.size:
        yield EngineError("verify-size", file=name, size=path.stat().st_size, wanted=expected.size)
    elif expected.sha256 is not None and sha256_of(path) != expected.sha256:
        yield EngineError("verify-hash", file=name)
