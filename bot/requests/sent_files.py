"""Read files that users sent: over HTTP, or from the disk of a Bot API server in `--local` mode.

A server in `--local` mode answers getFile with an absolute path on its own disk, below a folder
called as the token, and serves nothing over HTTP.
"""

import asyncio
from io import BytesIO
from pathlib import Path, PurePosixPath, PureWindowsPath

from aiogram import Bot

from bot.telegram import is_own_server
from store.files import images

LINK_TIMEOUT_S = 10
DOWNLOAD_TIMEOUT_S = 120


class FileTooBig(Exception):
    """Raised when a file has more bytes than an image may have."""


class FolderUnseen(OSError):
    """Raised when the folder of the server's files is not to be seen here; names no path."""

    def __init__(self) -> None:
        super().__init__(
            "the Bot API server keeps files in a folder that is not to be read here: "
            "MAZOK_BOT_API_FILES must name it as it is called on this machine"
        )


class SizeLimitedBuffer(BytesIO):
    """A buffer that takes at most as many bytes as an image may have."""

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        """Append the data; raise FileTooBig past the limit."""
        if self.tell() + len(data) > images.MAX_BYTES:
            raise FileTooBig
        return super().write(data)


async def read_file(bot: Bot, file_id: str, server_files: Path | None) -> bytes:
    """Return the bytes of a file that was sent to the bot.

    server_files: the folder of the server's files on this machine; None: as the server calls it.
    Raises FileTooBig, and OSError or AiogramError where the file cannot be had now.
    """
    file = await bot.get_file(file_id, request_timeout=LINK_TIMEOUT_S)
    if not file.file_path:
        raise FileNotFoundError("Telegram gives no link")
    if (file.file_size or 0) > images.MAX_BYTES:
        raise FileTooBig
    if _is_absolute(file.file_path) and is_own_server(bot):
        path = local_path(file.file_path, bot.token, server_files)
        return await asyncio.to_thread(_read_from_disk, path)
    buffer = SizeLimitedBuffer()
    await bot.download_file(file.file_path, buffer, timeout=DOWNLOAD_TIMEOUT_S)
    return buffer.getvalue()


def local_path(path: str, token: str, server_files: Path | None) -> Path:
    """Return where this machine finds a file that the server has at `path`.

    What follows the token in the path is looked for below `server_files`; on Windows the server
    writes the token's colon as a tilde.
    """
    if server_files is None:
        return Path(path)
    parts = _pure(path).parts
    for name in (token, token.replace(":", "~")):
        if name in parts:
            return server_files.joinpath(*parts[parts.index(name) :])
    return server_files.joinpath(*parts[1:])


def _read_from_disk(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(images.MAX_BYTES + 1)
    except OSError:  # its message has the path, and so the token
        raise FolderUnseen from None
    if len(data) > images.MAX_BYTES:
        raise FileTooBig
    return data


def _is_absolute(path: str) -> bool:
    return PurePosixPath(path).is_absolute() or PureWindowsPath(path).is_absolute()


def _pure(path: str) -> PurePosixPath | PureWindowsPath:
    return PurePosixPath(path) if path.startswith("/") else PureWindowsPath(path)
