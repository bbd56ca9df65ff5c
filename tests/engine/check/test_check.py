"""`python -m engine --check`: a line for each finding, and the exit code of the worst."""

import errno
import io
import os
from pathlib import Path

import pytest

from engine import __main__ as program
from engine.check.abilities import check_device
from engine.check.run import run_check
from engine.settings import EngineSettings
from store.checks.report import CheckFinding
from store.files.files import Files
from store.texts import LANGUAGES
from tests.fixtures.gpu import pretend_gpus
from tests.fixtures.store import opened, sql, url


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAZOK_DATABASE", url(tmp_path / "mazok.db"))
    monkeypatch.setenv("MAZOK_FILES", str(tmp_path / "files"))
    monkeypatch.setenv("MAZOK_MODELS", str(tmp_path / "models"))


@pytest.fixture
def without_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the models and the painting for good, where something else is looked at."""
    good = [CheckFinding("check-models", dict.fromkeys(("vqgan", "latin", "cyrillic"), "pocket"))]
    good.append(CheckFinding("check-painting"))
    monkeypatch.setattr("engine.check.run.check_models", lambda *_: good)


def test_threads_sleep_while_they_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the check takes four times as long beside other programs."""
    for name in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT"):
        monkeypatch.delenv(name, raising=False)
    check_device(EngineSettings())
    assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE"
    assert int(os.environ["GOMP_SPINCOUNT"]) < 10_000  # by default some 300,000


def _checked(language: str = "en") -> tuple[int, list[str]]:
    stream = io.StringIO()
    code = run_check(EngineSettings(), stream, language)
    return code, stream.getvalue().splitlines()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_good_set_up_is_six_lines_and_code_0(language: str) -> None:
    code, lines = _checked(language)
    assert code == 0 and len(lines) == 6
    assert all(line.startswith("✓ ") for line in lines)


@pytest.mark.usefixtures("without_models")
def test_an_old_gpu_is_a_note_in_auto_and_code_2_where_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pretend_gpus(monkeypatch, "cuda", broken=("cuda",))
    code, lines = _checked()
    assert code == 0 and lines[0].startswith("! ") and "GTX 1080 (sm_61)" in lines[0]
    assert "processor" in lines[1] and "Models" in lines[2]
    pretend_gpus(monkeypatch, "cuda", broken=("cuda",))
    monkeypatch.setenv("MAZOK_DEVICE", "cuda")
    code, lines = _checked()
    assert code == 2 and "GTX 1080 (sm_61)" in lines[0] and "MAZOK_DEVICE=cpu" in lines[0]
    assert not any("Models" in line for line in lines)


def test_a_model_that_is_missing_is_code_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAZOK_CLIP", "ViT-B-32/openai")
    code, lines = _checked()
    assert code == 2 and "ViT-B-32/openai" in lines[1]


@pytest.mark.usefixtures("without_models")
@pytest.mark.parametrize("is_there", [False, True])
def test_no_ffmpeg_or_a_broken_one_is_code_1_and_one_line(
    is_there: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ffmpeg = tmp_path / "ffmpeg"
    if is_there:
        ffmpeg.write_text("#!/bin/sh\ncat > /dev/null\nexit 1\n")
        ffmpeg.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(ffmpeg))
    code, lines = _checked()
    assert code == 1 and len(lines) == 6
    assert lines[3].startswith("✗ ") and "ffmpeg" in lines[3]


@pytest.mark.usefixtures("without_models")
@pytest.mark.parametrize(("locale", "words"), [("C", "animation cannot"), ("ru_RU", "Анимация не")])
def test_a_missing_ffmpeg_is_told_before_the_first_job(
    locale: str, words: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    told = []

    async def serve(*_: object, **__: object) -> None:
        told.append(caplog.text)

    monkeypatch.setattr("engine.worker.worker.serve", serve)
    monkeypatch.setenv("LC_ALL", locale)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", "/nowhere/ffmpeg")
    assert program.main(["serve"]) == 0
    assert words in told[0] and "ffmpeg: No such file" in told[0]


def test_no_library_for_films_is_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> None:
        raise ImportError("No module named 'imageio_ffmpeg'\nand more")

    monkeypatch.setattr("imageio_ffmpeg.get_ffmpeg_exe", missing)
    code, lines = _checked()
    assert code == 1 and "imageio_ffmpeg" in lines[3] and "and more" not in lines[3]


@pytest.mark.usefixtures("without_models")
@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, 1), (errno.EROFS, 2)])
def test_a_full_disk_may_pass_and_a_read_only_volume_does_not(
    number: int, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Files, "write", fail)
    found, lines = _checked()
    assert found == code and lines[-1].startswith("✗ ")


def test_a_folder_of_somebody_else_ends_the_engine_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def deny(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Files, "write", deny)
    monkeypatch.setenv("LC_ALL", "C")
    assert program.main(["serve"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert str(tmp_path / "files") in line and "may not write" in line


@pytest.mark.usefixtures("without_models")
def test_the_command_prints_the_report_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--check"]) == 0
    said = capsys.readouterr()
    assert said.err == "" and said.out.count("\n") == 6


@pytest.mark.usefixtures("without_models")
async def test_a_check_claims_no_job(tmp_path: Path) -> None:
    import asyncio

    await asyncio.to_thread(_checked)
    async with opened(tmp_path) as db:
        assert await sql(db, "SELECT * FROM engines") == []
