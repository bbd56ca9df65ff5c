"""Measure the free memory of the device that paints."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from store.system.memory import free_main_memory

if TYPE_CHECKING:
    import torch


SPINS = "1000"  # of the loop in which a thread looks for work: 20 to 50 microseconds


def let_threads_sleep() -> None:
    """Let torch's threads sleep while they wait; before it is imported, as it reads this then.

    Threads that spin take the processor from each other wherever anything else runs: four times
    slower beside one busy program. But to be woken takes them tens of microseconds, more than many
    small products take, so they look for work about as long before they sleep.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("GOMP_SPINCOUNT", SPINS)


def free_memory(device: "torch.device") -> int | None:
    """Return the bytes that a painting may take on the device; None if that is unknown."""
    if device.type == "cuda":
        import torch

        free, _ = torch.cuda.mem_get_info(device)
        # What torch has reserved and does not use at the moment.
        cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return free + cached
    return free_main_memory(Path("/")) if device.type == "cpu" else None


def device_memory(device: str) -> tuple[int, int] | None:
    """Return the (free, total) bytes of a device as everybody sees them; None if unknown."""
    if device.startswith("cuda"):
        import torch

        try:
            return torch.cuda.mem_get_info(torch.device(device))
        except RuntimeError:  # a device that is lost
            return None
    free = free_main_memory(Path("/"))
    if free is None or not hasattr(os, "sysconf"):
        return None
    return free, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
