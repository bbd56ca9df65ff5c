"""Decode images that users supply, which may be damaged or no images at all."""

import numpy as np

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
        (width, height), pixels = images.decode_image(data, MAX_AREA)
    except images.InvalidImage as error:
        raise EngineError(f"picture-{error.flaw}", name=name, **error.values) from error
    return np.frombuffer(pixels, np.uint8).reshape(height, width, 3).copy()
