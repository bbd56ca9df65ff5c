"""Decode one image in a process of its own, within limits; `images` starts it.

Its arguments are the names and values of `Limits`; it reads the image from stdin and writes a line
of JSON to stdout, followed by the pixels, if they are asked for.
"""

import json
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageOps

from store.files.formats import InvalidImage, open_image


@dataclass(frozen=True)
class Limits:
    """What a decoding may take."""

    max_pixels: int  # of the image as it is stored
    memory: int  # bytes, besides those of the program itself
    seconds: int  # of computing
    max_area: int = 0  # pixels of the result, to which larger images are reduced; 0: no result


def convert(image: Image.Image, max_area: int) -> Image.Image:
    """Return an image in RGB, 8 bits: upright, on white, with at most `max_area` pixels."""
    return _reduce(_flatten(_to_8_bits(_rotate(image))), max_area)


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
    if not image.mode.startswith(("I", "F")):
        return image
    import numpy as np  # late: few images need it

    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
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


def _reduce(picture: Image.Image, max_area: int) -> Image.Image:
    scale = (max_area / (picture.width * picture.height)) ** 0.5
    if scale < 1:
        size = (max(round(picture.width * scale), 1), max(round(picture.height * scale), 1))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    return picture


def _limit(limits: Limits) -> None:
    """Set the limits of this process, where the system can; exceeding memory is a MemoryError."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, most))
        pages = int(open("/proc/self/statm", encoding="ascii").read().split()[0])  # noqa: SIM115
        used = pages * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + limits.memory, used + limits.memory))


def decode(data: bytes, limits: Limits) -> tuple[dict[str, Any], bytes]:
    """Return what is told of an image, its size or its flaw, and the pixels of the result."""
    try:
        with open_image(data, limits.max_pixels) as image:
            if not limits.max_area:
                return {"size": image.size}, b""
            converted = convert(image, limits.max_area)
            return {"size": converted.size}, converted.tobytes()
    except InvalidImage as error:
        return {"flaw": error.flaw, "values": error.values}, b""


def main(arguments: list[str]) -> None:
    """Decode stdin to stdout within the limits."""
    limits = Limits(*map(int, arguments))
    data = sys.stdin.buffer.read()
    _limit(limits)
    told, pixels = decode(data, limits)
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + pixels)


if __name__ == "__main__":
    main(sys.argv[1:])
