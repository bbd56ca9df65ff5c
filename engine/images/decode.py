"""Opens pictures that people give: of many kinds, or broken, or no pictures at all."""

import numpy as np
from PIL import Image, ImageOps

from engine.errors import EngineError
from engine.images.animation import Pixels
from store.files import images
from store.request.request import MAX_AREA


def open_picture(data: bytes, name: str) -> Pixels:
    """The bytes of a file -> [height, width, 3], upright, on white, the first frame of several.

    Larger pictures than are ever painted come smaller. EngineError calls by `name` what is none.
    """
    try:
        with images.open_image(data) as image:
            return _reduced(_opaque(_levelled(_upright(image))))
    except images.InvalidImage as unfit:
        raise EngineError(f"picture-{unfit.flaw}", name=name, **unfit.values) from unfit


def _upright(image: Image.Image) -> Image.Image:
    """Turned as the camera was held; a picture is not refused for a broken note of that."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # Pillow raises whatever it stumbles over
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
