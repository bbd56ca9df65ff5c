"""Read the text chunks of a PNG without decoding the picture; the file may be anything."""

import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO

from engine.errors import EngineError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_FILE = 64 << 20  # bytes; the largest picture that can be requested has 12 MiB of pixels
MAX_TEXT = 256 << 10
MAX_CHUNKS = 100_000


def read_texts(path: Path, keywords: Collection[str]) -> dict[str, str]:
    """Return the texts of these keywords, as far as the file can be read, without too long ones.

    Raises EngineError for a file that is no PNG, too large, or damaged before any of the texts.
    """
    name = path.name
    try:
        if not path.exists():
            raise EngineError("again-missing", path=str(path))
        if not path.is_file():  # a folder, a pipe, an endless device
            raise EngineError("again-not-png", name=name)
        if path.stat().st_size > MAX_FILE:
            raise EngineError("again-too-large", name=name, limit=MAX_FILE >> 20)
        with path.open("rb") as file:
            if file.read(len(SIGNATURE)) != SIGNATURE:
                raise EngineError("again-not-png", name=name)
            texts: dict[str, str] = {}
            for kind, data in _chunks(file):
                if kind == b"IEND":
                    return texts
                pair = _text(kind, data)
                if pair is not None and pair[0] in keywords:
                    texts.setdefault(*pair)
    except OSError as error:
        raise EngineError("again-unreadable", path=str(path), reason=error) from error
    if not texts:
        raise EngineError("again-damaged", name=name)
    return texts


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Yield type and data of chunks until the file ends; data only of texts up to MAX_TEXT."""
    for _ in range(MAX_CHUNKS):
        head = file.read(8)
        length, kind = int.from_bytes(head[:4]), head[4:]
        if len(head) < 8:
            return
        if kind not in (b"tEXt", b"iTXt") or length > MAX_TEXT:
            yield kind, b""
            file.seek(length + 4, 1)
            continue
        data, check = file.read(length), file.read(4)
        if zlib.crc32(kind + data) != int.from_bytes(check) or len(check) < 4:
            return
        yield kind, data


def _text(kind: bytes, data: bytes) -> tuple[str, str] | None:
    """Return keyword and text of a tEXt or iTXt chunk (PNG specification, section 11.3.3)."""
    keyword, _, rest = data.partition(b"\0")
    try:
        if kind == b"iTXt" and len(rest) > 2:
            compressed = rest[0] == 1
            _, _, rest = rest[2:].partition(b"\0")  # the language
            _, _, rest = rest.partition(b"\0")  # the keyword in that language
            if compressed:
                rest = zlib.decompressobj().decompress(rest, MAX_TEXT)
        elif kind != b"tEXt":
            return None
        return keyword.decode("latin-1"), rest.decode("utf-8")
    except (ValueError, zlib.error):
        return None
