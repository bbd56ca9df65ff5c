"""What differs between platforms: tried here, and with what Windows lacks taken away."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox import Sandbox
from store.system.operating_system import sync
from tests.fixtures.store import url

ROOT = Path(__file__).parents[3]
WINDOWS = os.pathsep.join([str(ROOT / "tests" / "fixtures" / "windows"), str(ROOT)])
PATIENCE_S = 120.0
TINY = ("--size", "64x64", "--steps", "2", "--cutouts", "2", "--seed", "1")


@pytest.fixture
def windows(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a process that finds what Windows has."""
    return os.environ | {
        "PYTHONPATH": WINDOWS,
        "MAZOK_HOME": str(tmp_path),
        "MAZOK_DATABASE": url(tmp_path / "mazok.db"),
        "LC_ALL": "C.UTF-8",
    }


def test_a_file_and_a_folder_are_synced_and_a_missing_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr("os.fsync", synced.append)
    (file := tmp_path / "file").touch()
    sync(file)
    sync(tmp_path)
    assert len(synced) == 2
    with pytest.raises(FileNotFoundError):
        sync(tmp_path / "missing")


def test_a_folder_that_cannot_be_opened_is_not_synced(windows: dict[str, str]) -> None:
    imports = "from store.system.home import default_home as home; from store.system import "
    code = f"{imports}operating_system; operating_system.sync(home())"
    subprocess.run([sys.executable, "-c", code], env=windows, check=True)


@pytest.mark.thorough
def test_windows_paints(windows: dict[str, str], tmp_path: Path) -> None:
    draw = [sys.executable, "-m", "engine", "draw", "a red circle", "--out", "x.png", *TINY]
    subprocess.run(draw, env=windows, cwd=tmp_path, check=True, timeout=PATIENCE_S)
    assert (tmp_path / "x.mp4").stat().st_size
    models = [sys.executable, "-m", "engine", "models"]
    subprocess.run(models, env=windows, check=True, timeout=PATIENCE_S, capture_output=True)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("program", "started"),
    [(("bot",), b"this is @"), (("engine", "serve"), b"is ready on")],
)
async def test_windows_runs_both_programs_until_a_signal(
    program: tuple[str, ...], started: bytes, windows: dict[str, str], telegram: Sandbox
) -> None:
    settings = {"MAZOK_BOT_API": telegram.url, "MAZOK_TOKEN": telegram.token}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *program, env=windows | settings, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            while started not in (line := await process.stderr.readline()):
                assert line, "it ended"
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
