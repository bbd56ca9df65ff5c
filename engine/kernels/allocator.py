"""Let glibc keep the memory that a step frees for the next step, and give it back between jobs.

By default it returns large blocks to the kernel at once, and the next step waits for half a million
pages that are cleared again: a sixth of the decoder's time. Other C libraries are left alone.
"""

import ctypes
import sys
from functools import cache
from typing import Any

# Parameters of mallopt, from glibc's malloc.h.
TRIM_THRESHOLD, MMAP_MAX, ARENA_MAX = -1, -4, -8
USUAL_TRIM, USUAL_MMAPS = 128 * 1024, 65536
NEVER = 2**31 - 1
# Memory that is kept is in pieces: a painting may take half as much again, and other work some.
ROOM = 2.0


@cache
def _library() -> Any:
    """Return glibc, or None where there is another C library."""
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "gnu_get_libc_version") else None


def share_one_arena() -> None:
    """Let all threads that start later take memory from one place, which can keep large blocks."""
    if library := _library():
        library.mallopt(ARENA_MAX, 1)


def keep_freed(peak: float, free: float | None) -> bool:
    """Keep freed memory where so much is free beside a painting's peak; return whether it is kept.

    peak, free: bytes; None if what is free is not known.
    """
    library = _library()
    if library is None:
        return False
    keep = free is not None and peak * ROOM <= free
    library.mallopt(MMAP_MAX, 0 if keep else USUAL_MMAPS)
    library.mallopt(TRIM_THRESHOLD, NEVER if keep else USUAL_TRIM)
    return keep


def give_back() -> None:
    """Return all freed memory to the kernel."""
    if library := _library():
        library.malloc_trim(0)
