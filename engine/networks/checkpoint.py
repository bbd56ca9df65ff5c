"""Read a VQGAN's weights from a published checkpoint, and convert them to safetensors."""

import errno
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.overrides import TorchFunctionMode

from engine.downloads.partial_file import sha256_of
from engine.errors import EngineError
from engine.networks import safe_unpickle
from engine.networks.vqgan import VQGAN
from engine.networks.vqgan_config import VqganShape, from_json, to_json
from store.files import atomic_write

KIND = "mazok vqgan 1"
PARTS = ("encoder.", "decoder.", "quant_conv.", "post_quant_conv.", "quantize.")
PREFIXES = ("", "first_stage_model.", "model.", "module.")  # in a transformer or a wrapper
MAX_NAMED = 3  # keys in an error message
ORPHAN = 3600  # seconds after which a partial file has no writer any more
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def read_checkpoint(path: Path, shape: VqganShape) -> dict[str, Tensor]:
    """Read the state of a VQGAN of this shape from a file of torch, Lightning or safetensors.

    What is not needed to paint (losses, discriminator, optimisers, a transformer) is left out. No
    code that the file names is run. Raises EngineError for code, for damage, and for tensors that
    are missing, unknown or of another size.
    """
    try:
        tensors = _read_tensors(path)
    except FileNotFoundError as error:
        raise EngineError("model-missing", name=path.name, path=str(path)) from error
    except (OSError, SafetensorError) as error:
        raise EngineError("checkpoint-damaged", name=path.name) from error
    prefix = max(PREFIXES, key=lambda prefix: len(_needed_keys(tensors, prefix)))
    state = {key[len(prefix) :]: tensors[key] for key in _needed_keys(tensors, prefix)}
    try:
        layout = _layout(shape)
    except (RuntimeError, ValueError) as error:  # no network has this shape
        raise EngineError("config-unreadable", name=path.name, part="ddconfig") from error
    _check_layout(state, layout, path.name)
    contiguous = torch.contiguous_format
    return {key: value.detach().clone(memory_format=contiguous) for key, value in state.items()}


def convert_checkpoint(source: Path, target: Path, shape: VqganShape) -> None:
    """Write what `read_checkpoint` returns as safetensors, atomically and in the same dtype.

    The metadata hold the source's sha256 and the shape; a second run finds them and writes nothing.
    """
    metadata = {
        "format": "pt",  # expected by other readers of safetensors
        "kind": KIND,
        "source_sha256": origin(source) or sha256(source),
        "shape": to_json(shape),
    }
    if _metadata(target) != metadata:
        _write(read_checkpoint(source, shape), target, metadata)


def converted_shape(path: Path) -> VqganShape | None:
    """Return the shape in the metadata of a converted file; None for any other file."""
    metadata = _metadata(path)
    return from_json(metadata.get("shape", ""), path.name) if metadata.get("kind") == KIND else None


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


def _read_tensors(path: Path) -> Mapping[str, Tensor]:
    """Read any of the formats, recognised by the first bytes and not by the name."""
    with path.open("rb") as file:
        head = file.read(512)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise EngineError("checkpoint-page", name=path.name)
    if head[8:9] == b"{":  # after the 8 bytes of the header's length
        return load_file(path)
    return safe_unpickle.load_pickle(path)


def _needed_keys(keys: Iterable[str], prefix: str) -> list[str]:
    needed = tuple(prefix + part for part in PARTS)
    return [key for key in keys if isinstance(key, str) and key.startswith(needed)]


class _WithoutInit(TorchFunctionMode):
    """Skip the initialisation of the codebook, for which torch would import its compiler."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        return kwargs["tensor"] if func is torch.nn.init.normal_ else func(*args, **kwargs)


@cache
def _layout(shape: VqganShape) -> Mapping[str, Tensor]:
    """Return the state of such a model on the meta device: shapes and dtypes, no data."""
    with torch.device("meta"), _WithoutInit():
        return VQGAN(shape).state_dict()


def _check_layout(state: Mapping[str, Tensor], layout: Mapping[str, Tensor], name: str) -> None:
    """Raise EngineError where keys are missing or unknown, or tensors of another size."""
    wrong = [key for key in layout if key in state and not _matches(state[key], layout[key])]
    missing = [key for key in layout if key not in state]
    unknown = [key for key in state if key not in layout]
    for kind, keys in (("missing", missing), ("size", wrong), ("unknown", unknown)):
        if keys:
            named = ", ".join(key[:80] for key in keys[:MAX_NAMED])
            more = " …" if len(keys) > MAX_NAMED else ""
            raise EngineError("checkpoint-misfit", name=name, kind=kind, keys=named + more)


def _matches(value: Tensor, expected: Tensor) -> bool:
    same_kind = value.is_floating_point() == expected.is_floating_point()
    return same_kind and value.shape == expected.shape


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
        atomic_write.sync(complete)
        complete.replace(target)
        atomic_write.sync(target.parent)
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
