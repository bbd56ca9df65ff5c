"""Write the files of an animation beside a picture, which does not depend on them."""

import logging
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from engine.errors import one_line
from engine.images.animation import Pixels, write_gif, write_mp4
from engine.logs import log_error

log = logging.getLogger(__name__)

MP4, GIF = "animation.mp4", "animation.gif"


def animations(frames: list[Pixels], seconds: float) -> tuple[dict[str, bytes], str | None]:
    """Return the files of the animation by their names, and what failed, if anything did.

    The picture does not depend on them.
    """
    done: dict[str, bytes] = {}
    fault: str | None = None
    try:
        with tempfile.TemporaryDirectory(prefix="mazok-") as folder:
            files = {MP4: write_mp4, GIF: write_gif}
            with ThreadPoolExecutor(len(files)) as both:  # ffmpeg is another process
                written = {
                    name: both.submit(write, frames, Path(folder, name), seconds)
                    for name, write in files.items()
                }
            for name, end in written.items():
                try:
                    end.result()
                    done[name] = Path(folder, name).read_bytes()
                except Exception as error:
                    log_error(log, logging.ERROR, f"there is no {name}", error)
                    fault = fault or one_line(error)
    except OSError as error:  # no place for temporary files
        log_error(log, logging.ERROR, "there is no animation", error)
        fault = fault or one_line(error)
    return done, fault
