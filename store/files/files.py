"""Pictures, frames and latents, kept under keys in a folder or in any store that fsspec reaches."""

import math
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from store.errors import StoreError
from store.files import atomic_write

_PART = r"[A-Za-z0-9_-][A-Za-z0-9._-]*"  # no leading dot: no "..", and room for temporary names
_KEY = re.compile(rf"{_PART}(/{_PART})*")
MAX_KEY = 500


class InvalidKey(StoreError):
    """A key that could leave the store, or that not every store could hold."""


class Files:
    """Blocking calls: an event loop makes them in a thread. A missing key: FileNotFoundError."""

    def __init__(self, url: str) -> None:
        self._fs: Any
        self._fs, root = url_to_fs(url)
        self._root = str(root).rstrip("/")
        self._local = isinstance(self._fs, LocalFileSystem)

    def write(self, key: str, data: bytes) -> None:
        """All of it or nothing; on a disk of ours it also outlives a power cut."""
        path = self._path(key)
        if self._local:
            _make_folder(Path(path).parent)
            atomic_write.write_whole(Path(path), data, mode=0o600)
        else:
            self._fs.pipe_file(path, data)

    def read(self, key: str) -> bytes:
        """The bytes under the key."""
        data: bytes = self._fs.cat_file(self._path(key))
        return data

    def exists(self, key: str) -> bool:
        """Whether there is a file under the key."""
        return bool(self._fs.isfile(self._path(key)))

    def delete(self, prefix: str) -> None:
        """The key itself or everything below it; nothing there is no error."""
        path = self._path(prefix)
        try:
            self._fs.rm(path, recursive=True)
        except FileNotFoundError:
            return

    def folders(self, folder: str) -> list[str]:
        """The names of the folders directly below."""
        try:
            found = self._fs.ls(self._path(folder), detail=True)
        except FileNotFoundError:
            return []
        below = [one["name"] for one in found if one["type"] == "directory"]
        return [str(path).rstrip("/").rpartition("/")[2] for path in below]

    def untouched(self, folder: str, seconds: float) -> list[str]:
        """What lies below and was last written so long ago, leftovers of broken writes too.

        Where the store does not tell an age, nothing is old.
        """
        try:
            found = self._fs.find(self._path(folder), detail=True)
        except FileNotFoundError:
            return []
        before = time.time() - seconds
        old = [path for path, facts in found.items() if _written_at(facts) < before]
        return [str(path)[len(self._root) + 1 :] for path in old]

    def discard(self, key: str) -> None:
        """One file as `untouched` named it; it may be gone already."""
        with suppress(FileNotFoundError):
            self._fs.rm_file(f"{self._root}/{key}")

    def _path(self, key: str) -> str:
        if len(key) > MAX_KEY or _KEY.fullmatch(key) is None:
            raise InvalidKey(f"not a key of a file: {key[:80]!r}")
        return f"{self._root}/{key}"


def _written_at(facts: Mapping[str, Any]) -> float:
    """Seconds since 1970, as a disk, S3 or memory tell it."""
    for name in ("mtime", "LastModified", "created"):
        at = facts.get(name)
        if at is not None:
            return float(at.timestamp() if isinstance(at, datetime) else at)
    return math.inf


def _make_folder(folder: Path) -> None:
    """For nobody else to read; each new name is synced in the folder that holds it."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    atomic_write.sync(folder.parent)
