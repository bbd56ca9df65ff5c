"""What is wrong with a disk, in the words that texts choose their advice by."""

import errno
import os
from collections.abc import Iterator
from getpass import getuser
from typing import Any

_TROUBLES = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EROFS: "read-only",
    errno.EACCES: "denied",
    errno.EPERM: "denied",
}
_SQLITE_TROUBLES = {"SQLITE_FULL": "full", "SQLITE_READONLY": "read-only"}
LASTING = ("read-only", "denied")  # they do not pass by waiting


def disk_trouble(error: BaseException) -> str:
    """Return "full", "read-only" or "denied" by an error or what caused it, else "other"."""
    return next(filter(None, map(_trouble_of, causes(error))), "other")


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, then what caused it, the driver's own error last."""
    while error is not None:
        yield error
        error = getattr(error, "orig", None) or error.__cause__


def current_user() -> str:
    """Return the user that this process runs as: its number, which `chown` takes too."""
    return str(os.getuid()) if hasattr(os, "getuid") else getuser()


def _trouble_of(error: BaseException) -> str | None:
    name: Any = getattr(error, "sqlite_errorname", None)
    if isinstance(name, str):
        return next(
            (what for start, what in _SQLITE_TROUBLES.items() if name.startswith(start)), None
        )
    return _TROUBLES.get(error.errno or 0) if isinstance(error, OSError) else None
