"""Contact sheets of pictures, written as PNG by the standard library alone."""

import struct
import zlib
from pathlib import Path

import torch
from torch import Tensor


def sheet(pictures: Tensor, path: Path, columns: int = 12) -> None:
    """Writes pictures [n, 3, s, s] in rows; a last row that is not full is left out."""
    rows = [torch.cat(list(row), dim=2) for row in pictures.split(columns) if len(row) == columns]
    path.write_bytes(png(torch.cat(rows, dim=1)))


def png(picture: Tensor) -> bytes:
    """[3, height, width] of 0..1 -> a PNG file (ISO 15948): eight bits of red, green and blue."""
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
