"""Methods of the Bot API that the sandbox implements, by name."""

from sandbox.api import account, callbacks, editing, inline, sending, stickers, updates_and_chats
from sandbox.api.arguments import ApiMethod

_ALL: dict[str, ApiMethod] = {
    **account.METHODS,
    **callbacks.METHODS,
    **editing.METHODS,
    **inline.METHODS,
    **updates_and_chats.METHODS,
    **sending.METHODS,
    **stickers.METHODS,
}
_BY_LOWER_NAME = {name.lower(): (name, method) for name, method in _ALL.items()}


def find_method(name: str) -> tuple[str, ApiMethod] | None:
    """Return the method and its exact name; Telegram ignores the case of method names."""
    return _BY_LOWER_NAME.get(name.lower())
