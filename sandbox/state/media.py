"""Photos, animations and documents, and the checks of uploads."""

import hashlib
import io
import mimetypes
import re
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import imageio_ffmpeg
from PIL import Image

from sandbox.errors import bad_request

MediaKind = Literal["photo", "animation", "document", "sticker"]

_MAX_PHOTO_BYTES = 10 * 1024 * 1024
_MAX_SIDES_SUM = 10_000  # width and height together
_MAX_PHOTO_RATIO = 20
_PHOTO_SIDE = 1280  # longest side of the photo that Telegram stores
_THUMBNAIL_SIDE = 320
_STICKER_SIDE, _MAX_STICKER_BYTES = 512, 512 * 1024
_PROBE_SECONDS = 20


@dataclass(frozen=True)
class SandboxMedia:
    """Media of a message. `data` is the upload; equality compares kind and bytes."""

    kind: MediaKind
    digest: str
    data: bytes = field(repr=False, compare=False)
    name: str = field(compare=False)
    mime: str = field(compare=False)
    width: int = field(default=0, compare=False)
    height: int = field(default=0, compare=False)
    duration: float = field(default=0.0, compare=False)
    served: bytes = field(default=b"", repr=False, compare=False)
    """The bytes of a download: Telegram recompresses photos and converts a GIF to MP4."""


def photo(data: bytes, name: str) -> SandboxMedia:
    """Check and recompress a photo; raise a refusal for what Telegram does not accept."""
    if len(data) > _MAX_PHOTO_BYTES:
        raise bad_request(f"file of size {len(data)} bytes is too big for a photo")
    with _open_image(data) as picture:
        width, height = picture.size
        if width + height > _MAX_SIDES_SUM or max(width, height) > _MAX_PHOTO_RATIO * min(
            width, height
        ):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
        resized = picture.convert("RGB")
        mime = Image.MIME.get(picture.format or "", "image/jpeg")
    resized.thumbnail((_PHOTO_SIDE, _PHOTO_SIDE))
    return SandboxMedia(
        "photo", _digest(data), data, name, mime, *resized.size, served=_jpeg(resized)
    )


def animation(data: bytes, name: str) -> SandboxMedia:
    """Check a GIF or a silent H.264 MP4; raise a refusal for anything else."""
    probe = _probe(data)
    silent_mp4 = "mp4" in probe.formats and probe.video == "h264" and not probe.has_audio
    if not silent_mp4 and probe.formats != ("gif",):
        kind = "Video" if probe.video else "Document"
        raise bad_request(f"can't use file of type {kind} as Animation")
    return _animated(data, name, probe)


def sticker(data: bytes, name: str) -> SandboxMedia:
    """Check a static sticker; raise a refusal for what Telegram does not accept."""
    with _open_image(data) as picture:
        if picture.format != "WEBP":
            raise bad_request("wrong file type")
        if max(picture.size) != _STICKER_SIDE or len(data) > _MAX_STICKER_BYTES:
            raise bad_request("STICKER_PNG_DIMENSIONS")
        size = picture.size
    return SandboxMedia("sticker", _digest(data), data, name, "image/webp", *size, served=data)


def document(data: bytes, name: str, *, detect: bool) -> SandboxMedia:
    """Keep any file unchanged; with `detect` a GIF becomes an animation, as in Telegram."""
    if detect and data.startswith((b"GIF87a", b"GIF89a")):
        return _animated(data, name, _probe(data))
    mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return SandboxMedia("document", _digest(data), data, name, mime, served=data)


def thumbnail(media: SandboxMedia) -> SandboxMedia | None:
    """Return the small size of a photo, or None if the photo itself is small."""
    if max(media.width, media.height) <= _THUMBNAIL_SIDE:
        return None
    with _open_image(media.served) as picture:
        resized = picture.convert("RGB")
    resized.thumbnail((_THUMBNAIL_SIDE, _THUMBNAIL_SIDE))
    data = _jpeg(resized)
    return SandboxMedia(
        "photo", _digest(data), data, media.name, "image/jpeg", *resized.size, served=data
    )


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height of an image that Pillow can read, otherwise None."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return picture.size
    except (OSError, ValueError):
        return None


@dataclass(frozen=True)
class _Probe:
    formats: tuple[str, ...] = ()
    video: str = ""
    width: int = 0
    height: int = 0
    duration: float = 0.0
    has_audio: bool = False


def _probe(data: bytes) -> _Probe:
    """Parse ffmpeg's description of a file; ffmpeg may use no protocol but `file`."""
    with _temporary_file(data) as path:
        report = _ffmpeg("-i", str(path)).stderr.decode(errors="replace")
    formats = re.search(r"^Input #0, (\S+), from", report, re.MULTILINE)
    video = re.search(r"Stream #.*Video: (\w+).*?, (\d{1,5})x(\d{1,5})", report)
    length = re.search(r"Duration: (\d+):(\d+):([\d.]+)", report)
    return _Probe(
        formats=tuple(formats[1].split(",")) if formats else (),
        video=video[1] if video else "",
        width=int(video[2]) if video else 0,
        height=int(video[3]) if video else 0,
        duration=int(length[1]) * 3600 + int(length[2]) * 60 + float(length[3]) if length else 0,
        has_audio="Audio: " in report,
    )


def _animated(data: bytes, name: str, probe: _Probe) -> SandboxMedia:
    served = data
    if probe.formats == ("gif",):
        name, served = f"{name}.mp4", _gif_to_mp4(data)
    return SandboxMedia(
        "animation",
        _digest(data),
        data,
        name,
        "video/mp4",
        probe.width,
        probe.height,
        probe.duration,
        served,
    )


def _gif_to_mp4(data: bytes) -> bytes:
    with _temporary_file(data) as path:
        output = path.with_suffix(".mp4")
        even = "scale=trunc(iw/2)*2:trunc(ih/2)*2"
        _ffmpeg("-v", "error", "-i", str(path), "-vf", even, "-pix_fmt", "yuv420p", str(output))
        if not output.exists():
            raise bad_request("can't use file of type Document as Animation")
        return output.read_bytes()


def _ffmpeg(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
    command = (imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-protocol_whitelist", "file")
    return subprocess.run(
        (*command, *arguments),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_PROBE_SECONDS,
        check=False,
    )


@contextmanager
def _temporary_file(data: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sandbox-") as folder:
        path = Path(folder) / "upload"
        path.write_bytes(data)
        yield path


@contextmanager
def _open_image(data: bytes) -> Iterator[Image.Image]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(data))
            with picture:
                if sum(picture.size) <= _MAX_SIDES_SUM:  # do not decode a photo that is refused
                    picture.load()
                yield picture
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombWarning):
        raise bad_request("IMAGE_PROCESS_FAILED") from None


def _jpeg(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=87)
    return target.getvalue()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
