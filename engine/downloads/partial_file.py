"""A partial download: NAME.part, its source in NAME.part.json, and the hash of its bytes."""

import errno
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.errors import DownloadError
from store.files import atomic_write

RESERVE = 64 << 20  # bytes of the disk that are left free
BLOCK = 1 << 20


class PartialFile:
    """The downloaded part of a file; one process at a time has it open."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle = handle
        self._label = path.with_name(f"{path.name}.json")
        self.size = os.fstat(handle).st_size
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
        os.ftruncate(self._handle, 0)
        self.size = self._hashed = 0
        self._hash = hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Append bytes, which survive an interruption."""
        self.sha256()
        with write_errors(self.path):
            _write(self._handle, data, self.size)
        self.size += len(data)
        self._hash.update(data)
        self._hashed += len(data)

    def sha256(self) -> str:
        """Return the hash of all bytes; those of an earlier process are read once."""
        while self._hashed < self.size:
            block = os.pread(self._handle, BLOCK, self._hashed)
            if not block:
                raise DownloadError("download-unwritable", path=str(self.path), reason="EOF")
            self._hash.update(block)
            self._hashed += len(block)
        return self._hash.hexdigest()

    def finalise(self, target: Path) -> None:
        """Fsync the file and rename it to `target`."""
        with write_errors(target):
            os.fsync(self._handle)
            self._label.unlink(missing_ok=True)
            os.replace(self.path, target)
            atomic_write.sync(target.parent)


@contextmanager
def locked(path: Path, waiting: Callable[[], None]) -> Iterator[PartialFile]:
    """Lock and open the partial file at `path`; call `waiting` once if another process has it."""
    waited = False
    while True:
        with write_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not waited:
                    waiting()
                waited = True
                fcntl.flock(handle, fcntl.LOCK_EX)
            if _is_at(handle, path):  # else another process has renamed it meanwhile
                part = PartialFile(path, handle)
                try:
                    yield part
                finally:
                    if _is_at(handle, path) and not os.fstat(handle).st_size:
                        path.unlink()
                return
        finally:
            os.close(handle)  # releases the lock, as the end of the process would


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
        reason = error.strerror or type(error).__name__
        raise DownloadError("download-unwritable", path=str(path), reason=reason) from error


def _write(handle: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        count = os.pwrite(handle, view, offset)
        view, offset = view[count:], offset + count


def _source_id(url: str) -> str:
    """Return an identifier of a URL that does not reveal it, as it may contain keys."""
    return hashlib.sha256(url.encode()).hexdigest()


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
