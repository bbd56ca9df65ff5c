"""The pictures that a request names, found by their names and each opened once."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import EngineError
from engine.images.animation import Pixels
from engine.images.decode import open_picture
from store.files.files import Files, InvalidKey
from store.files.images import MAX_BYTES
from store.request.request import DrawRequest

if TYPE_CHECKING:
    from torch import Tensor

Pictures = Callable[[str], "Tensor"]  # the name of a picture -> [1, 3, height, width] of 0..1

MAX_SHOWN = 255  # no file has a longer name


class InputImages:
    """Given the name of a picture, gives the picture. EngineError says what is wrong with it."""

    def __init__(self, read: Callable[[str], bytes]) -> None:
        self._read = read
        self._opened: dict[str, tuple[Pixels, str]] = {}

    def __call__(self, source: str) -> "Tensor":
        """[1, 3, height, width] of 0..1"""
        import torch  # late: bad pictures are told before it is imported

        pixels, _ = self._open(source)
        return torch.from_numpy(pixels).permute(2, 0, 1).unsqueeze(0).float() / 255

    def check(self, request: DrawRequest) -> None:
        """Raises EngineError where one of the request's pictures cannot be had."""
        for source in request.sources:
            self._open(source)

    def origins(self, request: DrawRequest) -> list[dict[str, str]]:
        """Name and sha256 of every picture that the request names."""
        return [
            {"name": display_name(source), "sha256": self._open(source)[1]}
            for source in request.sources
        ]

    def _open(self, source: str) -> tuple[Pixels, str]:
        if source not in self._opened:
            data = self._read(source)
            self._opened[source] = (
                open_picture(data, display_name(source)),
                hashlib.sha256(data).hexdigest(),
            )
        return self._opened[source]


def no_images(source: str) -> "Tensor":
    """For requests that name none."""
    raise EngineError("picture-missing", name=display_name(source))


def from_disk() -> InputImages:
    """Pictures are named by their paths."""

    def read(source: str) -> bytes:
        path = Path(source)
        try:
            if not path.is_file():  # a folder, a pipe
                raise EngineError("picture-missing", name=source[:MAX_SHOWN])
            with path.open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise EngineError("picture-locked", name=source[:MAX_SHOWN], reason=reason) from error

    return InputImages(read)


def from_store(files: Files) -> InputImages:
    """Pictures are named by their keys; an old one may have been deleted meanwhile."""

    def read(source: str) -> bytes:
        try:
            return files.read(source)
        except (FileNotFoundError, IsADirectoryError, InvalidKey) as error:
            raise EngineError("picture-gone", name=display_name(source)) from error

    return InputImages(read)


def display_name(source: str) -> str:
    """What a picture is called: not where it lies, and in letters that can be written."""
    return (Path(source).name or source)[:MAX_SHOWN].encode("utf-8", "replace").decode()
