"""Frames to H.264 by ffmpeg, which may be missing, crash or hang."""

import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from store.system.operating_system import kill_group, own_process_group

STALL_S = 60.0  # for one frame, and for the end of the file: after that the encoder hangs

# Tagged as BT.709: players guess the colour space of an untagged film, each by its own rule.
_COLOURS = (
    *("-vf", "scale=out_color_matrix=bt709:out_range=tv"),
    *("-colorspace", "bt709", "-color_primaries", "bt709"),
    *("-color_trc", "bt709", "-color_range", "tv"),
)
_QUALITY = ("-crf", "20", "-preset", "veryfast", "-movflags", "+faststart")


class FilmFailed(Exception):
    """The encoder is missing, or it failed; `str()` is one line that names it."""


def encode(frames: Sequence[NDArray[np.uint8]], path: Path, fps: float) -> None:
    """Write frames, [height, width, 3] with even sides, as an MP4. Raises FilmFailed.

    An encoder that takes no frame for a minute is killed.
    """
    height, width = frames[0].shape[:2]
    rate = str(Fraction(fps).limit_denominator())
    source = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", rate)
    target = ("-an", "-vcodec", "libx264", "-pix_fmt", "yuv420p", *_COLOURS, *_QUALITY, str(path))
    with tempfile.TemporaryFile() as said:
        try:
            from imageio_ffmpeg import get_ffmpeg_exe

            process = subprocess.Popen(
                [get_ffmpeg_exe(), "-y", "-v", "warning", *source, "-i", "-", *target],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=said,
                **own_process_group(),
            )
        except (ImportError, OSError, RuntimeError) as error:
            raise FilmFailed(
                f"ffmpeg: {_first_line(getattr(error, 'strerror', None) or str(error))}"
            ) from error
        assert process.stdin is not None  # a pipe
        try:
            _feed(process, frames)
        finally:
            if process.poll() is None:
                kill_group(process)
                process.wait()
            with suppress(OSError):
                process.stdin.close()
        if process.returncode:
            said.seek(0)
            reason = _first_line(said.read(2000).decode(errors="replace"))
            raise FilmFailed(f"ffmpeg: {reason or f'it ended with code {process.returncode}'}")


def _feed(process: "subprocess.Popen[bytes]", frames: Sequence[NDArray[np.uint8]]) -> None:
    assert process.stdin is not None
    with suppress(OSError):  # it has ended before the last frame; its exit code says why
        for frame in frames:
            with _killed_if_it_stalls(process):
                process.stdin.write(frame.tobytes())
    with _killed_if_it_stalls(process):
        with suppress(OSError):
            process.stdin.close()
        process.wait()


@contextmanager
def _killed_if_it_stalls(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    stalled = threading.Event()

    def kill() -> None:
        stalled.set()
        kill_group(process)

    limit = threading.Timer(STALL_S, kill)
    limit.start()
    try:
        yield
    finally:
        limit.cancel()
        if stalled.is_set():
            raise FilmFailed(f"ffmpeg did nothing for {STALL_S:.0f} s")


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:200]
