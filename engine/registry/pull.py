"""Brings published models into the models' folder: fetched, verified, made ready to paint."""

import difflib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from engine.downloads.fetch import fetch, forget, note_hash
from engine.downloads.http import Timeouts
from engine.downloads.partial_file import locked
from engine.downloads.sources import Source
from engine.errors import EngineError, say
from engine.networks.vqgan_config import VqganShape
from engine.progress_bar import ProgressBar
from engine.registry import download_specs, packaged
from engine.registry.clips import folder_of
from engine.registry.download_specs import Conversion, DownloadSpec, is_here

MB = 10**6
SPOILT = ("checkpoint-page", "checkpoint-damaged")
Convert = Callable[[Path, Path, VqganShape], None]


def chosen_downloads(names: Sequence[str]) -> list[DownloadSpec]:
    """Raises EngineError for a name that cannot be pulled, before anything is fetched."""
    specs = dict(download_specs.DOWNLOADS)
    if any(name not in specs for name in names):
        specs |= {
            entry.name: DownloadSpec(entry.name) for entry in packaged.MODELS if entry.packaged
        }
    for name in names:
        if name not in specs:
            known = [name for name in specs if not specs[name].note]
            near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or known[:5]
            raise EngineError("model-unknown", name=name, near=", ".join(near))
        if specs[name].note:
            raise EngineError("pull-by-hand", name=name, note=specs[name].note)
    return [specs[name] for name in dict.fromkeys(names)]


def pull(
    spec: DownloadSpec,
    folder: Path,
    stream: TextIO,
    language: str,
    *,
    convert: Convert | None = None,
    timeouts: Timeouts | None = None,
) -> bool:
    """False where all of it was there already; tells its progress on the stream."""
    if is_here(spec, folder):
        return False

    def waiting() -> None:
        _say("pull-waiting", stream, language, name=spec.name)

    # A lock over the whole: a checkpoint is gone once another process has rewritten it.
    with locked(folder / f".{folder_of(spec.name)}.pull", waiting):
        if is_here(spec, folder):
            return True
        for file, sources in spec.files:
            _fetch(sources, folder / file, stream, language, timeouts)
        if spec.conversion is not None:
            _say("pull-converting", stream, language, name=spec.name)
            _rewrite(spec, spec.conversion, folder, convert or _own_convert())
    return True


def _fetch(
    sources: Sequence[Source],
    target: Path,
    stream: TextIO,
    language: str,
    timeouts: Timeouts | None,
) -> None:
    def words(done: int, total: int | None, left: int | None) -> str:
        values = {"name": target.name, "done": done // MB}
        if total is None:
            return say("pull-progress-unknown", language, **values)
        values["total"] = -(-total // MB)
        if left is None:
            return say("pull-progress", language, **values)
        return say("pull-progress-left", language, left=left, **values)

    meter = ProgressBar(stream, words)
    try:
        fetch(sources, target, progress=meter, timeouts=timeouts)
    finally:
        meter.close()


def _rewrite(spec: DownloadSpec, made: Conversion, folder: Path, convert: Convert) -> None:
    source = folder / made.source
    try:
        convert(source, folder / made.target, made.shape)
    except EngineError as error:
        if error.key in SPOILT and not any(one.sha256 for one in dict(spec.files)[made.source]):
            forget(source)  # its hash was noted in good faith; only another download can help
        raise
    note_hash(folder / made.target)
    source.unlink()  # three times as large as what is needed of it


def _own_convert() -> Convert:
    from engine.networks.checkpoint import convert_checkpoint  # torch takes seconds to import

    return convert_checkpoint


def _say(key: str, stream: TextIO, language: str, **values: object) -> None:
    stream.write(say(key, language, **values) + "\n")
    stream.flush()
