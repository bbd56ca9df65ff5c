"""How a picture was painted: a film that plays in a chat, and a true GIF."""

import resource
import subprocess
from pathlib import Path

import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from engine.images.animation import (
    FRAMES,
    Pixels,
    frame_steps,
    shrink,
    write_gif,
    write_mp4,
)
from engine.images.encoder import FilmFailed


def moving(count: int, height: int = 33, width: int = 48) -> list[Pixels]:
    """A bright square that wanders over a gradient."""
    y, x = np.mgrid[0:height, 0:width]
    ground = np.stack([x * 4, y * 6, np.full_like(x, 90)], axis=-1).astype(np.uint8)
    film = []
    for number in range(count):
        frame = ground.copy()
        left = number * (width - 8) // count
        frame[8:16, left : left + 8] = (250, 240, 40)
        film.append(frame)
    return film


def probe(path: Path) -> str:
    """What ffmpeg tells about a film, and the time that it lasts."""
    command = [get_ffmpeg_exe(), "-hide_banner", "-i", str(path), "-f", "null", "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr


def decoded(path: Path, height: int, width: int) -> Pixels:
    command = [get_ffmpeg_exe(), "-v", "error", "-i", str(path)]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    data = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(data, np.uint8).reshape(-1, height, width, 3)


def seconds(path: Path) -> float:
    stamp = probe(path).split("Duration: ")[1].split(",")[0]
    hours, minutes, rest = stamp.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


@pytest.mark.parametrize("total", [1, 2, 59, 60, 61, 120, 300, 5000])
def test_frames_are_evenly_spaced_steps_with_both_ends(total: int) -> None:
    steps = frame_steps(total)
    assert steps[0] == 0 and steps[-1] == total
    assert len(steps) == min(total + 1, FRAMES)
    gaps = np.diff(steps)
    assert gaps.min() >= 1 and gaps.max() - gaps.min() <= 1


def test_a_painting_of_no_steps_has_one_frame() -> None:
    assert frame_steps(0) == (0,)


def test_the_film_is_silent_h264_that_starts_before_it_is_all_there(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    write_mp4(moving(20), path)
    told = probe(path)
    assert "Video: h264" in told and "yuv420p" in told and "bt709" in told
    assert "Audio" not in told
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("count", [1, 2, 7, 60, 400])
def test_every_film_lasts_four_to_six_seconds(tmp_path: Path, count: int) -> None:
    film, gif = tmp_path / "film.mp4", tmp_path / "film.gif"
    frames = moving(count, 16, 16)
    write_mp4(frames, film)
    write_gif(frames, gif)
    assert 4 <= seconds(film) <= 6
    with Image.open(gif) as image:
        lasts = 0
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            lasts += image.info["duration"]
    assert 4000 <= lasts <= 6000


def test_the_film_ends_with_the_finished_picture_held(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    frames = moving(30, 32, 48)
    write_mp4(frames, path)
    shown = decoded(path, 32, 48).astype(int)
    still = [np.abs(shown[-back] - frames[-1]).mean() < 4 for back in (1, 5, 15)]
    assert all(still)
    assert np.abs(shown[0] - frames[0]).mean() < 4
    assert np.abs(shown[0] - frames[-1]).mean() > 4


def test_odd_sides_gain_a_pixel_in_the_film_and_stay_in_the_gif(tmp_path: Path) -> None:
    frames = moving(3, 33, 47)
    write_mp4(frames, tmp_path / "film.mp4")
    write_gif(frames, tmp_path / "film.gif")
    assert "48x34" in probe(tmp_path / "film.mp4")
    with Image.open(tmp_path / "film.gif") as gif:
        assert gif.size == (47, 33)


def test_the_gif_loops_for_ever_with_one_palette(tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    write_gif(moving(12), path)
    with Image.open(path) as gif:
        assert gif.info["loop"] == 0
        assert getattr(gif, "n_frames", 1) == 12
    assert len(set(_palettes(path.read_bytes()))) == 1


def test_the_gif_looks_like_the_frames(tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    frames = moving(12)
    write_gif(frames, path)
    with Image.open(path) as gif:
        gif.seek(11)
        last = np.asarray(gif.convert("RGB")).astype(int)
    assert np.abs(last - frames[-1]).mean() < 6


def test_large_frames_shrink_and_keep_their_shape() -> None:
    assert shrink(np.zeros((2000, 1000, 3), np.uint8), 500).shape == (500, 250, 3)
    small = np.zeros((20, 10, 3), np.uint8)
    assert shrink(small, 500) is small


def test_a_film_that_does_not_fit_onto_the_disk_is_an_error(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (20, 64, 64, 3), dtype=np.uint8)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, limits[1]))
    try:
        with pytest.raises(FilmFailed, match="ffmpeg"):
            write_mp4(list(noise), tmp_path / "film.mp4")
        with pytest.raises(OSError, match="too large"):
            write_gif(list(noise), tmp_path / "film.gif")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_film_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one frame"):
        write_gif([], tmp_path / "film.gif")


def _palettes(data: bytes) -> list[bytes]:
    """Walks through the blocks of a GIF: its own palette, then those of its frames."""
    at = 13 + 3 * 2 ** ((data[10] & 7) + 1)
    found = [data[13:at]]
    while data[at] != 0x3B:
        if data[at] == 0x2C:
            flags = data[at + 9]
            size = 3 * 2 ** ((flags & 7) + 1) if flags >> 7 else 0
            found += [data[at + 10 : at + 10 + size]] if size else []
            at += 11 + size
        else:
            at += 2
        while data[at]:
            at += data[at] + 1
        at += 1
    return found
