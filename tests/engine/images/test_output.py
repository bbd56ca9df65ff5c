"""A picture's three files: all new or none, and metadata inside the PNG."""

import json
import os
import signal
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
import torch
from PIL import Image

from engine.errors import EngineError
from engine.images import output
from engine.images.animation import Pixels
from engine.images.animation_files import GIF, MP4, animations

PICTURE = np.arange(16 * 24 * 3, dtype=np.uint8).reshape(16, 24, 3)
METADATA = {"prompt": "кот | a hat", "seed": 7, "vqgan": "pocket"}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_picture_becomes_three_files(tmp_path: Path) -> None:
    saved = output.save(tmp_path / "cat.png", PICTURE, [PICTURE, PICTURE], METADATA)
    assert names(tmp_path) == ["cat.gif", "cat.mp4", "cat.png"]
    assert saved.png.read_bytes()[:4] == b"\x89PNG"
    assert saved.gif.read_bytes()[:3] == b"GIF"
    assert saved.mp4.read_bytes()[4:8] == b"ftyp"


def test_a_file_that_is_not_kept_shows_the_same() -> None:
    quick, usual = (output.png(PICTURE, quick=quick) for quick in (True, False))
    assert quick != usual
    for data in (quick, usual):
        with Image.open(BytesIO(data)) as picture:
            assert np.array_equal(np.asarray(picture), PICTURE)


def test_mp4_and_gif_are_made_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ffmpeg is another process, so one of the two needs no time of its own."""
    both = Barrier(2, timeout=20)

    def write(frames: Sequence[Pixels], path: Path, seconds: float) -> None:
        both.wait()
        path.write_bytes(b"film")

    for module in ("output", "animation_files"):
        for name in ("write_mp4", "write_gif"):
            monkeypatch.setattr(f"engine.images.{module}.{name}", write)
    output.save(tmp_path / "cat.png", PICTURE, [PICTURE], METADATA)
    assert names(tmp_path) == ["cat.gif", "cat.mp4", "cat.png"]
    assert animations([PICTURE], 1.0) == ({MP4: b"film", GIF: b"film"}, None)


def test_the_png_tells_how_it_was_painted(tmp_path: Path) -> None:
    saved = output.save(tmp_path / "cat.png", PICTURE, [PICTURE], METADATA)
    with Image.open(saved.png) as image:
        image.load()
        texts = getattr(image, "text", {})
        assert np.array_equal(np.asarray(image), PICTURE)
    assert texts["Software"].startswith("Mazok")
    assert json.loads(texts["Mazok"]) == METADATA


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError, SystemExit])
def test_an_interrupted_save_leaves_the_old_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    for ending in ("png", "gif", "mp4"):
        (tmp_path / f"cat.{ending}").write_text("old")

    def interrupted(frames: Sequence[Pixels], path: Path, seconds: float) -> None:
        path.write_bytes(b"half")
        raise error

    monkeypatch.setattr(output, "write_mp4", interrupted)
    with pytest.raises(error):
        output.save(tmp_path / "cat.png", PICTURE, [PICTURE], METADATA)
    assert names(tmp_path) == ["cat.gif", "cat.mp4", "cat.png"]
    assert {path.read_text() for path in tmp_path.iterdir()} == {"old"}


def test_a_name_that_cannot_be_taken_brings_the_old_files_back(tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_text("old")
    (tmp_path / "cat.mp4").mkdir()
    (tmp_path / "cat.mp4" / "film").write_text("kept")
    with (
        pytest.raises(OSError),
        pytest.MonkeyPatch.context() as patch,
    ):
        real = os.replace

        def replace(old: Path, new: Path) -> None:
            if new.name == "cat.mp4" and old.suffix == ".mp4":
                raise OSError("no")
            real(old, new)

        patch.setattr(os, "replace", replace)
        output.save(tmp_path / "cat.png", PICTURE, [PICTURE], METADATA)
    assert names(tmp_path) == ["cat.mp4", "cat.png"]
    assert (tmp_path / "cat.png").read_text() == "old"
    assert (tmp_path / "cat.mp4" / "film").read_text() == "kept"


def test_a_signal_during_the_renames_waits_for_all_three(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.replace

    def replace(old: Path, new: Path) -> None:
        signal.raise_signal(signal.SIGINT)
        real(old, new)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        output.save(tmp_path / "cat.png", PICTURE, [PICTURE], METADATA)
    assert names(tmp_path) == ["cat.gif", "cat.mp4", "cat.png"]


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("cat.jpg", "out-not-png"),
        ("cat", "out-not-png"),
        ("nowhere/cat.png", "out-no-folder"),
        ("folder.png", "out-is-folder"),
        (f"{'x' * 300}.png", "out-unwritable"),
    ],
)
def test_a_path_that_cannot_be_written_is_refused_before_the_painting(
    tmp_path: Path, path: str, key: str
) -> None:
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(EngineError) as refused:
        output.check_writable(tmp_path / path)
    assert refused.value.key == key
    assert str(refused.value)


def test_a_folder_that_nobody_can_write_to_is_refused() -> None:
    with pytest.raises(EngineError) as refused:
        output.check_writable(Path("/proc/cat.png"))
    assert refused.value.key == "out-unwritable"


def test_a_check_leaves_nothing_behind(tmp_path: Path) -> None:
    output.check_writable(tmp_path / "cat.png")
    assert names(tmp_path) == []


def test_pixels_are_rounded_and_kept_in_range() -> None:
    image = torch.tensor([-1.0, 0.0, 0.5, 1.0, 2.0, 0.25]).view(1, 2, 3).expand(3, 2, 3)
    assert output.pixels(image)[..., 0].tolist() == [[0, 0, 128], [255, 255, 64]]
