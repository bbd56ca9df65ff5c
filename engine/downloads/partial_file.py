"""A partial download: NAME.part, its source in NAME.part.json, and the hash of its bytes."""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from filelock import FileLock, Timeout

from engine.errors import DownloadError
from store.files import atomic_write
from store.system.operating_system import sync

RESERVE = 64 << 20  # bytes of the disk that are left free
BLOCK = 1 << 20


class PartialFile:
    """The downloaded part of a file; one process at a time has it open."""

    def __init__(self, path: Path, file: FileIO) -> None:
        self.path = path
        self._file = file
        self._label = path.with_name(f"{path.name}.json")
        self.size = file.seek(0, os.SEEK_END)
        self._hash = hashlib.sha256()
        self._hashed = 0

    def validator(self, url: str) -> str | None:
        """Return the validator of the file at `url`, if this is the beginning of it; else None."""
        try:
            label = json.loads(self._label.read_text("utf-8"))
            same = label["source"] == _source_id(url) and isinstance(label["validator"], str)
            return label["validator"] if same else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def begin(self, url: str, validator: str) -> None:
        """Empty it for the file at `url`."""
        self.empty()
        label = {"source": _source_id(url), "validator": validator}
        write_whole(self._label, json.dumps(label))

    def empty(self) -> None:
        """Delete the bytes and the source that they are from."""
        self._label.unlink(missing_ok=True)  # first: bytes must never have a wrong source
        self._file.truncate(0)
        self.size = self._hashed = 0
        self._hash = hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Append bytes, which survive an interruption."""
        self.sha256()
        with write_errors(self.path):
            self._file.seek(self.size)
            left = memoryview(data)
            while left:  # unbuffered, so that a kill loses nothing; the system may take a part
                left = left[self._file.write(left) :]
        self.size += len(data)
        self._hash.update(data)
        self._hashed += len(data)

    def sha256(self) -> str:
        """Return the hash of all bytes; those of an earlier process are read once."""
        while self._hashed < self.size:
            self._file.seek(self._hashed)
            block = self._file.read(BLOCK)
            if not block:
                raise DownloadError("download-unwritable", path=str(self.path), reason="EOF")
            self._hash.update(block)
            self._hashed += len(block)
        return self._hash.hexdigest()

    def finalise(self, target: Path) -> None:
        """Close and fsync the file, and rename it to `target`."""
        with write_errors(target):
            self._file.close()  # Windows renames no open file
            sync(self.path)
            self._label.unlink(missing_ok=True)
            os.replace(self.path, target)
            sync(target.parent)


@contextmanager
def partial_file(path: Path, waiting: Callable[[], None]) -> Iterator[PartialFile]:
    """Lock and open the partial file at `path`; call `waiting` once if another process has it."""
    with locked(path, waiting):
        with write_errors(path):
            path.touch()
            file = FileIO(path, "r+")
        try:
            yield PartialFile(path, file)
        finally:
            file.close()
            if path.is_file() and not path.stat().st_size:
                path.unlink()


@contextmanager
def locked(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of `path`; call `waiting` once if another process has it.

    Its empty file stays: to remove one that another process waits for would make two locks.
    """
    with write_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path.with_name(f".{path.name.lstrip('.')}.lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            waiting()
            lock.acquire()
    try:
        yield
    finally:
        lock.release()


def check_room(folder: Path, missing: int) -> None:
    """Raise DownloadError where so many bytes would not fit on the disk."""
    free = shutil.disk_usage(folder).free
    if missing and missing + RESERVE > free:
        need, have = -(-(missing + RESERVE) // 10**6), free // 10**6
        raise DownloadError("download-no-room", folder=str(folder), need=need, have=have)


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_whole(path: Path, text: str) -> None:
    """Write a small file atomically."""
    with write_errors(path):
        atomic_write.write_whole(path, text.encode())


@contextmanager
def write_errors(path: Path) -> Iterator[None]:
    """Turn an OSError of writing a file into a DownloadError; a full disk has its own message."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DownloadError("download-disk-full", folder=str(path.parent)) from error
        raise DownloadError("download-unwritable", path=str(path), reason=error) from error


def _source_id(url: str) -> str:
    """Return an identifier of a URL that does not reveal it, as it may contain keys."""
    return hashlib.sha256(url.encode()).hexdigest()
