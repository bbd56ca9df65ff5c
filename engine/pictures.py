"""Opens pictures that people give: of many kinds, or broken, or no pictures at all."""

import re
import warnings
from io import BytesIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from engine.animation import Pixels
from engine.errors import EngineError
from store.request import MAX_AREA

MAX_BYTES = 20_000_000
MAX_PIXELS = 50_000_000
# Named, since Pillow would also try kinds that start other programs (PostScript).
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "PPM")
TOLD = "JPEG, PNG, WebP, GIF, TIFF, BMP, AVIF"

# The first bytes of JPEG, PNG, GIF, TIFF, WebP and AVIF.
_KNOWN = re.compile(rb"\xff\xd8\xff|\x89PNG|GIF8|II\*\0|MM\0\*|RIFF....WEBP|....ftypavi", re.DOTALL)
_CONTROLS = {chr(code) for code in range(32)} - set("\t\n\r\f")
_PAGE = re.compile(rb"\s*(<!doctype html|<html|<head|<!--)", re.IGNORECASE)


def open_picture(data: bytes, name: str) -> Pixels:
    """The bytes of a file -> [height, width, 3], upright, on white, the first frame of several.

    Larger pictures than are ever painted come smaller. EngineError calls by `name` what is none.
    """
    if not data:
        raise EngineError("picture-empty", name=name)
    if len(data) > MAX_BYTES:
        raise EngineError("picture-heavy", name=name, limit=MAX_BYTES // 10**6)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of large sizes and odd metadata
            with Image.open(BytesIO(data), formats=FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:  # nothing is decoded yet
                    raise Image.DecompressionBombError
                image.load()
                return _reduced(_opaque(_levelled(_upright(image))))
    except Image.DecompressionBombError as error:
        limit = MAX_PIXELS // 10**6
        raise EngineError("picture-large", name=name, limit=limit) from error
    except UnidentifiedImageError as error:
        key = _what_it_is(data)
        told = {"formats": TOLD} if key == "picture-foreign" else {}
        raise EngineError(key, name=name, **told) from error
    except Exception as error:  # Pillow's readers raise whatever they stumble over
        raise EngineError("picture-damaged", name=name) from error


def _upright(image: Image.Image) -> Image.Image:
    """Turned as the camera was held; a picture is not refused for a broken note of that."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # as above
        return image


def _levelled(image: Image.Image) -> Image.Image:
    """Pictures of more than 8 bits brought to 8; Pillow itself would cut off what is brighter.

    Whole and real numbers tell nowhere what white is: it is the least usual white that covers all.
    """
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode not in ("I", "F"):
        return image
    values = np.nan_to_num(np.asarray(image, dtype=np.float32)).clip(min=0)
    whites = (255, 65535) if image.mode == "I" else (1, 255, 65535)
    brightest = float(values.max())
    white = next((one for one in whites if brightest <= one), brightest)
    return Image.fromarray(np.rint(values * (255 / white)).astype(np.uint8))


def _opaque(image: Image.Image) -> Image.Image:
    """RGB; what can be seen through is seen on white."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    seen = image.convert("RGBA")
    white = Image.new("RGBA", seen.size, "white")
    return Image.alpha_composite(white, seen).convert("RGB")


def _reduced(picture: Image.Image) -> Pixels:
    scale = (MAX_AREA / (picture.width * picture.height)) ** 0.5
    if scale < 1:
        size = (max(round(picture.width * scale), 1), max(round(picture.height * scale), 1))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    return np.array(picture)


def _what_it_is(data: bytes) -> str:
    if _KNOWN.match(data):
        return "picture-damaged"
    if _PAGE.match(data):
        return "picture-page"
    try:
        strange = set(data.decode("utf-8")) & _CONTROLS
    except UnicodeDecodeError:
        return "picture-foreign"
    return "picture-foreign" if strange else "picture-text"
