"""Recognise the format of a file of weights by its first bytes, never by its name."""

import zipfile
from enum import Enum
from pathlib import Path

from engine.errors import EngineError

HEAD = 512  # bytes that are read
LEAST_TEXT = 16  # bytes; fewer are taken for the beginning of something that was cut short
ZIP_SIGNATURE = b"PK\x03\x04"
MARK = b"\xef\xbb\xbf"  # of UTF-8
WEIGHTS = (".ckpt", ".pt", ".pth", ".bin", ".safetensors", ".yaml")

ARCHIVES = {
    b"\x1f\x8b": "gzip", b"7z\xbc\xaf": "7z", b"Rar!": "rar", b"\xfd7zXZ": "xz", b"BZh": "bzip2",
    b"\x28\xb5\x2f\xfd": "zstd",
}  # fmt: skip
FOREIGN = {
    b"GGUF": "GGUF", b"\x89HDF": "HDF5", b"\x93NUMPY": "NumPy", b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"RIFF": "RIFF", b"%PDF": "PDF", b"\x7fELF": "ELF",
}  # fmt: skip
POINTERS = {b"version https://git-lfs": "lfs", b"/annex/objects/": "annex"}


class Format(Enum):
    """How tensors are stored in a file."""

    SAFETENSORS = "safetensors"
    ZIP = "zip"  # torch.save since 1.6
    TORCHSCRIPT = "torchscript"  # torch.jit.save
    PICKLE = "pickle"  # torch.save before 1.6, or a bare pickle


def format_of(path: Path) -> Format:
    """Return the format; raise OSError, or EngineError where the file holds no weights at all."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise not_weights(path, "empty")
    if head.removeprefix(MARK).lstrip().startswith(b"<"):
        raise EngineError("checkpoint-page", name=path.name)
    for signature, kind in POINTERS.items():
        if head.startswith(signature):
            raise not_weights(path, kind)
    for table, kind in ((ARCHIVES, "archive"), (FOREIGN, "foreign")):
        for signature, about in table.items():
            if head.startswith(signature):
                raise not_weights(path, kind, about)
    if head[257:262] == b"ustar":
        raise not_weights(path, "archive", "tar")
    if head.startswith(ZIP_SIGNATURE):
        return _kind_of_zip(path)
    # A header of JSON stands after the eight bytes of its length.
    return Format.SAFETENSORS if head[8:9] == b"{" else Format.PICKLE


def not_weights(path: Path, kind: str, about: str = "") -> EngineError:
    """Return the error for a file that holds no weights.

    kind: a variant of the text `weights-none`; about: a detail of it.
    """
    return EngineError("weights-none", name=path.name, kind=kind, about=about)


def is_text(path: Path) -> bool:
    """Return whether the beginning of a file that is no pickle is readable text."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start < HEAD - 4:  # the last character may be cut
            return False
        text = head[: error.start].decode("utf-8-sig")
    return len(head) >= LEAST_TEXT and all(x.isprintable() or x.isspace() for x in text)


def _kind_of_zip(path: Path) -> Format:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
        raise EngineError("checkpoint-damaged", name=path.name) from error
    if any(name.endswith("/constants.pkl") for name in names):
        return Format.TORCHSCRIPT
    if any(name.endswith(".pkl") for name in names):
        return Format.ZIP
    inside = [Path(name).name[:80] for name in names if name.endswith(WEIGHTS)]
    raise not_weights(path, "archive", ", ".join(["zip", *inside[:3]]))
