"""Decode images that users supply, which may be damaged or no images at all."""

import numpy as np
from PIL import Image, ImageOps

from engine.errors import EngineError
from engine.images.animation import Pixels
from store.files import images
from store.request.request import MAX_AREA


def open_picture(data: bytes, name: str) -> Pixels:
    """Decode a file to [height, width, 3]: upright, on white, the first frame of several.

    Images with more pixels than a painting may have are reduced. Raises EngineError, which names
    the image as `name`.
    """
    try:
        with images.open_image(data) as image:
            return _reduce(_flatten(_to_8_bits(_rotate(image))))
    except images.InvalidImage as error:
        raise EngineError(f"picture-{error.flaw}", name=name, **error.values) from error


def _rotate(image: Image.Image) -> Image.Image:
    """Apply the orientation of EXIF; damaged EXIF is ignored."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # Pillow raises many kinds of errors here
        return image


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Scale images of more than 8 bits to 8; Pillow itself would clip values above 255.

    Integer and float images do not define white: it is the smallest usual value that covers all.
    """
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode not in ("I", "F"):
        return image
    values = np.nan_to_num(np.asarray(image, dtype=np.float32)).clip(min=0)
    whites = (255, 65535) if image.mode == "I" else (1, 255, 65535)
    brightest = float(values.max())
    white = next((value for value in whites if brightest <= value), brightest)
    return Image.fromarray(np.rint(values * (255 / white)).astype(np.uint8))


def _flatten(image: Image.Image) -> Image.Image:
    """Convert to RGB, with transparency on white."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    rgba = image.convert("RGBA")
    white = Image.new("RGBA", rgba.size, "white")
    return Image.alpha_composite(white, rgba).convert("RGB")


def _reduce(picture: Image.Image) -> Pixels:
    scale = (MAX_AREA / (picture.width * picture.height)) ** 0.5
    if scale < 1:
        size = (max(round(picture.width * scale), 1), max(round(picture.height * scale), 1))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    return np.array(picture)
