"""The animation of a painting: which steps are its frames, and its MP4 and GIF files."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.images.encoder import FilmFailed, encode

Pixels = NDArray[np.uint8]  # [height, width, 3], RGB

FRAMES = 60  # of one scene, at most
SECONDS = 3.5  # that the frames of one scene last
SHORTEST, LONGEST = 0.5, 60.0  # seconds of a film whose frames are counted by the second
SCENE_FRAMES, SCENE_SECONDS = 20, 1.5  # that each further scene adds
HOLD = 2.0  # seconds that the last frame is shown for
FILM_SIDE = 1280  # longer sides shrink to this: enough for a phone, and a few megabytes
GIF_SIDE = 800  # 60 noisy frames of this size stay under the 50 MB that a bot may send
MOTION_FPS = 15  # of a film with zoom or shift
MIN_FPS, MAX_FPS = 10, 50  # below it players stutter, above it a GIF cannot go


def frame_steps(total: int, frames: int = FRAMES) -> tuple[int, ...]:
    """Return at most `frames` of the steps 0..total, evenly spaced, with both ends."""
    if total < 1 or frames < 2:
        return (0,) if total < 1 else (0, total)
    gaps = min(total, frames - 1)
    return tuple((2 * gap * total + gaps) // (2 * gaps) for gap in range(gaps + 1))


@dataclass(frozen=True)
class Film:
    """The steps of a painting that are frames of its animation, and the seconds that they last."""

    steps: tuple[int, ...]
    seconds: float = SECONDS


def film(total: int, scenes: int = 1, every: int | None = None, fps: int | None = None) -> Film:
    """Return the film of `total` steps: evenly spaced frames, or one every `every` steps.

    fps: how many are shown in a second; None shows all of them in the usual time.
    """
    seconds = SECONDS + SCENE_SECONDS * (scenes - 1)
    if every is not None:
        steps: tuple[int, ...] = (*range(0, total, every), total)
    else:
        steps = frame_steps(total, FRAMES + SCENE_FRAMES * (scenes - 1))
    return Film(steps, seconds_of(steps, fps, seconds))


def seconds_of(steps: Sequence[int], fps: int | None, usual: float) -> float:
    """Return how long a film of these frames lasts, within the limits of what can be watched."""
    return usual if fps is None else min(max(len(steps) / fps, SHORTEST), LONGEST)


def moving_film(start: int, total: int, every: int, fps: int | None = None) -> Film:
    """Return a film with a frame every `every` steps from `start`, and one at the end."""
    steps = (*range(start, max(total - every, start) + 1, every), total)
    usual = max(len(steps) / MOTION_FPS, 1.0)
    return Film(tuple(dict.fromkeys(steps)), seconds_of(steps, fps, usual))


def shrink(frame: Pixels, side: int) -> Pixels:
    """Resize a frame whose longer side is more than `side` pixels to that."""
    height, width = frame.shape[:2]
    if max(height, width) <= side:
        return frame
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.LANCZOS))


def write_mp4(
    frames: Sequence[Pixels], path: Path, seconds: float = SECONDS, hold: float = HOLD
) -> None:
    """Write H.264 without sound: frames for `seconds`, then the last one for `hold` seconds.

    Raises FilmFailed where the file could not be written completely.
    """
    film = [_even(shrink(frame, FILM_SIDE)) for frame in _thinned(frames, seconds)]
    # Few frames are repeated: not every player shows two frames a second.
    repeat = math.ceil(MIN_FPS * seconds / len(film))
    fps = len(film) * repeat / seconds
    shown = [frame for frame in film for _ in range(repeat)]
    shown += [film[-1]] * max(1, round(hold * fps))
    encode(shown, path, fps)
    if not (path.is_file() and _is_complete(path)):
        raise FilmFailed("ffmpeg ended without writing the whole film")


def write_gif(
    frames: Sequence[Pixels], path: Path, seconds: float = SECONDS, hold: float = HOLD
) -> None:
    """Write a GIF that loops for ever, with one palette for all frames."""
    thinned = _thinned(frames, seconds)
    side = round(GIF_SIDE * min(1.0, (FRAMES / len(thinned)) ** 0.5))
    film = [Image.fromarray(shrink(frame, side)) for frame in thinned]
    palette = _shared_palette(film)
    first, *rest = (
        frame.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG) for frame in film
    )
    delay = max(2, round(100 * seconds / len(film))) * 10  # a GIF counts in hundredths of a second
    first.save(
        path,
        format="GIF",
        save_all=True,
        append_images=rest,
        duration=[delay] * len(rest) + [delay + round(hold * 100) * 10],
        loop=0,
        optimize=False,
    )


def _is_complete(path: Path) -> bool:
    """Return whether an MP4 has all its boxes (size, type, content), and they fill the file."""
    data = path.read_bytes()
    kinds, at = set(), 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        kinds.add(data[at + 4 : at + 8])
        if size == 1:  # too large for 32 bits
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        at += max(size, 8)
    return at == len(data) and {b"ftyp", b"moov", b"mdat"} <= kinds


def _thinned(frames: Sequence[Pixels], seconds: float) -> Sequence[Pixels]:
    """Return at most as many frames as fit into `seconds` at the highest frame rate."""
    if not frames:
        raise ValueError("a film needs at least one frame")
    steps = frame_steps(len(frames) - 1, int(MAX_FPS * seconds))
    return [frames[step] for step in steps]


def _even(frame: Pixels) -> Pixels:
    """Repeat the last row or column of an odd side: H.264 in yuv420p needs even ones."""
    height, width = frame.shape[:2]
    return np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def _shared_palette(film: Sequence[Image.Image]) -> Image.Image:
    """Return a palette of 256 colours for every sixth frame and, counted twice, the last one."""
    sample = [*film[::6], film[-1], film[-1]]
    width, height = (min(side, 128) for side in film[0].size)
    sheet = Image.new("RGB", (width, height * len(sample)))
    for row, frame in enumerate(sample):
        sheet.paste(frame.resize((width, height), Image.Resampling.NEAREST), (0, row * height))
    return sheet.quantize(256, method=Image.Quantize.MEDIANCUT)


def scene_ends(frames: Sequence[int], scene: int, total: int) -> list[int]:
    """Return the last frame of each scene but the last one.

    scene: steps of each scene; total: of all together.
    """
    ends = range(scene, total, scene) if scene else ()
    return [max(step for step in frames if step <= end) for end in ends]
