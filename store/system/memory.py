"""Measure the free memory of the machine, or of its container."""

from collections.abc import Iterator
from pathlib import Path

UNLIMITED = 1 << 60  # version 1 of cgroups writes "no limit" as a number of about 2 ** 63


def free_main_memory(root: Path) -> int | None:
    """Return the bytes that Linux can provide, within the limits of its control groups.

    root: of the file system, for tests.
    """
    limits = [limit for limit in (_available(root), *_cgroup_limits(root)) if limit is not None]
    return max(min(limits), 0) if limits else None


def _available(root: Path) -> int | None:
    for line in _read(root / "proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def _cgroup_limits(root: Path) -> Iterator[int | None]:
    """Yield what is left in the process's control group and in each of its parents."""
    for line in _read(root / "proc/self/cgroup").splitlines():
        number, controllers, path = line.split(":", 2)
        if number == "0":
            top, names = "sys/fs/cgroup", ("memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            top = "sys/fs/cgroup/memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        # In a container the path may be the host's, which does not exist here: then the container's
        # own group is the top one, and missing folders have no limit.
        group = Path(path.lstrip("/"))
        for folder in (group, *group.parents):
            yield _remaining(root / top / folder, *names)


def _remaining(group: Path, limit: str, usage: str, files: str) -> int | None:
    """Return what is left in one group; its inactive page cache is reclaimed before it is full."""
    maximum, used = _read(group / limit).strip(), _read(group / usage).strip()
    if not (maximum.isdecimal() and used.isdecimal()) or int(maximum) >= UNLIMITED:
        return None
    rows = (line.split() for line in _read(group / "memory.stat").splitlines())
    cached = next((int(row[1]) for row in rows if row[0] == files), 0)
    return int(maximum) - int(used) + cached


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except (OSError, ValueError):
        return ""
