"""A disk for bot and engine that can be filled or made read-only, where the platform lets it."""

import ctypes
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sandbox.errors import Misuse

WELL, FULL, READ_ONLY = "well", "full", "read-only"
_SIZE = 1 << 30  # bytes, of which only what is written takes memory
_PAGE, _TRIES = 4096, 12
# Of mount(2) and unshare(2)
_NEW_MOUNTS, _READ_ONLY, _REMOUNT = 0x20000, 1, 32
_RECURSIVE, _PRIVATE, _DETACH = 0x4000, 1 << 18, 2


class Disk:
    """The usual disk, with which nothing can be done."""

    can: tuple[str, ...] = ()
    needs_stop: tuple[str, ...] = ()
    """States into which it comes only while no program has a file open."""

    def __init__(self) -> None:
        self.state = WELL

    def change(self, state: str, processes: Iterable[int]) -> None:
        """Bring the disk into a state; `processes` are the numbers of those that write to it."""
        if state != WELL and state not in self.can:
            raise Misuse(f"here the disk cannot be made {state}")
        try:
            self._apply(state, processes)
        except OSError as error:
            raise Misuse(f"the disk cannot be made {state}: {error.strerror}") from error
        self.state = state

    def started(self, process: int) -> None:
        """Note that another process writes to the disk."""

    def _apply(self, state: str, processes: Iterable[int]) -> None:
        pass


class LimitedDisk(Disk):
    """On Linux: processes that may not write to any file, not even to their logs.

    Each write fails with EFBIG; the usual error of a full disk is ENOSPC.
    """

    can = (FULL,)

    def _apply(self, state: str, processes: Iterable[int]) -> None:
        for process in processes:
            _limit_files(process, 0 if state == FULL else None)

    def started(self, process: int) -> None:
        """Limit a process that starts on a full disk."""
        self._apply(self.state, (process,))


class MemoryDisk(Disk):
    """On Linux for root: a file system in memory, which only this process and its children see."""

    can = (FULL, READ_ONLY)
    needs_stop = (READ_ONLY,)

    def __init__(self, folder: Path) -> None:
        """Mount it on the folder; OSError if that is not allowed."""
        super().__init__()
        self._folder, self._filler = os.fsencode(folder), folder / "filler"
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._must(self._libc.unshare(_NEW_MOUNTS))
        self._mount(b"/", b"", _RECURSIVE | _PRIVATE, b"")
        self._mount(self._folder, b"tmpfs", 0, b"mode=700,size=%d" % _SIZE)

    def unmount(self) -> None:
        """Remove it with all that it holds."""
        self._must(self._libc.umount2(self._folder, _DETACH))

    def _apply(self, state: str, processes: Iterable[int]) -> None:
        if state == READ_ONLY:
            self._mount(self._folder, b"tmpfs", _REMOUNT | _READ_ONLY, b"size=%d" % _SIZE)
            return
        self._mount(self._folder, b"tmpfs", _REMOUNT, b"size=%d" % _SIZE)
        self._filler.unlink(missing_ok=True)
        if state == FULL:
            self._shrink()
            _fill(self._filler)

    def _shrink(self) -> None:
        """Leave little room, so that filling the rest takes little memory."""
        for tries in range(_TRIES):
            size = _used(self._folder) + (_PAGE << tries)
            with suppress(
                OSError
            ):  # the system counts more than it tells, or something was written
                return self._mount(self._folder, b"tmpfs", _REMOUNT, b"size=%d" % size)

    def _mount(self, target: bytes, kind: bytes, flags: int, data: bytes) -> None:
        flags_of_c = ctypes.c_ulong(flags)
        self._must(self._libc.mount(b"mazok-demo", target, kind, flags_of_c, data))

    def _must(self, result: int) -> None:
        if result != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))


@contextmanager
def own_disk(folder: Path) -> Iterator[Disk]:
    """Yield the best disk that this platform offers, on a new folder of this name."""
    folder.mkdir()
    if sys.platform != "linux":
        yield Disk()
        return
    try:
        disk = MemoryDisk(folder)
    except OSError:
        yield LimitedDisk()
        return
    try:
        yield disk
    finally:
        disk.unmount()


def _fill(filler: Path) -> None:
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(_PAGE))


def _used(folder: bytes) -> int:
    numbers = os.statvfs(folder)
    return (numbers.f_blocks - numbers.f_bfree) * numbers.f_frsize


def _limit_files(process: int, most: int | None) -> None:
    """Limit how large files a process may write, in bytes; None: as large as it ever could."""
    import resource  # Windows has none

    with suppress(ProcessLookupError):
        _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
        limits = (hard if most is None else most, hard)
        resource.prlimit(process, resource.RLIMIT_FSIZE, limits)
