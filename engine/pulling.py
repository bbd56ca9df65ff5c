"""Brings published models into the models' folder: fetched, verified, made ready to paint."""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from engine import manifest
from engine.addresses import Source
from engine.checkpoints_shape import VqganShape
from engine.downloads import fetch, forget, is_there, note_hash
from engine.errors import EngineError, say
from engine.meter import Meter
from engine.mirrors import Patience
from engine.parts import held
from engine.published import PUBLISHED, PublishedVqgan
from engine.published_clip import PUBLISHED_CLIP, PublishedClip, folder_of
from engine.published_ruclip import PUBLISHED_RUCLIP, PublishedRuClip

MB = 10**6
SPOILT = ("checkpoint-page", "checkpoint-damaged")
Convert = Callable[[Path, Path, VqganShape], None]


@dataclass(frozen=True)
class Conversion:
    """A checkpoint that is rewritten once as what the engine loads."""

    source: str  # one of the parcel's files
    target: str
    shape: VqganShape


@dataclass(frozen=True)
class Parcel:
    """What is fetched for the name of a model; each file has its mirrors."""

    name: str
    files: tuple[tuple[str, tuple[Source, ...]], ...] = ()  # paths below the models' folder
    conversion: Conversion | None = None
    note: str = ""  # where its files are, if a program cannot fetch them


def weights_of(vqgan: str) -> str:
    """What the weights of a published VQGAN are called in the models' folder."""
    return f"{vqgan}.safetensors"


def _parcel(model: PublishedVqgan) -> Parcel:
    if not model.checkpoint or model.shape is None:
        return Parcel(model.name, note=model.note)
    checkpoint = f"{model.name}.ckpt"
    made = Conversion(checkpoint, weights_of(model.name), model.shape)
    return Parcel(model.name, ((checkpoint, model.checkpoint),), made)


def _folder(model: PublishedClip | PublishedRuClip) -> Parcel:
    place = folder_of(model.name)
    return Parcel(model.name, tuple((f"{place}/{file}", urls) for file, urls in model.files))


PARCELS = (
    {name: _parcel(model) for name, model in PUBLISHED.items()}
    | {name: _folder(model) for name, model in PUBLISHED_CLIP.items()}
    | {name: _folder(model) for name, model in PUBLISHED_RUCLIP.items()}
)


def chosen(names: Sequence[str]) -> list[Parcel]:
    """Raises EngineError for a name that cannot be pulled, before anything is fetched."""
    parcels = dict(PARCELS)
    if any(name not in parcels for name in names):
        parcels |= {entry.name: Parcel(entry.name) for entry in manifest.MODELS if entry.packaged}
    for name in names:
        if name not in parcels:
            known = [name for name in parcels if not parcels[name].note]
            near = difflib.get_close_matches(name, parcels, n=3, cutoff=0.4) or known[:5]
            raise EngineError("model-unknown", name=name, near=", ".join(near))
        if parcels[name].note:
            raise EngineError("pull-by-hand", name=name, note=parcels[name].note)
    return [parcels[name] for name in dict.fromkeys(names)]


def pull(
    parcel: Parcel,
    folder: Path,
    stream: TextIO,
    language: str,
    *,
    convert: Convert | None = None,
    patience: Patience | None = None,
) -> bool:
    """False where all of it was there already; tells its progress on the stream."""
    if is_here(parcel, folder):
        return False

    def waiting() -> None:
        _say("pull-waiting", stream, language, name=parcel.name)

    # A lock over the whole: a checkpoint is gone once another process has rewritten it.
    with held(folder / f".{folder_of(parcel.name)}.pull", waiting):
        if is_here(parcel, folder):
            return True
        for file, sources in parcel.files:
            _fetch(sources, folder / file, stream, language, patience)
        if parcel.conversion is not None:
            _say("pull-converting", stream, language, name=parcel.name)
            _rewrite(parcel, parcel.conversion, folder, convert or _own_convert())
    return True


def is_here(parcel: Parcel, folder: Path) -> bool:
    """Whether the engine can load it; a checkpoint that was converted may be gone."""
    made = parcel.conversion
    if made is not None and not (folder / made.target).is_file():
        return False
    files = [file for file in parcel.files if made is None or file[0] != made.source]
    return all(is_there(sources, folder / file) for file, sources in files)


def _fetch(
    sources: Sequence[Source],
    target: Path,
    stream: TextIO,
    language: str,
    patience: Patience | None,
) -> None:
    def words(done: int, total: int | None, left: int | None) -> str:
        values = {"name": target.name, "done": done // MB}
        if total is None:
            return say("pull-progress-unknown", language, **values)
        values["total"] = -(-total // MB)
        if left is None:
            return say("pull-progress", language, **values)
        return say("pull-progress-left", language, left=left, **values)

    meter = Meter(stream, words)
    try:
        fetch(sources, target, progress=meter, patience=patience)
    finally:
        meter.close()


def _rewrite(parcel: Parcel, made: Conversion, folder: Path, convert: Convert) -> None:
    source = folder / made.source
    try:
        convert(source, folder / made.target, made.shape)
    except EngineError as error:
        if error.key in SPOILT and not any(one.sha256 for one in dict(parcel.files)[made.source]):
            forget(source)  # its hash was noted in good faith; only another download can help
        raise
    note_hash(folder / made.target)
    source.unlink()  # three times as large as what is needed of it


def _own_convert() -> Convert:
    from engine.checkpoints import convert  # torch takes seconds to import

    return convert


def _say(key: str, stream: TextIO, language: str, **values: object) -> None:
    stream.write(say(key, language, **values) + "\n")
    stream.flush()
