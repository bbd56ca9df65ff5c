"""The methods of the Bot API that the sandbox knows, by their names."""

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.api import account, callbacks, editing, inline, sending, updates_and_chats
from sandbox.api.arguments import CallArguments
from sandbox.state.world import World

Method = Callable[[World, CallArguments], Awaitable[Any]]

_ALL: dict[str, Method] = {
    **account.METHODS,
    **callbacks.METHODS,
    **editing.METHODS,
    **inline.METHODS,
    **updates_and_chats.METHODS,
    **sending.METHODS,
}
_BY_LOWER_NAME = {name.lower(): (name, method) for name, method in _ALL.items()}


def find_method(name: str) -> tuple[str, Method] | None:
    """Telegram does not mind the case of a method's name."""
    return _BY_LOWER_NAME.get(name.lower())
