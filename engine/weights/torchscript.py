"""Read the tensors of a TorchScript archive (`torch.jit.save`) as data.

Such an archive has the program in `code/`, and in `data.pkl` a pickle of its objects, whose tensors
stand in `data/`. The program is not read. The pickle is not unpickled: the interpreter below knows
the operations that torch writes there, builds nothing but numbers, texts, lists, dictionaries and
`Node`, and refuses any other operation and any other name.
"""

import pickletools
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.errors import EngineError
from engine.weights.safe_unpickle import MAX_PICKLE

DTYPES = {
    "BFloat16": torch.bfloat16, "Bool": torch.bool, "Byte": torch.uint8, "Char": torch.int8,
    "Double": torch.float64, "Float": torch.float32, "Half": torch.float16, "Int": torch.int32,
    "Long": torch.int64, "Short": torch.int16,
}  # fmt: skip
TENSOR = "torch._utils _rebuild_tensor_v2"
NAMES = frozenset(
    {
        TENSOR,
        "collections OrderedDict",
        "torch device",
        *(f"torch {kind}Storage" for kind in DTYPES),
        *(f"torch.jit._pickle build_{kind}list" for kind in ("int", "bool", "double", "tensor")),
        "torch.jit._pickle restore_type_tag",
    }
)
PROGRAM = "__torch__"  # the package of the classes that the archive itself defines
MAX_DEPTH = 40  # of modules in modules


class _Mark:
    """The beginning of a tuple, a list or a dictionary on the stack."""


@dataclass
class Node:
    """What a name stands for, a call of it, or an object; `state` holds its attributes."""

    name: str
    arguments: tuple[Any, ...] = ()
    state: dict[str, Any] = field(default_factory=dict)


def load_torchscript(path: Path) -> dict[str, Tensor]:
    """Return the tensors of an archive by their paths, such as `visual.conv1.weight`.

    Raises EngineError for a name that no model needs, and for an archive that cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            (data,) = [name for name in archive.namelist() if name.endswith("/data.pkl")]
            if archive.getinfo(data).file_size > MAX_PICKLE:
                raise ValueError("the pickle is too long for a model")
            root = _interpret(archive.read(data), path.name)
            storages: dict[str, Tensor] = {}
            folder = data.removesuffix(".pkl")
            found = _nodes(root, (), set())
            return {key: _tensor(node, archive, folder, storages) for key, node in found}
    except EngineError:
        raise
    except Exception as error:  # a malicious file can raise anything
        raise EngineError("checkpoint-damaged", name=path.name) from error


def _interpret(data: bytes, file: str) -> object:
    """Return what a pickle describes, with a Node for each object, call and name."""
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    for code, value, _ in pickletools.genops(data):
        name = code.name
        if name == "STOP":
            return stack.pop()
        if name == "GLOBAL":
            if value not in NAMES and not str(value).startswith((f"{PROGRAM} ", f"{PROGRAM}.")):
                raise EngineError(
                    "checkpoint-code", name=file, names=str(value)[:80].replace(" ", ".")
                )
            stack.append(Node(str(value)))
        elif name in ("BINPUT", "LONG_BINPUT"):
            memo[int(value or 0)] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            stack.append(memo[int(value or 0)])
        elif name in LITERALS:
            stack.append(value)
        else:
            OPERATIONS[name](stack)
    raise ValueError("the pickle has no end")


LITERALS = frozenset({"BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE"})


def _above_mark(stack: list[Any]) -> list[Any]:
    start = max(i for i, value in enumerate(stack) if isinstance(value, _Mark))
    above = stack[start + 1 :]
    del stack[start:]
    return above


def _pairs(stack: list[Any]) -> None:
    values = _above_mark(stack)
    stack[-1].update(zip(values[::2], values[1::2], strict=True))


def _appends(stack: list[Any]) -> None:
    values = _above_mark(stack)
    stack[-1].extend(values)


def _item(stack: list[Any]) -> None:
    value, key = stack.pop(), stack.pop()
    stack[-1][key] = value


def _last(count: int) -> Callable[[list[Any]], None]:
    def operation(stack: list[Any]) -> None:
        values = tuple(stack[-count:])
        del stack[-count:]
        stack.append(values)

    return operation


def _call(stack: list[Any]) -> None:
    """Describe a call, or a new object, by a Node; nothing is called."""
    arguments, target = stack.pop(), stack.pop()
    stack.append(Node(target.name, tuple(arguments)))


def _build(stack: list[Any]) -> None:
    state = stack.pop()
    stack[-1].state = dict(state)


OPERATIONS: Mapping[str, Callable[[list[Any]], None]] = {
    "PROTO": lambda stack: None,
    "MARK": lambda stack: stack.append(_Mark()),
    "NONE": lambda stack: stack.append(None),
    "NEWTRUE": lambda stack: stack.append(True),
    "NEWFALSE": lambda stack: stack.append(False),
    "EMPTY_TUPLE": lambda stack: stack.append(()),
    "EMPTY_LIST": lambda stack: stack.append([]),
    "EMPTY_DICT": lambda stack: stack.append({}),
    "TUPLE": lambda stack: stack.append(tuple(_above_mark(stack))),
    "TUPLE1": _last(1),
    "TUPLE2": _last(2),
    "TUPLE3": _last(3),
    "APPEND": lambda stack: stack[-2].append(stack.pop()),
    "APPENDS": _appends,
    "SETITEM": _item,
    "SETITEMS": _pairs,
    "NEWOBJ": _call,
    "REDUCE": _call,
    "BUILD": _build,
    "BINPERSID": lambda stack: stack.append(Node("storage", tuple(stack.pop()))),
    "POP": lambda stack: stack.pop() and None,
}


def _nodes(node: object, path: tuple[str, ...], seen: set[int]) -> Iterator[tuple[str, Node]]:
    """Yield each tensor below an object, with its path; each module is visited once."""
    if not isinstance(node, Node) or len(path) > MAX_DEPTH:
        return
    if node.name == TENSOR:
        yield ".".join(path), node
    elif id(node) not in seen:
        seen.add(id(node))
        for key, value in node.state.items():
            yield from _nodes(value, (*path, str(key)), seen)


def _tensor(
    node: Node, archive: zipfile.ZipFile, folder: str, storages: dict[str, Tensor]
) -> Tensor:
    """Return the tensor: a view of a storage, whose bytes are read once.

    The arguments are those of torch: storage, offset, size and stride.
    """
    storage, offset, size, stride = node.arguments[:4]
    _, kind, key, _, _ = storage.arguments
    if key not in storages:
        entry = archive.getinfo(f"{folder}/{key}")
        if entry.compress_type != zipfile.ZIP_STORED:  # torch stores, and a bomb is compressed
            raise ValueError("a compressed tensor")
        data = bytearray(archive.read(entry))
        dtype = DTYPES[kind.name.removeprefix("torch ").removesuffix("Storage")]
        storages[key] = torch.frombuffer(data, dtype=dtype) if data else torch.empty(0, dtype=dtype)
    return torch.as_strided(storages[key], size, stride, offset)
