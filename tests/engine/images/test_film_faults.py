"""An encoder that is missing or crashes never costs the picture."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.images import encoder, output
from engine.images.animation import write_mp4
from engine.images.encoder import FilmFailed
from store.model import Notice
from tests.fixtures.engine import EngineHarness, TinyPipeline
from tests.fixtures.store import ask, deliver_all, sql

PICTURE = np.full((32, 32, 3), 200, np.uint8)
# What stands in ffmpeg's place, and the reason that is told of it.
TROUBLES = {
    "missing": (None, "No such file"),
    "crashes": (
        "head -c 100 >/dev/null; printf '\\0\\0\\0\\30ftyp' >\"$out\"; kill -9 $$",
        "code -9",
    ),
    "fails": ("cat >/dev/null; echo 'it is broken\nand more' >&2; exit 1", "it is broken"),
    "writes a part": ("cat >/dev/null; printf '\\0\\0\\0\\30ftyp' >\"$out\"", "the whole film"),
    "hangs": ("sleep 1000", "did nothing for 1 s"),
    "hangs at the end": ("cat >/dev/null; sleep 1000", "did nothing for 1 s"),
}


@pytest.fixture(params=TROUBLES)
def reason(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    script, reason = TROUBLES[request.param]
    ffmpeg = tmp_path / "ffmpeg"
    if script is not None:
        ffmpeg.write_text(f"#!/bin/sh\nfor out; do :; done\n{script}\n")
        ffmpeg.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(ffmpeg))
    monkeypatch.setattr(encoder, "STALL_S", 1.0)
    return reason


async def test_59_every_picture_arrives_without_an_encoder_and_its_film_as_a_gif(
    engine_harness: EngineHarness, reason: str
) -> None:
    job_ids = [await ask(engine_harness.db, user=user) for user in range(1, 4)]
    tiny = TinyPipeline()
    async with engine_harness.engine(tiny):
        ended = [await engine_harness.ended(job_id) for job_id in job_ids]
    assert {(job.state, job.attempt, job.notices) for job in ended} == {("done", 1, ())}
    assert tiny.painted == [*range(13)] * 3  # each once
    for job in ended:
        assert job.result is not None
        assert engine_harness.files.read(job.result.picture)[:4] == b"\x89PNG"
        assert job.result.animation == job.result.gif != ""
        assert engine_harness.files.read(job.result.gif)[:3] == b"GIF"
    kinds = await deliver_all(engine_harness.db)
    assert sorted(set(kinds)) == ["ack", "animation", "picture"] and len(kinds) == 9
    told = await sql(engine_harness.db, "SELECT kind, count, notice FROM alerts")
    assert [row[:2] for row in told] == [("encoder", 3)] and reason in told[0][2]
    # The engine can paint, so it stays in the queue.
    assert await sql(engine_harness.db, "SELECT COUNT(*) FROM jobs WHERE attempt > 1") == [(0,)]


async def test_a_picture_without_any_film_is_delivered_with_an_excuse(
    engine_harness: EngineHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object, **named: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("engine.images.animation_files.write_mp4", full)
    monkeypatch.setattr("engine.images.animation_files.write_gif", full)
    job_id = await ask(engine_harness.db)
    async with engine_harness.engine(TinyPipeline()):
        job = await engine_harness.ended(job_id)
    assert job.state == "done" and job.result is not None
    assert (job.result.animation, job.result.gif) == ("", "")
    assert job.notices == (Notice("notice-no-film", {"reason": "No space left on device"}),)
    assert await deliver_all(engine_harness.db) == ["ack", "picture", "tidy"]


def test_the_reason_is_one_line_and_the_command_line_keeps_the_picture_and_no_film_of_another(
    reason: str, tmp_path: Path
) -> None:
    with pytest.raises(FilmFailed, match=reason) as failed:
        write_mp4([PICTURE] * 60, tmp_path / "b.mp4")
    assert str(failed.value).startswith("ffmpeg") and "\n" not in str(failed.value)
    (tmp_path / "a.mp4").write_bytes(b"an older film")
    saved = output.save(tmp_path / "a.png", PICTURE, [PICTURE], {"prompt": "кот"})
    assert saved.film_fault and reason in saved.film_fault
    assert {path.name for path in tmp_path.glob("a.*")} == {"a.gif", "a.png"}


@pytest.mark.thorough
@pytest.mark.parametrize("encoder", ["/nowhere/ffmpeg", "/bin/false"])
def test_a_real_encoder_that_is_missing_or_fails_costs_no_picture(
    tmp_path: Path, encoder: str
) -> None:
    words = ["a red circle", "--size", "64x64", "--steps", "2", "--cutouts", "2", "--json"]
    ended = subprocess.run(
        [sys.executable, "-m", "engine", "draw", *words, "--out", str(tmp_path / "a.png")],
        env={**os.environ, "IMAGEIO_FFMPEG_EXE": encoder},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0 and "ffmpeg" in ended.stderr and "Traceback" not in ended.stderr
    assert json.loads(ended.stdout.splitlines()[-1])["mp4"] is None
    with Image.open(tmp_path / "a.png") as picture:
        picture.load()
