"""A file that is still being downloaded: NAME.part, NAME.part.json, and the hash of what came."""

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

ROOM = 64 << 20  # bytes left free for everything else on the disk
BLOCK = 1 << 20


class PartialFile:
    """What there is of a file so far; one process at a time holds it."""

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._handle = handle
        self._label = path.with_name(f"{path.name}.json")
        self.size = os.fstat(handle).st_size
        self._hash = hashlib.sha256()
        self._hashed = 0

    def validator(self, url: str) -> str | None:
        """The validator of the very file at `url` that this is the beginning of; else None."""
        try:
            label = json.loads(self._label.read_text("utf-8"))
            mine = label["source"] == _mark(url) and isinstance(label["validator"], str)
            return label["validator"] if mine else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def begin(self, url: str, validator: str) -> None:
        """Empties it for the file at `url`."""
        self.empty()
        label = {"source": _mark(url), "validator": validator}
        write_whole(self._label, json.dumps(label))

    def empty(self) -> None:
        """Throws away what there is, and what it was the beginning of."""
        self._label.unlink(missing_ok=True)  # first: no beginning may pass for another file's
        os.ftruncate(self._handle, 0)
        self.size = self._hashed = 0
        self._hash = hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Adds to the end; what was written stays, whatever happens."""
        self.sha256()
        with writing(self.path):
            _write(self._handle, data, self.size)
        self.size += len(data)
        self._hash.update(data)
        self._hashed += len(data)

    def sha256(self) -> str:
        """Of all that there is; the bytes of an earlier process are read once."""
        while self._hashed < self.size:
            block = os.pread(self._handle, BLOCK, self._hashed)
            if not block:
                raise DownloadError("download-unwritable", path=str(self.path), reason="EOF")
            self._hash.update(block)
            self._hashed += len(block)
        return self._hash.hexdigest()

    def become(self, target: Path) -> None:
        """The whole file under its own name, and lasting."""
        with writing(target):
            os.fsync(self._handle)
            self._label.unlink(missing_ok=True)
            os.replace(self.path, target)
            atomic_write.sync(target.parent)


@contextmanager
def locked(path: Path, waiting: Callable[[], None]) -> Iterator[PartialFile]:
    """The part at `path`, for this process alone; says `waiting` once where another has it."""
    told = False
    while True:
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not told:
                    waiting()
                told = True
                fcntl.flock(handle, fcntl.LOCK_EX)
            if _is_at(handle, path):  # else its holder has made it the whole file meanwhile
                part = PartialFile(path, handle)
                try:
                    yield part
                finally:
                    if _is_at(handle, path) and not os.fstat(handle).st_size:
                        path.unlink()
                return
        finally:
            os.close(handle)  # and with it goes the lock, as it does with a killed process


def check_room(folder: Path, missing: int) -> None:
    """Raises DownloadError where so many bytes would not fit."""
    free = shutil.disk_usage(folder).free
    if missing and missing + ROOM > free:
        need, have = -(-(missing + ROOM) // 10**6), free // 10**6
        raise DownloadError("download-no-room", folder=str(folder), need=need, have=have)


def sha256_of(path: Path) -> str:
    """The sha256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_whole(path: Path, text: str) -> None:
    """All of a small file or nothing of it."""
    with writing(path):
        atomic_write.write_whole(path, text.encode())


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Says in one sentence why a file could not be written; a full disk has its own."""
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


def _mark(url: str) -> str:
    """Tells one source from another without keeping its URL, which may hold keys."""
    return hashlib.sha256(url.encode()).hexdigest()


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
