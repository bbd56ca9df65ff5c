"""Read what `torch.save` wrote without running any code in it.

There are two checks, each of which would be enough. The first lists every name in the file's pickle
and refuses those that are not allowed below. The second is torch's `weights_only`, which builds
tensors, plain containers and the inert classes below, and nothing else.
"""

import io
import pickletools
import zipfile
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from engine.errors import EngineError

# In torch's format before 1.6, a sequence of pickles and then the raw data: magic number, version,
# system, the object, keys of the storages.
PICKLES = 5
MAX_DEPTH = 4  # of names of dictionaries in dictionaries: {"model": {"state_dict": …}}
MAX_PICKLE = 64 << 20  # bytes; without the data, published ones have less than 1 MB


class Inert:
    """A replacement for a class that a checkpoint names; it ignores its arguments and its state."""

    def __new__(cls, *args: object) -> "Inert":
        """Make an empty object."""
        return object.__new__(cls)

    def __init__(self, *args: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        pass


def ordered_dict(*args: object) -> OrderedDict[Any, Any]:
    """Replace another kind of dictionary by one of the few that torch fills."""
    return OrderedDict()


CALLBACKS = ("model_checkpoint.ModelCheckpoint", "early_stopping.EarlyStopping")
NODES = ("AnyNode", "BooleanNode", "EnumNode", "FloatNode", "IntegerNode", "StringNode")
CORES = ("core", "_core")  # before numpy 2, and since
INERT = frozenset(
    {
        *(f"pytorch_lightning.callbacks.{name}" for name in CALLBACKS),
        *(f"lightning.pytorch.callbacks.{name}" for name in CALLBACKS),
        "omegaconf.dictconfig.DictConfig",
        "omegaconf.listconfig.ListConfig",
        "omegaconf.base.ContainerMetadata",
        "omegaconf.base.Metadata",
        *(f"omegaconf.nodes.{name}" for name in NODES),
        "typing.Any",  # omegaconf stores the types of its values
        *(f"builtins.{name}" for name in ("dict", "list", "int", "float", "str", "bool", "object")),
        *(
            f"numpy.{core}.multiarray.{name}"
            for core in CORES
            for name in ("scalar", "_reconstruct")
        ),
        "numpy.dtype",  # Lightning's best score may be a numpy scalar
        "numpy.ndarray",
    }
)
MAPPINGS = frozenset({"collections.defaultdict"})
ORDERED = frozenset(  # dictionaries with further methods
    {
        "pytorch_lightning.utilities.parsing.AttributeDict",
        "lightning_fabric.utilities.data.AttributeDict",
    }
)
STORED = (
    "BFloat16", "Bool", "Byte", "Char", "Double", "Float", "Half", "Int", "Long", "Short",
)  # fmt: skip
TENSORS = frozenset(  # that torch builds itself
    {
        "collections.OrderedDict",
        "torch.Size",
        "torch._utils._rebuild_tensor",
        "torch._utils._rebuild_tensor_v2",
        "torch._utils._rebuild_parameter",
        *(f"torch.{kind}Storage" for kind in STORED),
        "_codecs.encode",  # how old pickle protocols write bytes
        "builtins.set",
    }
)
ALLOWED = INERT | MAPPINGS | ORDERED | TENSORS


def load_pickle(path: Path, zipped: bool) -> dict[str, Tensor]:
    """Read the tensors that torch or Lightning has saved, on the CPU.

    zipped: whether it is torch's format since 1.6; its tensors are memory-mapped.

    Tensors in dictionaries of dictionaries have the joined names: `state_dict.encoder.weight`.
    Raises EngineError for a file that names any code, and for one that cannot be read.
    """
    _refuse_code(path, zipped)
    replacements: list[Any] = [(Inert, name) for name in INERT]
    replacements += [(ordered_dict, name) for name in MAPPINGS]
    replacements += [(OrderedDict, name) for name in ORDERED]
    try:
        with torch.serialization.safe_globals(replacements), path.open("rb") as file:
            # By a path, torch would take a file of this name for another format.
            by_name = path.suffix != ".safetensors"
            source, mmap = (path, zipped) if by_name else (file, False)
            loaded = torch.load(source, map_location="cpu", weights_only=True, mmap=mmap)
        return dict(_tensors(loaded, "", set()))
    except Exception as error:  # a malicious file can raise anything
        raise EngineError("checkpoint-damaged", name=path.name) from error


def _tensors(value: object, prefix: str, seen: set[int]) -> Iterator[tuple[str, Tensor]]:
    """Yield the tensors in dictionaries whose keys are texts; each dictionary is visited once."""
    if not isinstance(value, dict) or id(value) in seen or prefix.count(".") > MAX_DEPTH:
        return
    seen.add(id(value))
    # A plain copy, without the attributes, which the file may have set to anything.
    for key, item in dict(dict.items(value)).items():
        if isinstance(key, str) and isinstance(item, Tensor):
            yield prefix + key, item
        elif isinstance(key, str):
            yield from _tensors(item, f"{prefix}{key}.", seen)


def _refuse_code(path: Path, zipped: bool) -> None:
    """Raise EngineError where a file names anything that is not allowed, before it is loaded."""
    refused: list[str] = []
    try:
        for stream in _pickles(path, zipped):
            for name in _refused_names(stream):
                refused.append(name)  # reported even if the rest is unreadable
    except Exception as error:  # damage or malice, as above
        if not refused:
            raise EngineError("checkpoint-damaged", name=path.name) from error
    if refused:
        names = ", ".join(name[:80] for name in list(dict.fromkeys(refused))[:3])
        raise EngineError("checkpoint-code", name=path.name, names=names)


def _pickles(path: Path, zipped: bool) -> Iterator[BinaryIO]:
    if not zipped:
        with path.open("rb") as file:
            stream = io.BytesIO(file.read(MAX_PICKLE))
        for _ in range(PICKLES):
            yield stream
        return
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if entry.filename.endswith(".pkl"):
                if entry.file_size > MAX_PICKLE:
                    raise ValueError("the pickle is too long for a checkpoint")
                yield io.BytesIO(archive.read(entry))


def _refused_names(stream: BinaryIO) -> Iterator[str]:
    """Yield the names in one pickle that are not allowed, in order."""
    texts: list[str] = []
    memo: dict[int, str] = {}
    for code, value, _ in pickletools.genops(stream):
        if code.name in ("GLOBAL", "INST"):
            full = _current_name(*str(value).split(" ", 1))
            if full not in ALLOWED:
                yield full
        elif code.name == "STACK_GLOBAL":  # torch writes older protocols: refuse any name
            yield ".".join(texts[-2:])
        elif "UNICODE" in code.name:
            texts.append(str(value))
        elif code.name == "MEMOIZE":
            memo[len(memo)] = texts[-1] if texts else ""
        elif code.name in ("BINGET", "LONG_BINGET"):
            texts.append(memo.get(int(value or 0), ""))


def _current_name(module: str, name: str) -> str:
    """Return the full name in Python 3; torch writes those of Python 2."""
    if (module, name) in NAME_MAPPING:
        module, name = NAME_MAPPING[module, name]
    return f"{IMPORT_MAPPING.get(module, module)}.{name}"
