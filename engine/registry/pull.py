"""Download published models into the models' folder: verified, and converted where needed."""

import difflib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO

from engine.downloads.fetch import discard, fetch, record_hash
from engine.downloads.http import ConnectionSettings
from engine.downloads.partial_file import locked
from engine.downloads.sources import Source
from engine.drafters.files import ENDINGS
from engine.drafters.published import PUBLISHED_DRAFTERS
from engine.errors import EngineError, say
from engine.networks.vqgan_config import VqganShape
from engine.progress_bar import ProgressBar
from engine.registry import download_specs, packaged
from engine.registry.aliases import any_canonical
from engine.registry.clips import folder_of
from engine.registry.download_specs import Conversion, DownloadSpec, is_here

MB = 10**6
DAMAGED = ("checkpoint-page", "checkpoint-damaged")  # keys of errors
Convert = Callable[[Path, Path, VqganShape], None]


def chosen_downloads(names: Sequence[str]) -> list[DownloadSpec]:
    """Return what to download for the names, of a drafter with the VQGAN that shows its codes.

    Raises EngineError for one that cannot be downloaded.
    """
    specs, names = dict(download_specs.DOWNLOADS), [any_canonical(name) for name in names]
    if any(name not in specs for name in names):
        specs |= {
            entry.name: DownloadSpec(entry.name) for entry in packaged.MODELS if entry.packaged
        }
    for name in names:
        if name not in specs:
            known = [name for name in specs if not specs[name].by_hand]
            near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or known[:5]
            raise EngineError("model-unknown", name=name, near=", ".join(near))
        if by_hand := specs[name].by_hand:
            raise EngineError("pull-by-hand", name=name, own=name, **by_hand.values)
    drafters = [PUBLISHED_DRAFTERS[name] for name in names if name in PUBLISHED_DRAFTERS]
    shown_by = [one.vqgan for one in drafters if not specs[one.vqgan].by_hand]
    return [specs[name] for name in dict.fromkeys([*names, *shown_by])]


def pull(
    spec: DownloadSpec,
    folder: Path,
    stream: TextIO,
    language: str,
    *,
    convert: Convert | None = None,
    connection: ConnectionSettings | None = None,
) -> bool:
    """Download a model; return False if all of it was there already.

    stream: where progress is written, in the language.

    Raises EngineError where no mirror has the file, or it cannot be converted.
    """
    if is_here(spec, folder):
        return False

    def waiting() -> None:
        _write("pull-waiting", stream, language, name=spec.name)

    # Lock the whole: a checkpoint is deleted once another process has converted it.
    with locked(folder / f".{folder_of(spec.name)}.pull", waiting):
        if is_here(spec, folder):
            return True
        for file, sources in spec.files:
            _fetch(sources, folder / file, stream, language, connection)
            if spec.conversion is None:
                _check(file, sources, folder)
        if spec.conversion is not None:
            _write("pull-converting", stream, language, name=spec.name)
            _convert(spec, spec.conversion, folder, convert or _default_convert())
    return True


def _fetch(
    sources: Sequence[Source],
    target: Path,
    stream: TextIO,
    language: str,
    connection: ConnectionSettings | None,
) -> None:
    def words(done: int, total: int | None, left: int | None) -> str:
        values = {"name": target.name, "done": done // MB}
        if total is None:
            return say("pull-progress-unknown", language, **values)
        values["total"] = -(-total // MB)
        if left is None:
            return say("pull-progress", language, **values)
        return say("pull-progress-left", language, left=left, **values)

    progress = ProgressBar(stream, words)
    try:
        fetch(sources, target, progress=progress, connection=connection)
    finally:
        progress.close()


def _check(file: str, sources: Sequence[Source], folder: Path) -> None:
    """Raise EngineError for a file that is cut short or no weights at all, and forget it.

    Where a hash is published, it has told already.
    """
    target = folder / file
    if target.suffix not in ENDINGS or any(source.sha256 for source in sources):
        return
    from engine.weights.read import read_weights  # torch takes seconds to import

    try:
        read_weights(target)
    except EngineError as error:
        discard(target)
        raise error.renamed({target.name: file}) from error


def _convert(spec: DownloadSpec, conversion: Conversion, folder: Path, convert: Convert) -> None:
    source = folder / conversion.source
    try:
        convert(source, folder / conversion.target, conversion.shape)
        if conversion.second_stage:
            _keep_second_stage(source, folder / conversion.second_stage)
    except EngineError as error:
        if error.key in DAMAGED and not any(
            mirror.sha256 for mirror in dict(spec.files)[conversion.source]
        ):
            discard(source)  # its recorded hash is that of a damaged file
        raise
    record_hash(folder / conversion.target)
    source.unlink()  # three times the size of what is needed of it


def _keep_second_stage(source: Path, target: Path) -> None:
    from engine.networks.conversion import keep_second_stage

    if keep_second_stage(source, target):
        record_hash(target)


def _default_convert() -> Convert:
    from engine.networks.conversion import convert_checkpoint  # torch takes seconds to import

    return convert_checkpoint


def _write(key: str, stream: TextIO, language: str, **values: object) -> None:
    stream.write(say(key, language, **values) + "\n")
    stream.flush()
