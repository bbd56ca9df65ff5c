"""Cut a sticker out of a picture: what hangs together with the rim and is of its colour goes."""

from io import BytesIO
from statistics import median_low

from PIL import Image, ImageChops, ImageDraw, ImageFilter

SIDE = 512  # pixels of the longer side, as Telegram demands
NEAR = 48  # levels of 255 by which the ground may differ from its median colour
FLAT = 0.6  # share of the rim that is of that colour, where there is a ground
LEAST, MOST = 0.02, 0.98  # shares of the picture that may be left
MARGIN = 6  # pixels left around what is cut out
SOFT = 0.8  # sigma in pixels of the edge
GROUND = 128  # a mark in the mask


def sticker_webp(size: tuple[int, int], rgb: bytes) -> bytes:
    """Return a WebP of SIDE pixels of a picture's (width, height) and bytes.

    Without a flat ground, nothing of the picture is cut away.
    """
    picture = _fitted(Image.frombytes("RGB", size, rgb))
    alpha = _alpha(picture)
    if alpha is not None:
        picture.putalpha(alpha)
        left, top, right, bottom = alpha.getbbox() or (0, 0, *picture.size)
        box = (left - MARGIN, top - MARGIN, right + MARGIN, bottom + MARGIN)
        picture = _fitted(picture.crop(box))
    target = BytesIO()
    picture.save(target, "WEBP", quality=90)
    return target.getvalue()


def _fitted(picture: Image.Image) -> Image.Image:
    """Resize so that the longer side has SIDE pixels."""
    scale = SIDE / max(picture.size)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _alpha(picture: Image.Image) -> Image.Image | None:
    """Return the alpha channel without the ground; None where there is no flat ground."""
    width, height = picture.size
    edges = [(0, 0, width, 1), (0, height - 1, width, height)]
    edges += [(0, 0, 1, height), (width - 1, 0, width, height)]
    rim = b"".join(picture.crop(edge).tobytes() for edge in edges)
    colour = tuple(median_low(rim[channel::3]) for channel in range(3))
    difference = ImageChops.difference(picture, Image.new("RGB", picture.size, colour))
    red, green, blue = difference.split()
    furthest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    mask = furthest.point([255 if level <= NEAR else 0 for level in range(256)])
    near_rim = sum(mask.crop(edge).histogram()[255] for edge in edges)
    if near_rim < FLAT * 2 * (width + height):
        return None
    framed = Image.new("L", (width + 2, height + 2), 255)
    framed.paste(mask, (1, 1))
    ImageDraw.floodfill(framed, (0, 0), GROUND)
    flooded = framed.crop((1, 1, width + 1, height + 1))
    alpha = flooded.point([0 if level == GROUND else 255 for level in range(256)])
    left = alpha.histogram()[255] / (width * height)
    if not LEAST <= left <= MOST:
        return None
    return alpha.filter(ImageFilter.GaussianBlur(SOFT))
