"""Durable, atomic writes to a local disk."""

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from store.system.operating_system import sync


def write_whole(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Write all of a file or nothing of it, and fsync it.

    mode: as for `os.open`, so the process's umask applies.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync(path.parent)


def create(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Write a file that does not exist yet; raise FileExistsError if it does."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)


def make_folder(folder: Path) -> None:
    """Create a folder for its owner only, and fsync each new name in its parent."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync(folder.parent)


def files_below(folder: Path) -> dict[str, float]:
    """Return the paths of all files below a folder, with the times of their last writes.

    Symbolic links are left out and not followed.
    """
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            with suppress(FileNotFoundError):
                facts = os.lstat(path)
                if stat.S_ISREG(facts.st_mode):
                    found[path] = facts.st_mtime
    return found
