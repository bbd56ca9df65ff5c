"""A finished picture on disk: PATH.png with its story inside, PATH.gif, PATH.mp4; all or none."""

import json
import logging
import os
import secrets
import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import metadata as packages
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, PngImagePlugin

from engine.errors import EngineError
from engine.images import metadata as story
from engine.images import xmp
from engine.images.animation import SECONDS, Pixels, write_gif, write_mp4

if TYPE_CHECKING:
    from torch import Tensor

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OutputFiles:
    """Where the three files of one picture are."""

    png: Path
    gif: Path
    mp4: Path

    @classmethod
    def beside(cls, path: Path) -> "OutputFiles":
        """The names that go with PATH.png."""
        return cls(path, path.with_suffix(".gif"), path.with_suffix(".mp4"))


def pixels(image: "Tensor") -> Pixels:
    """[3, height, width] of 0..1 -> [height, width, 3] bytes."""
    array = image.detach().cpu().float().clamp(0, 1).permute(1, 2, 0).numpy()
    return np.ascontiguousarray(np.rint(array * 255).astype(np.uint8))


def png(picture: Pixels, metadata: Mapping[str, object] | None = None) -> bytes:
    """The picture as a PNG; the metadata, a story, stand in its texts as JSON and as XMP."""
    texts = PngImagePlugin.PngInfo()
    if metadata is not None:
        text = json.dumps(metadata, ensure_ascii=False)
        texts.add_text("Software", software())
        texts.add_itxt(story.KEYWORD, text)
        texts.add_itxt(xmp.KEYWORD, xmp.packet(metadata, text, software()))
    data = BytesIO()
    Image.fromarray(picture).save(data, "PNG", pnginfo=texts)
    return data.getvalue()


def software() -> str:
    """The program's name and version, as it signs its pictures."""
    try:
        return f"Mazok {packages.version('mazok')}"
    except packages.PackageNotFoundError:  # run from a folder without an install
        return "Mazok"


def check(path: Path) -> None:
    """Raises EngineError where `save(path, …)` could not work: known before the painting starts."""
    if path.suffix.lower() != ".png":
        raise EngineError("out-not-png", path=str(path))
    try:
        if not path.parent.is_dir():
            raise EngineError("out-no-folder", folder=str(path.parent))
        names = OutputFiles.beside(path)
        for name in (names.png, names.gif, names.mp4):
            if name.is_dir():
                raise EngineError("out-is-folder", path=str(name))
        # The mode bits say little (root, read-only mounts): only writing shows what can be written.
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise EngineError("out-unwritable", path=str(path), reason=error.strerror or "") from error


def save(
    path: Path,
    picture: Pixels,
    frames: Sequence[Pixels],
    metadata: Mapping[str, object],
    seconds: float = SECONDS,
) -> OutputFiles:
    """Writes the picture and its two animations; whatever interrupts, all three are new or none."""
    names = OutputFiles.beside(path)
    # Beside the targets, so that the renames stay on one disk; short, so that no name is too long.
    stem = path.absolute().parent / f".mazok-{secrets.token_hex(6)}"
    parts = OutputFiles.beside(stem.with_suffix(".png"))
    pairs = [(parts.png, names.png), (parts.gif, names.gif), (parts.mp4, names.mp4)]
    try:
        parts.png.write_bytes(png(picture, metadata))
        write_gif(frames, parts.gif, seconds)
        write_mp4(frames, parts.mp4, seconds)
        with _signals_held():
            _place(pairs)
    finally:
        with _signals_held():
            for part, _ in pairs:
                part.unlink(missing_ok=True)
    return names


def _place(pairs: Sequence[tuple[Path, Path]]) -> None:
    """Renames each part to its target; if one cannot be, the old files come back."""
    kept: list[Path] = []
    with ExitStack() as undo:
        for part, target in pairs:
            old = part.with_name(f"{part.name}.old")
            if target.exists():
                os.replace(target, old)
                undo.callback(os.replace, old, target)
                kept.append(old)
            else:
                undo.callback(target.unlink, missing_ok=True)
            os.replace(part, target)
        undo.pop_all()
    for old in kept:
        old.unlink(missing_ok=True)


@contextmanager
def _signals_held() -> Iterator[None]:
    """Ctrl-C and SIGTERM wait until the block is over (renames: well under a millisecond)."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python runs signal handlers in the main thread only
        return
    # Not pthread_sigmask: the kernel would hand the signal to one of torch's threads instead.
    caught: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: caught.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for late in caught:
            signal.raise_signal(late)
