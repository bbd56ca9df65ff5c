"""Small files and small folders: a reader sees a folder at a glance, and a file holds one idea."""

from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = (
    "mazok",
    "bot",
    "store",
    "engine",
    "sandbox",
    "migrations",
    "training",
    "benchmarks",
    "docs",
    "tests",
)
MAX_LINES = 300
MAX_MODULES = 12
GROWING = ROOT / "migrations" / "versions"  # one revision for each change of the tables


def test_no_file_has_more_than_three_hundred_lines() -> None:
    lines = {path: len(path.read_text("utf-8").splitlines()) for path in modules()}
    assert {name(path): count for path, count in lines.items() if count > MAX_LINES} == {}


def test_no_folder_has_more_than_a_dozen_modules() -> None:
    counts = Counter(path.parent for path in modules() if path.name != "__init__.py")
    del counts[GROWING]
    assert {name(path): count for path, count in counts.items() if count > MAX_MODULES} == {}


def modules() -> list[Path]:
    """Return the project's Python files."""
    return [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_each_migration_has_its_own_number_and_follows_the_one_before() -> None:
    """Two that were made at the same time may have the same, which no merge shows."""
    names = sorted(path.name[:4] for path in (ROOT / "migrations" / "versions").glob("0*.py"))
    assert names == [f"{number:04}" for number in range(1, len(names) + 1)]
