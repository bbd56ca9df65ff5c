"""Find the environments of the original packages."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def environment(name: str) -> Path:
    """Return the folder of the environment *name*; without it the test fails, it is not skipped."""
    folder = ROOT / ".venv-conformance" / name
    assert (folder / ".ready").exists(), f"run sh tests/conformance/environment.sh {name} first"
    return folder


def run_original(script: Path, folder: Path, environment_name: str = "drafters") -> Path:
    """Run a script of the originals, which writes its numbers to the folder; return the folder."""
    python = environment(environment_name) / "bin/python"
    made = subprocess.run(
        [str(python), "-W", "ignore", str(script), str(folder)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
    )
    assert made.returncode == 0, made.stderr[-3000:]
    return folder
