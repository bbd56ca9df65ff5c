"""Convert a checkpoint to safetensors, which records where it comes from."""

import errno
import re
import secrets
import shutil
import time
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from engine.downloads.partial_file import sha256_of
from engine.errors import EngineError
from engine.networks.checkpoint import fitted, read_checkpoint, vqgan_state
from engine.networks.vqgan_config import VqganShape, find_config, from_json, read_config, to_json
from engine.weights.read import read_weights
from store.system.operating_system import sync

KIND = "mazok vqgan 1"
LIGHTNING = "state_dict."  # of a checkpoint that Lightning wrote
# Prefixes in taming's checkpoints; the codebook tells which VQGAN it belongs to.
SECOND_STAGE = (
    *("transformer.", "cond_stage_model."),
    *("first_stage_model.quantize.embedding.", "first_stage_model.quantize.embed."),
)
ORPHAN = 3600  # seconds after which a partial file has no writer any more
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def convert_checkpoint(source: Path, target: Path, shape: VqganShape | None) -> None:
    """Write the state of a VQGAN as safetensors, atomically and in the same dtype.

    shape: by the configuration, if there is one.

    The metadata hold the source's sha256 and the shape; a second run finds them and writes nothing.
    """
    state: dict[str, Tensor] | None = None
    if shape is None:
        shape, state = fitted(vqgan_state(source), None, source.name)
    metadata = {
        "format": "pt",  # expected by other readers of safetensors
        "kind": KIND,
        "source_sha256": origin(source) or sha256(source),
        "shape": to_json(shape),
    }
    if _metadata(target) != metadata:
        _write(state or read_checkpoint(source, shape), target, metadata)


def keep_second_stage(source: Path, target: Path) -> bool:
    """Write the transformer of a checkpoint, and its condition's VQGAN, if there are any.

    Their names keep the prefixes; both are in half precision, in which they are used.
    """
    named = {key.removeprefix(LIGHTNING): value for key, value in read_weights(source).items()}
    kept = {
        key: value.half() if value.is_floating_point() else value
        for key, value in named.items()
        if key.startswith(SECOND_STAGE) and not key.endswith(".attn.mask")
    }
    if any(key.startswith(SECOND_STAGE[0]) for key in kept):
        metadata = {"format": "pt", "source_sha256": origin(source) or sha256(source)}
        _write({k: v.contiguous() for k, v in kept.items()}, target, metadata)
        return True
    return False


def converted_shape(path: Path) -> VqganShape | None:
    """Return the shape in the metadata of a converted file; None for any other file."""
    metadata = _metadata(path)
    return from_json(metadata.get("shape", ""), path.name) if metadata.get("kind") == KIND else None


def stated_shape(path: Path, config: Path | None) -> VqganShape | None:
    """Return the shape that is stated: by `config`, in a converted file, or beside a checkpoint."""
    if config is None and (shape := converted_shape(path)):
        return shape
    config = config or find_config(path)
    return read_config(config) if config else None


def origin(path: Path) -> str | None:
    """Return the sha256 of the checkpoint that a file was converted from; None for others."""
    return _metadata(path).get("source_sha256")


def sha256(path: Path) -> str:
    """Return the sha256 of a file; raise EngineError where it cannot be read."""
    try:
        return sha256_of(path)
    except FileNotFoundError as error:
        raise EngineError("model-missing", name=path.name, path=str(path)) from error
    except OSError as error:
        raise EngineError("checkpoint-damaged", name=path.name) from error


def _metadata(path: Path) -> dict[str, str]:
    try:
        with safe_open(path, framework="pt") as file:
            return file.metadata() or {}
    except (OSError, SafetensorError):
        return {}


def _write(state: dict[str, Tensor], target: Path, metadata: dict[str, str]) -> None:
    """Write to a temporary folder, sync, then rename: the target is complete or absent."""
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        _remove_orphans(target)
        part.mkdir()
        complete = part / target.name
        save_file(state, complete, metadata)  # leaves a temporary file of its own when killed
        complete.chmod(part.stat().st_mode & 0o666)  # the mode that the umask gives, not 0600
        sync(complete)
        complete.replace(target)
        sync(target.parent)
    except (OSError, SafetensorError) as error:
        if _errno(error) in NO_ROOM:
            size = sum(value.nbytes for value in state.values())
            raise EngineError(
                "checkpoint-no-room", path=str(target), megabytes=size // 1_000_000 + 1
            ) from error
        raise EngineError("checkpoint-unwritable", path=str(target)) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _remove_orphans(target: Path) -> None:
    """Make the folder, and remove what killed conversions have left in it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for path in target.parent.iterdir():
        partial = path.name.startswith(f".{target.name}.") and path.suffix == ".part"
        if partial and time.time() - path.stat().st_mtime > ORPHAN:
            shutil.rmtree(path, ignore_errors=True)


def _errno(error: Exception) -> int | None:
    """Return the errno of an error; safetensors has it only in its message."""
    if isinstance(error, OSError):
        return error.errno
    match = re.search(r"os error (\d+)", str(error))
    return int(match[1]) if match else None
