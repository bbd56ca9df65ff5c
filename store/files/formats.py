"""The formats of images that users send, and what is wrong with an image."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from store.errors import StoreError
from store.faults import Owner

MAX_BYTES = 20_000_000
# Listed, since Pillow also has formats that start other programs (PostScript).
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "PPM")
FORMAT_NAMES = "JPEG, PNG, WebP, GIF, TIFF, BMP, AVIF"

# The first bytes of JPEG, PNG, GIF, TIFF, WebP and AVIF.
_KNOWN = re.compile(rb"\xff\xd8\xff|\x89PNG|GIF8|II\*\0|MM\0\*|RIFF....WEBP|....ftypavi", re.DOTALL)
# MP4 and MOV, Matroska and WebM, AVI, MPEG, Ogg, FLV.
_VIDEO = re.compile(
    rb"....ftyp(?!hei|hev|mif|msf|avi)|....moov|\x1a\x45\xdf\xa3|RIFF....AVI "
    rb"|\x00\x00\x01[\xba\xb3]|OggS|FLV\x01",
    re.DOTALL,
)
_CONTROLS = {chr(code) for code in range(32)} - set("\t\n\r\f")
_PAGE = re.compile(rb"\s*(<!doctype html|<html|<head|<!--)", re.IGNORECASE)


class InvalidImage(StoreError):
    """An image that is rejected.

    flaw: "empty", "heavy", "large", "page", "text", "video", "foreign" or "damaged".
    """

    owner = Owner.PERSON

    def __init__(self, flaw: str, **values: object) -> None:
        super().__init__(flaw, values)
        self.flaw = flaw
        self.values = values


@contextmanager
def open_image(data: bytes, max_pixels: int) -> Iterator[Image.Image]:
    """Decode an image; errors while it is used are raised as InvalidImage too.

    Size and format are checked before anything is decoded.
    """
    check_bytes(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about large sizes and odd metadata
            with Image.open(BytesIO(data), formats=FORMATS) as image:
                if image.width * image.height > max_pixels:
                    raise Image.DecompressionBombError
                image.load()
                yield image
    except Image.DecompressionBombError as error:
        raise _too_large(max_pixels) from error
    except MemoryError as error:
        raise _too_large(max_pixels) from error
    except UnidentifiedImageError as error:
        flaw = _detect_kind(data)
        values = {"formats": FORMAT_NAMES} if flaw == "foreign" else {}
        raise InvalidImage(flaw, **values) from error
    except Exception as error:  # Pillow's decoders raise many types
        raise InvalidImage("damaged") from error


def check_bytes(data: bytes) -> None:
    """Raise InvalidImage for what is known before anything is decoded."""
    if not data:
        raise InvalidImage("empty")
    if _VIDEO.match(data):  # also one that is too large for a picture
        raise InvalidImage("video")
    if len(data) > MAX_BYTES:
        raise InvalidImage("heavy", limit=MAX_BYTES // 10**6)


def _too_large(max_pixels: int) -> InvalidImage:
    return InvalidImage("large", limit=max(1, max_pixels // 10**6))


def _detect_kind(data: bytes) -> str:
    if _KNOWN.match(data):
        return "damaged"
    if _PAGE.match(data):
        return "page"
    try:
        control_characters = set(data.decode("utf-8")) & _CONTROLS
    except UnicodeDecodeError:
        return "foreign"
    return "foreign" if control_characters else "text"
