"""Find the environments of the original packages."""

from pathlib import Path

ROOT = Path(__file__).parents[2]


def environment(name: str) -> Path:
    """Return the folder of the environment *name*; without it the test fails, it is not skipped."""
    folder = ROOT / ".venv-conformance" / name
    assert (folder / ".ready").exists(), f"run sh tests/conformance/environment.sh {name} first"
    return folder
