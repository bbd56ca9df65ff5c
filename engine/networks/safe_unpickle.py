"""Reads what `torch.save` wrote, and runs nothing of it.

There are two locks, each of which would be enough. The first lists every name that the file's
pickle speaks of, and refuses those that are not below. The second is torch's `weights_only`, which
builds tensors, plain containers and our inert stand-ins, and nothing else.
"""

import io
import pickletools
import zipfile
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from engine.errors import EngineError

ZIPPED = (
    b"PK\x03\x04"  # torch's format since 1.6; before it were pickles in a row, then raw numbers
)
PICKLES = 5  # of the old format: magic number, version, system, the object, names of the storages
LONGEST = 64 << 20  # bytes of a pickle, which holds no numbers: the published have less than one MB


class Inert:
    """Stands for a class that a checkpoint names: it keeps nothing and does nothing."""

    def __new__(cls, *args: object) -> "Inert":
        return object.__new__(cls)

    def __init__(self, *args: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        pass


def mapping(*args: object) -> OrderedDict[Any, Any]:
    """Stands for a dictionary of another kind; torch fills only a few kinds, this being one."""
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
        "typing.Any",  # omegaconf writes down the types of its values
        *(f"builtins.{name}" for name in ("dict", "list", "int", "float", "str", "bool", "object")),
        *(
            f"numpy.{core}.multiarray.{name}"
            for core in CORES
            for name in ("scalar", "_reconstruct")
        ),
        "numpy.dtype",  # Lightning's best score may be one of numpy's
        "numpy.ndarray",
    }
)
MAPPINGS = frozenset({"collections.defaultdict"})
ORDERED = frozenset(  # dictionaries with methods of their own
    {
        "pytorch_lightning.utilities.parsing.AttributeDict",
        "lightning_fabric.utilities.data.AttributeDict",
    }
)
STORED = (
    "BFloat16", "Bool", "Byte", "Char", "Double", "Float", "Half", "Int", "Long", "Short",
)  # fmt: skip
TENSORS = frozenset(  # which torch builds itself
    {
        "collections.OrderedDict",
        "torch.Size",
        "torch._utils._rebuild_tensor",
        "torch._utils._rebuild_tensor_v2",
        "torch._utils._rebuild_parameter",
        *(f"torch.{kind}Storage" for kind in STORED),
        "_codecs.encode",  # how a pickle of this age writes bytes
        "builtins.set",
    }
)
ALLOWED = INERT | MAPPINGS | ORDERED | TENSORS


def load_pickle(path: Path) -> Mapping[str, Tensor]:
    """The state of the model in a file of torch's or Lightning's: names and tensors, on the CPU.

    Raises EngineError, for a file that names any code and for one that cannot be read. The numbers
    of a file of the zipped format are read when they are first looked at.
    """
    with path.open("rb") as file:
        zipped = file.read(4) == ZIPPED
    _refuse_code(path, zipped)
    stand_ins: list[Any] = [(Inert, name) for name in INERT]
    stand_ins += [(mapping, name) for name in MAPPINGS]
    stand_ins += [(OrderedDict, name) for name in ORDERED]
    try:
        with torch.serialization.safe_globals(stand_ins):
            loaded = torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
    except Exception as error:  # a file made with ill will fails in any way it likes
        raise EngineError("checkpoint-damaged", name=path.name) from error
    inner = _items(loaded).get("state_dict")
    state = _items(loaded if inner is None else inner)
    return {key: value for key, value in state.items() if isinstance(value, Tensor)}


def _items(value: object) -> dict[Any, Any]:
    """A plain copy, taken past the attributes, which the file may have set to anything."""
    return dict(dict.items(value)) if isinstance(value, dict) else {}


def _refuse_code(path: Path, zipped: bool) -> None:
    """The first lock: what a file may speak of is decided before any of it is built."""
    foreign: list[str] = []
    try:
        for stream in _pickles(path, zipped):
            for name in _foreign(stream):
                foreign.append(name)  # kept, should the rest be unreadable
    except Exception as error:  # as above: damage, or ill will
        if not foreign:
            raise EngineError("checkpoint-damaged", name=path.name) from error
    if foreign:
        names = ", ".join(name[:80] for name in list(dict.fromkeys(foreign))[:3])
        raise EngineError("checkpoint-code", name=path.name, names=names)


def _pickles(path: Path, zipped: bool) -> Iterator[BinaryIO]:
    if not zipped:
        with path.open("rb") as file:
            stream = io.BytesIO(file.read(LONGEST))
        for _ in range(PICKLES):
            yield stream
        return
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if entry.filename.endswith(".pkl"):
                if entry.file_size > LONGEST:
                    raise ValueError("a pickle of this length is no checkpoint's")
                yield io.BytesIO(archive.read(entry))


def _foreign(stream: BinaryIO) -> Iterator[str]:
    """The names in one pickle that no checkpoint needs, in their order."""
    texts: list[str] = []
    memo: dict[int, str] = {}
    for code, value, _ in pickletools.genops(stream):
        if code.name in ("GLOBAL", "INST"):
            full = _today(*str(value).split(" ", 1))
            if full not in ALLOWED:
                yield full
        elif code.name == "STACK_GLOBAL":  # too new for torch to write: whatever it names
            yield ".".join(texts[-2:])
        elif "UNICODE" in code.name:
            texts.append(str(value))
        elif code.name == "MEMOIZE":
            memo[len(memo)] = texts[-1] if texts else ""
        elif code.name in ("BINGET", "LONG_BINGET"):
            texts.append(memo.get(int(value or 0), ""))


def _today(module: str, name: str) -> str:
    """The name in full; torch writes it as Python 2 knew it."""
    if (module, name) in NAME_MAPPING:
        module, name = NAME_MAPPING[module, name]
    return f"{IMPORT_MAPPING.get(module, module)}.{name}"
