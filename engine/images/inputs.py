"""The input images that a request names, from disk or from the store, each opened once."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import EngineError
from engine.images.animation import Pixels
from engine.images.decode import open_picture
from store.files.files import InvalidKey
from store.files.images import MAX_BYTES
from store.request.request import DrawRequest

if TYPE_CHECKING:
    from torch import Tensor

Pictures = Callable[[str], "Tensor"]  # the source of an image -> [1, 3, height, width] in 0..1

MAX_NAME = 255  # letters; no file has a longer name


class InputImages:
    """Open images by their source, a path or a key. Raises EngineError for unreadable ones."""

    def __init__(self, read: Callable[[str], bytes]) -> None:
        self._read = read
        self._opened: dict[str, tuple[Pixels, str]] = {}

    def __call__(self, source: str) -> "Tensor":
        """Return the image [1, 3, height, width] in 0..1."""
        import torch  # late: bad images are reported before it is imported

        pixels, _ = self._open(source)
        return torch.from_numpy(pixels).permute(2, 0, 1).unsqueeze(0).float() / 255

    def check(self, request: DrawRequest) -> None:
        """Raise EngineError where one of the request's images cannot be opened."""
        for source in request.sources:
            self._open(source)

    def origins(self, request: DrawRequest) -> list[dict[str, str]]:
        """Return name and sha256 of every image that the request names."""
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
    """Raise EngineError: for requests that name no images."""
    raise EngineError("picture-missing", name=display_name(source))


def from_disk() -> InputImages:
    """Return images whose sources are paths."""

    def read(source: str) -> bytes:
        path = Path(source)
        try:
            if not path.is_file():  # a folder, a pipe
                raise EngineError("picture-missing", name=source[:MAX_NAME])
            with path.open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError as error:
            raise EngineError("picture-locked", name=source[:MAX_NAME], reason=error) from error

    return InputImages(read)


def from_store(read_file: Callable[[str], bytes]) -> InputImages:
    """Return images whose sources are keys of the store; an old one may have been deleted.

    read_file: reads the file of a key, as `store.files.files.Files` does.
    """

    def read(source: str) -> bytes:
        try:
            return read_file(source)
        except (FileNotFoundError, IsADirectoryError, InvalidKey) as error:
            raise EngineError("picture-gone", name=display_name(source)) from error

    return InputImages(read)


def display_name(source: str) -> str:
    """Return an image's name without its folder, in letters that can be encoded."""
    return (Path(source).name or source)[:MAX_NAME].encode("utf-8", "replace").decode()
