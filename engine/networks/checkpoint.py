"""The weights of a VQGAN: read from a published checkpoint, converted once to safetensors."""

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
PREFIXES = ("", "first_stage_model.", "model.", "module.")  # of a transformer, or of a wrapper
NAMED = 3  # keys in a complaint
ORPHAN = 3600  # seconds after which a half-written file has no writer any more
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def read_checkpoint(path: Path, shape: VqganShape) -> dict[str, Tensor]:
    """The state of a VQGAN of this shape in a file of torch's, Lightning's or safetensors'.

    What is not needed to paint (losses, discriminator, optimisers, a transformer) is left out.
    Raises EngineError: for code, for damage, and for tensors that are missing, unknown or of
    another size. Nothing that a file names is ever run.
    """
    try:
        found = _tensors(path)
    except FileNotFoundError as error:
        raise EngineError("model-missing", name=path.name, path=str(path)) from error
    except (OSError, SafetensorError) as error:
        raise EngineError("checkpoint-damaged", name=path.name) from error
    prefix = max(PREFIXES, key=lambda prefix: len(_painting(found, prefix)))
    state = {key[len(prefix) :]: found[key] for key in _painting(found, prefix)}
    try:
        layout = _layout(shape)
    except (RuntimeError, ValueError) as error:  # no such networks can be made
        raise EngineError("config-unreadable", name=path.name, part="ddconfig") from error
    _fit(state, layout, path.name)
    straight = torch.contiguous_format
    return {key: value.detach().clone(memory_format=straight) for key, value in state.items()}


def convert_checkpoint(source: Path, target: Path, shape: VqganShape) -> None:
    """Writes what `read` finds as safetensors, numbers of the same type, all or nothing.

    The metadata hold the source's sha256 and the shape; a second run sees them and writes nothing.
    """
    metadata = {
        "format": "pt",  # what the file's other readers look for
        "kind": KIND,
        "source_sha256": origin(source) or sha256(source),
        "shape": to_json(shape),
    }
    if _metadata(target) != metadata:
        _write(read_checkpoint(source, shape), target, metadata)


def converted_shape(path: Path) -> VqganShape | None:
    """The shape that `convert` noted in the file, or None for a file of another origin."""
    metadata = _metadata(path)
    return from_json(metadata.get("shape", ""), path.name) if metadata.get("kind") == KIND else None


def origin(path: Path) -> str | None:
    """The sha256 of the checkpoint that `convert` made the file from; None for another file."""
    return _metadata(path).get("source_sha256")


def sha256(path: Path) -> str:
    """Of the file's bytes; raises EngineError where they cannot be read."""
    try:
        return sha256_of(path)
    except FileNotFoundError as error:
        raise EngineError("model-missing", name=path.name, path=str(path)) from error
    except OSError as error:
        raise EngineError("checkpoint-damaged", name=path.name) from error


def _tensors(path: Path) -> Mapping[str, Tensor]:
    """Whatever the file is called, its first bytes tell what it is."""
    with path.open("rb") as file:
        head = file.read(512)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise EngineError("checkpoint-page", name=path.name)
    if head[8:9] == b"{":  # after the length of its own header
        return load_file(path)
    return safe_unpickle.load_pickle(path)


def _painting(keys: Iterable[str], prefix: str) -> list[str]:
    wanted = tuple(prefix + part for part in PARTS)
    return [key for key in keys if isinstance(key, str) and key.startswith(wanted)]


class _Unfilled(TorchFunctionMode):
    """Leaves the codebook without numbers: to make none, torch would import its compiler."""

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
    """Every tensor of such a model, on the device that has sizes but no numbers."""
    with torch.device("meta"), _Unfilled():
        return VQGAN(shape).state_dict()


def _fit(state: Mapping[str, Tensor], layout: Mapping[str, Tensor], name: str) -> None:
    wrong = [key for key in layout if key in state and not _alike(state[key], layout[key])]
    missing = [key for key in layout if key not in state]
    unknown = [key for key in state if key not in layout]
    for kind, keys in (("missing", missing), ("size", wrong), ("unknown", unknown)):
        if keys:
            few = ", ".join(key[:80] for key in keys[:NAMED])
            more = " …" if len(keys) > NAMED else ""
            raise EngineError("checkpoint-misfit", name=name, kind=kind, keys=few + more)


def _alike(value: Tensor, wanted: Tensor) -> bool:
    same_kind = value.is_floating_point() == wanted.is_floating_point()
    return same_kind and value.shape == wanted.shape


def _metadata(path: Path) -> dict[str, str]:
    try:
        with safe_open(path, framework="pt") as file:
            return file.metadata() or {}
    except (OSError, SafetensorError):
        return {}


def _write(state: dict[str, Tensor], target: Path, metadata: dict[str, str]) -> None:
    """In a folder of its own first; the target gets its name when all of it is on the disk."""
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        _sweep(target)
        part.mkdir()
        whole = part / target.name
        save_file(state, whole, metadata)  # which also leaves a file of its own when it is killed
        whole.chmod(part.stat().st_mode & 0o666)  # as any new file here, and not for us alone
        atomic_write.sync(whole)
        whole.replace(target)
        atomic_write.sync(target.parent)
    except (OSError, SafetensorError) as error:
        if _number(error) in NO_ROOM:
            size = sum(value.nbytes for value in state.values())
            raise EngineError(
                "checkpoint-no-room", path=str(target), megabytes=size // 1_000_000 + 1
            ) from error
        raise EngineError("checkpoint-unwritable", path=str(target)) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _sweep(target: Path) -> None:
    """Makes the folder, and removes what a conversion left in it that was killed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for path in target.parent.iterdir():
        mine = path.name.startswith(f".{target.name}.") and path.suffix == ".part"
        if mine and time.time() - path.stat().st_mtime > ORPHAN:
            shutil.rmtree(path, ignore_errors=True)


def _number(error: Exception) -> int | None:
    """The system's number of what went wrong; safetensors tells it in words only."""
    if isinstance(error, OSError):
        return error.errno
    told = re.search(r"os error (\d+)", str(error))
    return int(told[1]) if told else None
