"""Write a finished picture: PATH.png with its metadata, PATH.gif and PATH.mp4, all or none."""

import json
import logging
import os
import secrets
import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from importlib import metadata as packages
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, PngImagePlugin

from engine.errors import EngineError
from engine.images import xmp
from engine.images.animation import SECONDS, Pixels, write_gif, write_mp4
from engine.images.encoder import FilmFailed
from engine.images.metadata import KEYWORD

if TYPE_CHECKING:
    from torch import Tensor

log = logging.getLogger(__name__)

QUICK, USUAL = 1, 6  # levels of zlib


@dataclass(frozen=True)
class OutputFiles:
    """The paths of the three files of one picture."""

    png: Path
    gif: Path
    mp4: Path
    film_fault: str | None = None  # why there is no MP4
    has_film: bool = True  # whether an animation was asked for

    @classmethod
    def beside(cls, path: Path) -> "OutputFiles":
        """Return the paths that go with PATH.png."""
        return cls(path, path.with_suffix(".gif"), path.with_suffix(".mp4"))


def pixels(image: "Tensor") -> Pixels:
    """Convert [3, height, width] in 0..1 to bytes [height, width, 3]."""
    array = image.detach().cpu().float().clamp(0, 1).permute(1, 2, 0).numpy()
    return np.ascontiguousarray(np.rint(array * 255).astype(np.uint8))


def png(
    picture: Pixels, metadata: Mapping[str, object] | None = None, *, quick: bool = False
) -> bytes:
    """Encode a picture as PNG, with the metadata in text chunks as JSON and as XMP.

    quick: in less than half the time, but a tenth larger: for files that are not kept.
    """
    texts = PngImagePlugin.PngInfo()
    if metadata is not None:
        text = json.dumps(metadata, ensure_ascii=False)
        texts.add_text("Software", software())
        texts.add_itxt(KEYWORD, text)
        texts.add_itxt(xmp.KEYWORD, xmp.packet(metadata, text, software()))
    data = BytesIO()
    level = QUICK if quick else USUAL
    Image.fromarray(picture).save(data, "PNG", pnginfo=texts, compress_level=level)
    return data.getvalue()


def software() -> str:
    """Return the program's name and version, as recorded in its pictures."""
    try:
        return f"Mazok {packages.version('mazok')}"
    except packages.PackageNotFoundError:  # run without an installation
        return "Mazok"


def check_writable(path: Path) -> None:
    """Raise EngineError where `save(path, …)` could not work: known before the painting starts."""
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
        raise EngineError("out-unwritable", path=str(path), reason=error) from error


def save(
    path: Path,
    picture: Pixels,
    frames: Sequence[Pixels],
    metadata: Mapping[str, object],
    seconds: float = SECONDS,
    *,
    others: Mapping[Path, bytes] | None = None,
    with_film: bool = True,
) -> OutputFiles:
    """Write the picture and its two animations; an interruption leaves all of them new or none.

    others: further files that belong to them.
    with_film: else the picture is written alone. Where the encoder fails there is no MP4, and the
    result says why.
    """
    names = OutputFiles.beside(path)
    # Beside the targets, so that renames stay on one disk; short, so that no name is too long.
    stem = path.absolute().parent / f".mazok-{secrets.token_hex(6)}"
    parts = OutputFiles.beside(stem.with_suffix(".png"))
    pairs = [(parts.png, names.png), (parts.gif, names.gif), (parts.mp4, names.mp4)]
    beside = {stem.with_suffix(f".{n}.png"): path for n, path in enumerate(others or {})}
    pairs = [*beside.items(), *pairs]  # the MP4 last
    try:
        for part, data in zip(beside, (others or {}).values(), strict=True):
            part.write_bytes(data)
        parts.png.write_bytes(png(picture, metadata))
        fault = None
        if with_film:
            with ThreadPoolExecutor(1) as encoding:  # ffmpeg is another process
                mp4 = encoding.submit(write_mp4, frames, parts.mp4, seconds)
                write_gif(frames, parts.gif, seconds)
            try:
                mp4.result()
            except FilmFailed as error:
                fault = str(error)
        written = [pair for pair in pairs if pair[0].exists() and not (fault and pair == pairs[-1])]
        with _signals_deferred():
            _place(written)
            for _, name in pairs:
                if name not in (target for _, target in written):
                    name.unlink(missing_ok=True)  # that of an earlier picture
    finally:
        with _signals_deferred():
            for part in (*beside, parts.png, parts.gif, parts.mp4):
                part.unlink(missing_ok=True)
    return replace(names, film_fault=fault, has_film=with_film)


def _place(pairs: Sequence[tuple[Path, Path]]) -> None:
    """Rename each part to its target; if one cannot be, restore the old files."""
    backups: list[Path] = []
    with ExitStack() as undo:
        for part, target in pairs:
            old = part.with_name(f"{part.name}.old")
            if target.exists():
                os.replace(target, old)
                undo.callback(os.replace, old, target)
                backups.append(old)
            else:
                undo.callback(target.unlink, missing_ok=True)
            os.replace(part, target)
        undo.pop_all()
    for old in backups:
        old.unlink(missing_ok=True)


@contextmanager
def _signals_deferred() -> Iterator[None]:
    """Defer SIGINT and SIGTERM to the end of the block (renames: well under a millisecond)."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python runs signal handlers in the main thread only
        return
    # Not pthread_sigmask: the kernel would deliver the signal to one of torch's threads instead.
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
        for deferred in caught:
            signal.raise_signal(deferred)
