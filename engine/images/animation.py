"""How a picture was painted, as a silent film (MP4) and as a true GIF."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass

import math
from itertools import chain
from pathlib import Path

import imageio.v3 as imageio
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]  # [height, width, 3], RGB

FRAMES = 60  # of a film, whatever the number of steps
SECONDS = 3.5  # of painting ...
SCENE_FRAMES, SCENE_SECONDS = 20, 1.5  # that each further scene adds
HOLD = 2.0  # ... and then of the finished picture
FILM_SIDE = 1280  # longer sides shrink to this: what a phone shows, and megabytes rather than tens
GIF_SIDE = 800  # 60 noisy frames of this size stay under the 50 MB that a bot may send
MOVING = 15  # frames a second of a film in which the picture itself moves
SLOWEST, FASTEST = 10, 50  # frames a second: below it players stutter, above it a GIF cannot go

# BT.709 said aloud: players guess the colours of an untagged film, each by its own rule.
_COLOURS = {
    "-vf": "scale=out_color_matrix=bt709:out_range=tv",
    "-colorspace": "bt709",
    "-color_primaries": "bt709",
    "-color_trc": "bt709",
    "-color_range": "tv",
}
_QUALITY = {"-crf": "20", "-movflags": "+faststart"}


def frame_steps(total: int, frames: int = FRAMES) -> tuple[int, ...]:
    """The steps of 0..total that are frames: at most so many, evenly spaced, with both ends."""
    if total < 1 or frames < 2:
        return (0,) if total < 1 else (0, total)
    gaps = min(total, frames - 1)
    return tuple((2 * gap * total + gaps) // (2 * gaps) for gap in range(gaps + 1))


@dataclass(frozen=True)
class Film:
    """The steps of a painting that are frames, and the seconds that they last."""

    steps: tuple[int, ...]
    seconds: float = SECONDS


def film(total: int, scenes: int = 1, every: int | None = None) -> Film:
    """The film of a painting of so many steps: evenly spaced frames, or one every so many steps."""
    seconds = SECONDS + SCENE_SECONDS * (scenes - 1)
    if every is not None:
        return Film((*range(0, total, every), total), seconds)
    return Film(frame_steps(total, FRAMES + SCENE_FRAMES * (scenes - 1)), seconds)


def moving_film(start: int, total: int, every: int) -> Film:
    """A frame every so many steps from `start`; the last one may take a few steps more."""
    steps = (*range(start, max(total - every, start) + 1, every), total)
    return Film(tuple(dict.fromkeys(steps)), max(len(steps) / MOVING, 1.0))


def shrink(frame: Pixels, side: int) -> Pixels:
    """The frame, made small enough for its longer side to be at most `side` pixels."""
    height, width = frame.shape[:2]
    if max(height, width) <= side:
        return frame
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.LANCZOS))


def write_mp4(
    frames: Sequence[Pixels], path: Path, seconds: float = SECONDS, hold: float = HOLD
) -> None:
    """H.264 without sound: `seconds` of painting, then the last frame for `hold` seconds."""
    film = [_even(shrink(frame, FILM_SIDE)) for frame in _thinned(frames, seconds)]
    # A few frames are each shown several times: two frames a second would not play everywhere.
    repeat = math.ceil(SLOWEST * seconds / len(film))
    fps = len(film) * repeat / seconds
    shown = [frame for frame in film for _ in range(repeat)]
    shown += [film[-1]] * max(1, round(hold * fps))
    imageio.imwrite(
        path,
        shown,
        plugin="FFMPEG",
        fps=fps,
        codec="libx264",
        pixelformat="yuv420p",
        macro_block_size=None,
        quality=None,
        output_params=[*chain(*_QUALITY.items(), *_COLOURS.items())],
    )
    if not _whole(path):  # imageio does not look at ffmpeg's exit code
        raise OSError(f"{path} could not be written whole")


def write_gif(
    frames: Sequence[Pixels], path: Path, seconds: float = SECONDS, hold: float = HOLD
) -> None:
    """A GIF that loops for ever, with one palette for all of its frames."""
    thinned = _thinned(frames, seconds)
    side = round(GIF_SIDE * min(1.0, (FRAMES / len(thinned)) ** 0.5))
    film = [Image.fromarray(shrink(frame, side)) for frame in thinned]
    palette = _shared_palette(film)
    first, *rest = (
        frame.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG) for frame in film
    )
    delay = max(2, round(100 * seconds / len(film))) * 10  # a GIF counts hundredths of a second
    first.save(
        path,
        format="GIF",
        save_all=True,
        append_images=rest,
        duration=[delay] * len(rest) + [delay + round(hold * 100) * 10],
        loop=0,
        optimize=False,
    )


def _whole(path: Path) -> bool:
    """Whether the boxes of an MP4 (size, kind, content) fill the file and are all there."""
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
    """At most as many frames as fit into `seconds`, so that every film takes the same time."""
    if not frames:
        raise ValueError("a film needs at least one frame")
    steps = frame_steps(len(frames) - 1, int(FASTEST * seconds))
    return [frames[step] for step in steps]


def _even(frame: Pixels) -> Pixels:
    """H.264 in yuv420p wants even sides: an odd one repeats its last row or column."""
    height, width = frame.shape[:2]
    return np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def _shared_palette(film: Sequence[Image.Image]) -> Image.Image:
    """The 256 colours that suit every sixth frame and, counted twice, the last one."""
    sample = [*film[::6], film[-1], film[-1]]
    width, height = (min(side, 128) for side in film[0].size)
    sheet = Image.new("RGB", (width, height * len(sample)))
    for row, frame in enumerate(sample):
        sheet.paste(frame.resize((width, height), Image.Resampling.NEAREST), (0, row * height))
    return sheet.quantize(256, method=Image.Quantize.MEDIANCUT)


def scene_ends(frames: Sequence[int], scene: int, total: int) -> list[int]:
    """The steps among `frames` that show how each scene but the last one ended.

    scene: steps of each; total: of all together.
    """
    ends = range(scene, total, scene)
    return [max(step for step in frames if step <= end) for end in ends]
