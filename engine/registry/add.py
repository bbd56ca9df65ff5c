"""Add models from files that are on disk already, for machines without a network.

An added model is stored like a downloaded one: loaded once to validate it, renamed to its own name
at the end, with its hash recorded.
"""

import json
import os
import secrets
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from engine.downloads.fetch import record_hash
from engine.downloads.partial_file import check_room, locked, sha256_of
from engine.drafters.files import CONFIG as DRAFTER_CONFIG
from engine.drafters.files import SECOND_STAGE, WEIGHTS
from engine.drafters.published import PUBLISHED_DRAFTERS, PublishedDrafter
from engine.errors import EngineError
from engine.networks.conversion import (
    NO_ROOM,
    convert_checkpoint,
    keep_second_stage,
    origin,
    stated_shape,
)
from engine.networks.vqgan_config import find_config
from engine.registry import packaged
from engine.registry.clips import PUBLISHED_CLIP, folder_of
from engine.registry.download_specs import DOWNLOADS, weights_of
from engine.registry.folder import ARCHITECTURE, is_name
from engine.registry.ruclips import PUBLISHED_RUCLIP
from engine.registry.vqgans import PUBLISHED
from engine.upscaling.published import PUBLISHED_UPSCALERS
from engine.upscaling.published import WEIGHTS as UPSCALER
from engine.weights.folders import (
    BPE,
    CLIP_SETTINGS,
    CONFIG,
    PICKLED,
    SAFE,
    TOKENIZER,
    TOKENIZER_CONFIG,
    clip_weights_in,
    is_ruclip,
)
from engine.weights.folders import weights_in as ruclip_weights
from engine.weights.read import known_weights, read_weights
from engine.weights.recognise import CLIP, TRANSFORMERS_CLIP, VQGAN, recognise
from store.system.extras import is_installed

if TYPE_CHECKING:
    from engine.upscaling.upscaler import Upscaler

CPU = torch.device("cpu")
PUBLISHED_OF: Mapping[str, Collection[str]] = {
    "vqgan": PUBLISHED,
    "clip": PUBLISHED_CLIP,
    "ruclip": PUBLISHED_RUCLIP,
    "drafter": PUBLISHED_DRAFTERS,
    "upscaler": PUBLISHED_UPSCALERS,
}


def add_model(
    path: Path,
    folder: Path,
    name: str | None,
    architecture: str | None = None,
    config: Path | None = None,
) -> str:
    """Add a model to the folder; return the name under which it can be used.

    path: a VQGAN's file, a ruCLIP's folder, a CLIP's file or folder, an upscaler's file, or those
        of a drafter, with its published name.
    architecture: open_clip's name, for a CLIP whose files do not tell it.
    config: of a VQGAN, if it is not beside the file.

    Raises EngineError where it is no such model; then nothing of it is in the folder.
    """
    if not path.exists():
        raise EngineError("add-missing", path=str(path))
    if architecture is None and name is not None and name in PUBLISHED_CLIP:
        architecture = PUBLISHED_CLIP[name].architecture
    kind = "clip" if architecture is not None else _kind(path, name)
    published = PUBLISHED_OF[kind]
    name = name or (path.resolve().name if path.is_dir() else path.stem)
    taken = {*DOWNLOADS, *(entry.name for entry in packaged.MODELS)} - {*published}
    if name in taken:
        raise EngineError("add-taken", name=name)
    if name not in published and not is_name(name):
        raise EngineError("add-name", name=name)
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / f".{folder_of(name)}.pull", lambda: None):
        if kind == "vqgan":
            _add_vqgan(path, folder, name, config)
        elif kind == "clip":
            _add_clip(path, folder, name, architecture or "")
        elif kind == "drafter":
            _add_drafter(path, folder, name, config)
        elif kind == "upscaler":
            _add_upscaler(path, folder, name)
        else:
            _add_ruclip(path, folder, name)
    return name


def _kind(path: Path, name: str | None) -> str:
    """Return a kind of PUBLISHED_OF; raise EngineError for a file or folder of anything else.

    name: a drafter is only added under its published name; what an upscaler is, its file tells.
    """
    if name in PUBLISHED_DRAFTERS:
        return "drafter"
    if name in PUBLISHED_UPSCALERS or (path.is_file() and _is_upscaler(path)):
        return "upscaler"
    if path.is_dir():
        return "ruclip" if is_ruclip(path) else "clip"
    found, _ = known_weights(path, "vqgan", VQGAN, CLIP, TRANSFORMERS_CLIP)
    return "vqgan" if found.kind == VQGAN else "clip"


def _is_upscaler(path: Path) -> bool:
    """Return whether a file holds no other model, and a network that enlarges pictures."""
    if recognise(read_weights(path)) is not None or not is_installed("spandrel"):
        return False
    try:
        _upscaler(path)
    except EngineError:
        return False
    return True


def _upscaler(path: Path) -> "Upscaler":
    from engine.upscaling.upscaler import Upscaler  # spandrel is slow to import

    return Upscaler(path.name, path, CPU)


def _add_upscaler(path: Path, folder: Path, name: str) -> None:
    files = {UPSCALER: path}
    _check(name, files, folder)
    _upscaler(path)  # raises EngineError where it is none
    _copy(files, folder / name)


def _add_drafter(path: Path, folder: Path, name: str, config: Path | None) -> None:
    """Add the files of a published drafter: by their own names, or as they are published."""
    from engine.drafters.load import load_drafter

    _check(name, {}, folder)
    model = PUBLISHED_DRAFTERS[name]
    second_stage = model.is_second_stage
    files = {} if second_stage else _drafter_files(path, model)
    if second_stage and (told := config or find_config(path)):
        files[DRAFTER_CONFIG] = told
    for source in files.values():
        if not source.is_file():
            raise EngineError("add-missing", path=str(source))

    def finish(part: Path) -> None:
        if second_stage and not keep_second_stage(path, part / SECOND_STAGE):
            raise EngineError("drafter-unreadable", name=path.name)
        try:
            load_drafter(name, part, model.family, CPU)
        except EngineError as error:
            own = {file: source.name for file, source in files.items()}
            raise error.renamed(own | {SECOND_STAGE: path.name}) from error

    _copy(files, folder / name, finish=finish, more=path.stat().st_size if second_stage else 0)


def _drafter_files(path: Path, model: PublishedDrafter) -> dict[str, Path]:
    """Return where the files of a drafter are: `path`, its weights or a folder, and beside it."""
    beside = path if path.is_dir() else path.parent
    files: dict[str, Path] = {}
    if not model.files:  # given to accounts alone, in the files of its kin
        weights = path if path.is_file() else path / "pytorch_model.bin"
        return {f"{WEIGHTS}{weights.suffix}": weights, BPE: beside / BPE}
    for name, sources in model.files:
        if path.is_file() and name.startswith(f"{WEIGHTS}."):
            files[name] = path
            continue
        names = (name, *(source.url.rpartition("/")[2] for source in sources))
        there = (beside / one for one in names if (beside / one).is_file())
        files[name] = next(there, beside / name)
    return files


def _add_vqgan(path: Path, folder: Path, name: str, config: Path | None) -> None:
    _check(name, {f"{name}.ckpt": path}, folder)
    target = folder / weights_of(name)
    convert_checkpoint(path, target, stated_shape(path, config))
    record_hash(target)


def _add_ruclip(path: Path, folder: Path, name: str) -> None:
    from engine.guides.ruclip import RuClipGuide

    weights = ruclip_weights(path)
    if name in PUBLISHED_RUCLIP and weights.name not in dict(PUBLISHED_RUCLIP[name].files):
        raise EngineError("add-not-published", name=name, path=str(weights))
    files = {file.name: file for file in (path / CONFIG, path / BPE, weights)}
    _check(name, files, folder)
    RuClipGuide(path, CPU)  # raises EngineError where it is not one
    _copy(files, folder / name)


def _add_clip(path: Path, folder: Path, name: str, architecture: str) -> None:
    """Add a CLIP of an architecture; an empty one means that the files themselves tell it."""
    from engine.guides.clip import ClipGuide
    from engine.guides.clip_architecture import named_architecture

    weights = clip_weights_in(path) if path.is_dir() else path
    if not weights.is_file():
        raise EngineError("add-missing", path=str(weights))
    own_name = SAFE if weights.suffix == ".safetensors" else PICKLED
    files = {PUBLISHED_CLIP[name].files[0][0] if name in PUBLISHED_CLIP else own_name: weights}
    if architecture:
        beside: tuple[str, ...] = named_architecture(architecture).tokenizer_files
    else:
        wanted = (*CLIP_SETTINGS, TOKENIZER, TOKENIZER_CONFIG)
        beside = tuple(file for file in wanted if (weights.parent / file).is_file())
    files |= {file: weights.parent / file for file in beside}
    _check(name, files, folder)
    ClipGuide(architecture, weights, CPU)  # raises EngineError where it is not one
    added = None if name in PUBLISHED_CLIP else architecture
    _copy(files, folder / folder_of(name), added)


def _check(name: str, files: Mapping[str, Path], folder: Path) -> None:
    """Raise EngineError if the name is taken, or if a published model has other hashes."""
    if (folder / weights_of(name)).exists() or (folder / folder_of(name)).exists():
        raise EngineError("add-taken", name=name)
    spec = DOWNLOADS.get(name)
    for file, expected in spec.hashes.items() if spec else ():
        path = files.get(file)
        if path and (origin(path) or sha256_of(path)) != expected:
            raise EngineError("add-not-published", name=name, path=str(path))


def _copy(
    files: Mapping[str, Path],
    target: Path,
    architecture: str | None = None,
    finish: Callable[[Path], None] = lambda part: None,
    more: int = 0,
) -> None:
    """Copy the files into a new folder: all of them, or none.

    finish: completes and checks the folder; it may write `more` bytes.
    """
    size = more + sum(source.stat().st_size for source in files.values())
    check_room(target.parent, size)
    with _new_folder(target, size) as part:
        for file, source in files.items():
            shutil.copyfile(source, part / file)
        if architecture is not None:
            text = json.dumps({"architecture": architecture})
            (part / ARCHITECTURE).write_text(text, "utf-8")
        finish(part)
        for path in list(part.iterdir()):
            record_hash(path)


@contextmanager
def _new_folder(target: Path, size: int) -> Iterator[Path]:
    """Make a hidden folder for `size` bytes, and rename it to `target` at the end of the block."""
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        part.mkdir()
        yield part
        os.rename(part, target)
    except OSError as error:
        key = "checkpoint-no-room" if error.errno in NO_ROOM else "checkpoint-unwritable"
        values = {"megabytes": size // 10**6 + 1} if error.errno in NO_ROOM else {}
        raise EngineError(key, path=str(target), **values) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
