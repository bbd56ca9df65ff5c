"""The demonstration as a process, with the real bot and engine, and a browser that looks at it."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

END_S = 60.0
NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """Return the path of Chromium; skip the test where there is none."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium: make test-browser installs it on Debian")
    return found


@contextmanager
def open_browser() -> Iterator["Browser"]:
    """Start a headless Chromium."""
    playwright = pytest.importorskip("playwright.sync_api")
    arguments = ["--no-sandbox"] if os.name == "posix" and os.geteuid() == 0 else []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=arguments)
        yield browser
        browser.close()


@contextmanager
def live_demo(folder: Path, **settings: str) -> Iterator[str]:
    """Run `sandbox demo --page` with these settings; yield the address of the page."""
    usual = {name: value for name, value in os.environ.items() if not name.startswith("MAZOK_")}
    with subprocess.Popen(
        (sys.executable, "-m", "sandbox", "demo", "--page", "--out", str(folder)),
        stdout=subprocess.PIPE,
        env={**usual, **settings, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"},
    ) as process:
        assert process.stdout
        try:
            line = process.stdout.readline().decode()
            yield next(word for word in line.split() if word.startswith("http"))
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
