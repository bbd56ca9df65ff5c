"""How much memory is free: what Linux can give, within the limits of control groups."""

from pathlib import Path

import pytest
import torch

from engine import hardware
from store.system.memory import free_main_memory

GB = 10**9


def linux(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "ascii")
    return root


MEMINFO = "MemTotal: 99 kB\nMemFree: 1 kB\nMemAvailable:    8000000 kB\n"


def test_without_groups_it_is_what_linux_can_give(tmp_path: Path) -> None:
    assert free_main_memory(linux(tmp_path, proc__meminfo=MEMINFO)) == 8_000_000 * 1024


def test_a_group_of_version_2_limits_it_and_so_do_those_around_it(tmp_path: Path) -> None:
    root = linux(tmp_path, proc__meminfo=MEMINFO, proc__self__cgroup="0::/outer/inner\n")
    top = root / "sys/fs/cgroup"
    for folder, most in (("outer/inner", "max"), ("outer", str(3 * GB))):
        (top / folder).mkdir(parents=True, exist_ok=True)
        (top / folder / "memory.max").write_text(f"{most}\n")
        (top / folder / "memory.current").write_text(f"{GB}\n")
        (top / folder / "memory.stat").write_text(f"anon 1\ninactive_file {GB // 2}\n")
    assert free_main_memory(root) == 3 * GB - GB + GB // 2


@pytest.mark.parametrize("place", ["", "docker/abc"])
def test_a_group_of_version_1_limits_it_also_where_a_container_shows_it_at_the_top(
    tmp_path: Path, place: str
) -> None:
    groups = "9:cpu,cpuacct:/x\n4:memory:/docker/abc\n0::/\n"
    root = linux(tmp_path, proc__meminfo=MEMINFO, proc__self__cgroup=groups)
    (group := root / "sys/fs/cgroup/memory" / place).mkdir(parents=True)
    (group / "memory.limit_in_bytes").write_text(str(2 * GB))
    (group / "memory.usage_in_bytes").write_text(str(3 * GB))
    assert free_main_memory(root) == 0
    (group / "memory.limit_in_bytes").write_text("9223372036854771712")
    assert free_main_memory(root) == 8_000_000 * 1024


def test_elsewhere_nobody_knows(tmp_path: Path) -> None:
    assert free_main_memory(tmp_path) is None
    assert hardware.free_memory(torch.device("meta")) is None
