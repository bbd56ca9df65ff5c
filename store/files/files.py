"""A store of files under keys, in a local folder or in any file system of fsspec."""

import errno
import math
import os
import re
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from store.errors import StoreError
from store.faults.availability import Availability
from store.files import atomic_write, object_store

_PART = r"[A-Za-z0-9_-][A-Za-z0-9._-]*"  # no leading dot: neither ".." nor a temporary name
_KEY = re.compile(rf"{_PART}(/{_PART})*")
MAX_KEY = 500


class InvalidKey(StoreError):
    """A key that could leave the store's folder, or that some file systems cannot hold."""


class Files:
    """A store of files; its calls block, so call them in a thread.

    Reading a missing key raises FileNotFoundError, a malformed key InvalidKey. `availability` tells
    whether the store can be used; outages are logged there.
    """

    def __init__(self, url: str) -> None:
        self.availability = Availability("the file store")
        self._fs, root = _file_system(url)
        self._root = root.rstrip("/")
        self._local = isinstance(self._fs, LocalFileSystem)

    def write(self, key: str, data: bytes) -> None:
        """Write a file atomically; on a local disk it is durable when this returns."""
        path = self._path(key)
        with self.availability.watch(writing=True):
            if self._local:
                atomic_write.make_folder(Path(path).parent)
                atomic_write.write_whole(Path(path), data, mode=0o600)
            else:
                self._fs.pipe_file(path, data)

    def create(self, key: str, data: bytes = b"") -> bool:
        """Write a file if there is none under the key; return whether this call has written it.

        Of several processes that try one succeeds, but for services that ignore conditions.
        """
        path = self._path(key)
        with self.availability.watch(writing=True):
            try:
                if self._local:
                    atomic_write.make_folder(Path(path).parent)
                    atomic_write.create(Path(path), data, mode=0o600)
                else:
                    self._fs.pipe_file(path, data, mode="create")
            except FileExistsError:
                return False
        return True

    def read(self, key: str) -> bytes:
        """Return the bytes of a file."""
        path = self._path(key)
        with self.availability.watch(writing=False):
            data: bytes = self._fs.cat_file(path)
        return data

    def probe(self, *, make_folder: bool = False) -> None:
        """Write a small file, read it and delete it; raise the error if any of it fails.

        make_folder: make a missing folder of a local store; else nothing is tried there.
        """
        if self._local and not make_folder and not self._fs.isdir(self._root):
            return
        key, data = f"probe-{secrets.token_hex(8)}", b"probe"
        try:
            self.write(key, data)
            if self.read(key) != data:
                raise OSError(errno.EIO, "the file store returns other bytes than were written")
        finally:
            with suppress(OSError):
                self.delete_file(key)

    def exists(self, key: str) -> bool:
        """Return whether there is a file under the key."""
        try:  # `isfile` of fsspec answers "no" to any error
            return bool(self._fs.info(self._path(key))["type"] == "file")
        except (FileNotFoundError, NotADirectoryError):
            return False

    def delete(self, prefix: str) -> None:
        """Delete a file, or everything below a prefix; a missing one is no error."""
        path = self._path(prefix)
        try:
            self._fs.rm(path, recursive=True)
        except FileNotFoundError:
            return

    def folders(self, folder: str) -> list[str]:
        """Return the names of the direct subfolders of a folder."""
        try:
            entries = self._fs.ls(self._path(folder), detail=True)
        except FileNotFoundError:
            return []
        paths = [entry["name"] for entry in entries if entry["type"] == "directory"]
        return [str(path).rstrip("/").rpartition("/")[2] for path in paths]

    def keys(self, folder: str) -> list[str]:
        """Return the keys of all files below a folder, without those of unfinished writes."""
        return [key for key in self._find(folder) if _KEY.fullmatch(key)]

    def older_than(self, folder: str, seconds: float) -> list[str]:
        """Return the keys below a folder last written more than `seconds` ago.

        Temporary files of broken writes are included. A file whose age the file system does not
        tell is not old.
        """
        limit = time.time() - seconds
        return [key for key, written_at in self._find(folder).items() if written_at < limit]

    def _find(self, folder: str) -> dict[str, float]:
        """Return all files below a folder, with the time of their last write."""
        path = self._path(folder)
        if self._local:
            below = atomic_write.files_below(Path(path))
            return {Path(name).relative_to(self._root).as_posix(): at for name, at in below.items()}
        try:
            entries = self._fs.find(path, detail=True)
        except FileNotFoundError:
            return {}
        start = len(self._root) + 1
        return {str(name)[start:]: _written_at(details) for name, details in entries.items()}

    def delete_file(self, key: str) -> None:
        """Delete one file that `older_than` has named; it may be gone already."""
        with suppress(FileNotFoundError):
            self._fs.rm_file(f"{self._root}/{key}")

    def _path(self, key: str) -> str:
        if len(key) > MAX_KEY or _KEY.fullmatch(key) is None:
            raise InvalidKey(f"not a key of a file: {key[:80]!r}")
        path = f"{self._root}/{key}"
        if self._local and Path(os.path.realpath(path)) != Path(os.path.realpath(self._root), key):
            # A link in the folder could lead a read, or worse a deletion, to anything.
            raise InvalidKey(f"a symbolic link is in the way: {key[:80]!r}")
        return path


def _file_system(url: str) -> tuple[Any, str]:
    """Return the file system of a URL, and the folder in it."""
    scheme, _, rest = url.partition("://")
    if scheme in object_store.SCHEMES:
        return object_store.ObjectStore(), rest
    file_system, root = url_to_fs(url)
    return file_system, str(root)


def _written_at(details: Mapping[str, Any]) -> float:
    """Return the time of the last write in seconds since 1970, from any file system's facts."""
    for name in ("mtime", "LastModified", "created"):
        at = details.get(name)
        if at is not None:
            return float(at.timestamp() if isinstance(at, datetime) else at)
    return math.inf
