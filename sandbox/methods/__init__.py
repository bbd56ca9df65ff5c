"""The methods of the Bot API that the sandbox knows, by their names."""

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.arguments import Arguments
from sandbox.methods import account, answering, editing, inlining, reading, sending
from sandbox.world import World

Method = Callable[[World, Arguments], Awaitable[Any]]

_ALL: dict[str, Method] = {
    **account.METHODS,
    **answering.METHODS,
    **editing.METHODS,
    **inlining.METHODS,
    **reading.METHODS,
    **sending.METHODS,
}
_BY_LOWER_NAME = {name.lower(): (name, method) for name, method in _ALL.items()}


def find_method(name: str) -> tuple[str, Method] | None:
    """Telegram does not mind the case of a method's name."""
    return _BY_LOWER_NAME.get(name.lower())
