"""Write contact sheets of pictures as PNG with the standard library alone."""

import struct
import zlib
from pathlib import Path

import torch
from torch import Tensor


def write_contact_sheet(pictures: Tensor, path: Path, columns: int = 12) -> None:
    """Write pictures [n, 3, s, s] in rows of `columns`; an incomplete last row is dropped."""
    rows = [torch.cat(list(row), dim=2) for row in pictures.split(columns) if len(row) == columns]
    path.write_bytes(encode_png(torch.cat(rows, dim=1)))


def encode_png(picture: Tensor) -> bytes:
    """Encode [3, height, width] in 0..1 as 8-bit RGB PNG (ISO 15948)."""
    _, height, width = picture.shape
    colours = (picture.detach().clamp(0, 1) * 255).round().byte().permute(1, 2, 0)
    unfiltered = torch.zeros(height, 1, dtype=torch.uint8, device=colours.device)
    lines = torch.cat([unfiltered, colours.reshape(height, 3 * width)], dim=1)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(lines.cpu().numpy().tobytes())),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
