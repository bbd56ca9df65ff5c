"""A step finds the memory that the last one freed; between jobs it goes back to the kernel."""

import subprocess
import sys

import pytest

from engine.kernels import allocator

BLOCK = 64 << 20
# What small objects leave between blocks lets a few of them take new places, as many as malloc
# keeps of a size for a thread (7); from then on all are found again.
WARM, ROUNDS = 20, 10
# Resident memory says the same for pages of 4 KB and of 2 MB; counts of page faults do not.
MEASURE = f"""
import resource
from pathlib import Path
import torch
from engine.kernels import allocator

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

def rounds(count):
    for _ in range(count):
        y = x + 1
        del y
    return resident()

torch.set_num_threads(1)
x = torch.zeros({BLOCK // 4})
assert not allocator.keep_freed(1e9, 0.0)
usual = rounds(2)
assert allocator.keep_freed(1e9, 1e12)
first = rounds({WARM})
last = rounds({ROUNDS})
allocator.give_back()
print(usual, first, last, resident())
"""


@pytest.mark.skipif(allocator._library() is None, reason="glibc alone has these settings")
def test_freed_memory_is_kept_found_again_and_given_back() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", MEASURE], check=True, capture_output=True, text=True, timeout=120
    )
    usual, first, last, after = map(int, ran.stdout.split())
    assert first - usual > 0.9 * BLOCK  # it is kept
    assert last - first < 0.5 * BLOCK  # each of ten blocks was found again
    assert last - after > 0.9 * BLOCK and after - usual < 0.5 * BLOCK


def test_memory_is_kept_only_where_there_is_plenty() -> None:
    try:
        assert not allocator.keep_freed(1e9, 1.5e9)
        assert not allocator.keep_freed(1e9, None)
    finally:
        allocator.keep_freed(1.0, None)
