"""The engine goes on with pictures, latents and a queue that version 0.1.0 left behind.

Another processor paints the same picture with small differences, so pictures are compared by their
signal-to-noise ratio with those that version 0.1.0 finished.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.compatibility.restore import EXPECTED, SET, restore, row_counts

pytestmark = pytest.mark.thorough
ROOT = Path(__file__).parents[2]
CLOSE_DB = 30.0
PATIENCE_S = 300
FEWER = 9  # messages since then: no line goes before a picture, and a group gets it alone
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("MAZOK_")},
    "MAZOK_VQGAN": "pocket",
    "MAZOK_CLIP": "pocket",
    "MAZOK_RUCLIP": "pocket",
    "MAZOK_DEVICE": "cpu",
    "MAZOK_THREADS": "1",
    "MAZOK_MODELS": "nowhere",
    "OMP_NUM_THREADS": "1",
    "LC_ALL": "C.UTF-8",
    "PYTHONPATH": str(ROOT),
}
ENGINE = [sys.executable, "-m", "engine"]
UNPAINTED = (
    "SELECT COUNT(*) FROM jobs WHERE state = 'running' OR (state = 'queued' AND NOT awaiting AND "
    "NOT EXISTS (SELECT 1 FROM needs WHERE job_id = jobs.id AND model = 'imagenet_f16_16384'))"
)


def likeness_db(one: Path, other: Path) -> float:
    first, second = (np.asarray(Image.open(path).convert("RGB"), float) for path in (one, other))
    assert first.shape == second.shape
    error = float(((first - second) ** 2).mean())
    return 99.0 if error == 0 else float(10 * np.log10(255**2 / error))


def draw(folder: Path, *arguments: str, code: int = 0) -> Path:
    out = folder / "out.png"
    command = [*ENGINE, "draw", *arguments, "--out", str(out), "--json"]
    ran = subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == code, ran.stderr
    return out


@pytest.mark.parametrize("name", ["plain", "rich"])
def test_a_picture_is_painted_again(name: str, tmp_path: Path) -> None:
    out = draw(tmp_path, "--again", str(SET / f"cli/{name}.png"))
    assert likeness_db(out, SET / f"cli/{name}.png") >= CLOSE_DB


def test_a_picture_from_a_picture_asks_for_it(tmp_path: Path) -> None:
    draw(tmp_path, "--again", str(SET / "cli/from.png"), code=2)
    out = draw(tmp_path, "--again", str(SET / "cli/from.png"), "--init", str(SET / "cli/plain.png"))
    assert likeness_db(out, SET / "cli/from.png") >= CLOSE_DB


def test_a_saved_latent_is_resumed(tmp_path: Path) -> None:
    out = draw(tmp_path, "--resume", str(SET / "cli/laid.safetensors"))
    assert likeness_db(out, SET / "expected/resumed.png") >= CLOSE_DB


def test_a_half_painted_job_and_the_queue_are_finished(tmp_path: Path) -> None:
    path = restore(tmp_path)
    assert row_counts(path) == EXPECTED["counts"]
    environment = ENVIRONMENT | {
        "MAZOK_DATABASE": f"sqlite+aiosqlite:///{path}",
        "MAZOK_FILES": str(tmp_path / "files"),
    }
    log = tmp_path / "log"
    with log.open("wb") as stream:
        engine = subprocess.Popen([*ENGINE, "serve"], cwd=tmp_path, env=environment, stderr=stream)
    try:
        _wait_until_painted(path, engine)
        engine.send_signal(signal.SIGTERM)
        assert engine.wait(60) == 0
    finally:
        engine.kill()
        engine.wait()
    half = EXPECTED["jobs"]["half_painted"]
    step = EXPECTED["rows"][str(half)]["saved_step"]
    assert f"going on from step {step}" in log.read_text()
    with closing(sqlite3.connect(path)) as db:
        jobs = dict(db.execute("SELECT id, state FROM jobs"))
        assert jobs == {int(job): then["state"] for job, then in EXPECTED["painted"].items()}
        ((result,),) = db.execute("SELECT result FROM jobs WHERE id = ?", [half])
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    picture = tmp_path / "files" / json.loads(result)["picture"]
    assert likeness_db(picture, SET / "expected/half_painted.png") >= CLOSE_DB
    then, now = dict(EXPECTED["counts_after_painting"]), row_counts(path)
    then["outbox"] -= FEWER
    assert {table: now[table] for table in then} == then
    assert not list((tmp_path / f"files/jobs/{half}").glob("latent*"))


def _wait_until_painted(path: Path, engine: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE_S
    with closing(sqlite3.connect(path, timeout=60)) as db:
        while db.execute(UNPAINTED).fetchone()[0]:
            assert engine.poll() is None and time.monotonic() < deadline
            time.sleep(0.3)
