"""How much memory there is to paint with: of the machine, of its container, or of the GPU."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

UNLIMITED = 1 << 60  # cgroups of version 1 write "no limit" as a number of about 2 ** 63


def free_memory(device: "torch.device") -> int | None:
    """Bytes that a painting may take on the device, or None where nobody can tell."""
    if device.type == "cuda":
        import torch

        on_the_card, _ = torch.cuda.mem_get_info(device)
        # What torch has taken from the card and does not use just now.
        spare = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return on_the_card + spare
    return free_main_memory(Path("/")) if device.type == "cpu" else None


def free_main_memory(root: Path) -> int | None:
    """Bytes of main memory: what Linux can give, within the limits of its control groups."""
    known = [one for one in (_available(root), *_within_groups(root)) if one is not None]
    return max(min(known), 0) if known else None


def _available(root: Path) -> int | None:
    for line in _read(root / "proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def _within_groups(root: Path) -> Iterator[int | None]:
    """What is left in the process's control group and in each one around it."""
    for line in _read(root / "proc/self/cgroup").splitlines():
        number, kinds, path = line.split(":", 2)
        if number == "0":
            top, names = "sys/fs/cgroup", ("memory.max", "memory.current", "inactive_file")
        elif "memory" in kinds.split(","):
            top = "sys/fs/cgroup/memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        # In a container the path may be the host's, which does not exist here: its own group is
        # then the top, and the folders that are missing say nothing.
        group = Path(path.lstrip("/"))
        for folder in (group, *group.parents):
            yield _left(root / top / folder, *names)


def _left(group: Path, limit: str, usage: str, files: str) -> int | None:
    """Of one group; pages of files that nobody reads just now are given up before it is full."""
    most, used = _read(group / limit).strip(), _read(group / usage).strip()
    if not (most.isdecimal() and used.isdecimal()) or int(most) >= UNLIMITED:
        return None
    rows = (line.split() for line in _read(group / "memory.stat").splitlines())
    cached = next((int(row[1]) for row in rows if row[0] == files), 0)
    return int(most) - int(used) + cached


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except (OSError, ValueError):
        return ""
