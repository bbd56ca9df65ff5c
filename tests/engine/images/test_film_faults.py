"""An encoder that is missing or crashes never costs the picture."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.images import output
from engine.images.animation import FilmFailed, write_mp4
from store.model import Notice
from tests.fixtures.engine import EngineHarness, TinyPipeline
from tests.fixtures.store import ask, deliver_all, sql

PICTURE = np.full((32, 32, 3), 200, np.uint8)
MESSAGE = "No ffmpeg exe could be found.\nInstall it."


@pytest.fixture
def _no_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*arguments: object, **named: object) -> None:
        raise RuntimeError(MESSAGE)

    monkeypatch.setattr("imageio.v3.imwrite", missing)


@pytest.fixture
def _crashing_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    def crashes(path: Path, *arguments: object, **named: object) -> None:
        path.write_bytes(b"\0\0\0\x18ftyp")

    monkeypatch.setattr("imageio.v3.imwrite", crashes)


@pytest.mark.parametrize("trouble", ["_no_ffmpeg", "_crashing_ffmpeg"])
async def test_59_every_picture_arrives_without_an_encoder_and_its_film_as_a_gif(
    engine_harness: EngineHarness, request: pytest.FixtureRequest, trouble: str
) -> None:
    request.getfixturevalue(trouble)
    job_ids = [await ask(engine_harness.db, user=user) for user in range(1, 6)]
    tiny = TinyPipeline()
    async with engine_harness.engine(tiny):
        ended = [await engine_harness.ended(job_id) for job_id in job_ids]
    assert {(job.state, job.attempt, job.notices) for job in ended} == {("done", 1, ())}
    assert tiny.painted == [*range(13)] * 5  # each once
    for job in ended:
        assert job.result is not None
        assert engine_harness.files.read(job.result.picture)[:4] == b"\x89PNG"
        assert job.result.animation == job.result.gif != ""
        assert engine_harness.files.read(job.result.gif)[:3] == b"GIF"
    kinds = await deliver_all(engine_harness.db)
    assert sorted(set(kinds)) == ["ack", "animation", "picture", "slot"] and len(kinds) == 20
    assert await sql(engine_harness.db, "SELECT kind, count FROM alerts") == [("encoder", 5)]


async def test_a_picture_without_any_film_is_delivered_with_an_excuse(
    engine_harness: EngineHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object, **named: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("engine.worker.job_painter.write_mp4", full)
    monkeypatch.setattr("engine.worker.job_painter.write_gif", full)
    job_id = await ask(engine_harness.db)
    async with engine_harness.engine(TinyPipeline()):
        job = await engine_harness.ended(job_id)
    assert job.state == "done" and job.result is not None
    assert (job.result.animation, job.result.gif) == ("", "")
    assert job.notices == (Notice("notice-no-film", {"reason": "No space left on device"}),)
    assert await deliver_all(engine_harness.db) == ["ack", "slot", "picture", "tidy"]


@pytest.mark.usefixtures("_no_ffmpeg")
def test_the_encoder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FilmFailed, match=r"^ffmpeg: No ffmpeg exe could be found\.$"):
        write_mp4([PICTURE], tmp_path / "a.mp4")


@pytest.mark.usefixtures("_crashing_ffmpeg")
def test_the_command_line_keeps_the_picture_and_no_film_of_another(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"an older film")
    saved = output.save(tmp_path / "a.png", PICTURE, [PICTURE], {"prompt": "кот"})
    assert saved.film_fault and "ffmpeg" in saved.film_fault
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.gif", "a.png"]


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
