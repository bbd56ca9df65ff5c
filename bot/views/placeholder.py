"""Make a blank picture that replaces one which Telegram does not delete."""

import struct
import zlib
from functools import cache

SIDE = 64  # pixels
GREY = b"\xc0"


@cache
def placeholder_png() -> bytes:
    """Return a grey PNG of SIDE × SIDE pixels."""
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)  # 8 bits, greyscale
    rows = (b"\0" + GREY * SIDE) * SIDE
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
