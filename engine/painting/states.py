"""The states of several pictures as one, whose keys begin with the picture's number."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

NUMBER = "number"  # of steps done: the same for all


def join(states: "Sequence[Mapping[str, Tensor]]") -> "dict[str, Tensor]":
    """Return the states of one picture, or of several that grow side by side, as one."""
    if len(states) == 1:
        return dict(states[0])
    keyed = {f"{n}.{key}": value for n, state in enumerate(states) for key, value in state.items()}
    return {NUMBER: states[0][NUMBER], **keyed}


def split(state: "Mapping[str, Tensor]") -> "list[dict[str, Tensor]]":
    """Return the states of the pictures that `join` has joined."""
    parts: dict[str, dict[str, Tensor]] = {}
    for key, value in state.items():
        number, dot, name = key.partition(".")
        if dot and number.isdecimal():
            parts.setdefault(number, {})[name] = value
    return [parts[number] for number in sorted(parts, key=int)] or [dict(state)]
