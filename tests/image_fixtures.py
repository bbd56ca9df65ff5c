"""Small pictures as the bytes of a file, for whoever gives, sends or keeps one."""

from io import BytesIO
from typing import Any

from PIL import Image


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    data = BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def png(
    colour: str | tuple[int, int, int] = "red", size: tuple[int, int] = (12, 8), **options: Any
) -> bytes:
    """Of one colour; `size` is width and height."""
    return saved(Image.new("RGB", size, colour), **options)
