"""A step finds the memory that the last one freed; between jobs it goes back to the kernel."""

import subprocess
import sys

import pytest

from engine.kernels import allocator

MEASURE = """
import resource
from pathlib import Path
import torch
from engine.kernels import allocator

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

def pages():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

torch.set_num_threads(1)
x = torch.zeros(16 << 20)  # 64 MB
counts = []
for free in (0.0, 1e12):
    assert allocator.keep_freed(1e9, free) == bool(free)
    for _ in range(2):
        y = x + 1
        del y
    before = pages()
    for _ in range(4):
        y = x + 1
        del y
    counts.append(pages() - before)
held = resident()
allocator.give_back()
print(*counts, held - resident())
"""


@pytest.mark.skipif(allocator._library() is None, reason="glibc alone has these settings")
def test_freed_memory_is_found_again_and_given_back() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", MEASURE], check=True, capture_output=True, text=True, timeout=120
    )
    usual, kept, returned = map(int, ran.stdout.split())
    assert kept < usual  # how much less depends on where the kernel puts things
    assert returned > 60e6


def test_memory_is_kept_only_where_there_is_plenty() -> None:
    try:
        assert not allocator.keep_freed(1e9, 1.5e9)
        assert not allocator.keep_freed(1e9, None)
    finally:
        allocator.keep_freed(1.0, None)
