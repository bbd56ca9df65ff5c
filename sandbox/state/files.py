"""File ids and download links of everything that was sent."""

import base64
import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.clock import Clock
from sandbox.errors import Refusal, bad_request
from sandbox.state.media import SandboxMedia, thumbnail

_MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
_LINK_SECONDS = 3600.0
_FOLDERS = {
    "photo": "photos",
    "animation": "animations",
    "document": "documents",
    "sticker": "stickers",
}
_SUFFIX = re.compile(r"[A-Za-z0-9]{1,16}")


@dataclass(frozen=True)
class StoredFile:
    """A file with its id and its number."""

    id: str
    number: int
    media: SandboxMedia = field(repr=False)

    @property
    def unique_id(self) -> str:
        """Return the id that equal contents share."""
        return self.media.digest[:16]

    @property
    def path(self) -> str:
        """Return the path in download links."""
        suffix = self.media.name.rpartition(".")[2]  # the sender's: it may hold "/../"
        suffix = suffix if "." in self.media.name and _SUFFIX.fullmatch(suffix) else "bin"
        suffix = "jpg" if self.media.kind == "photo" else suffix
        return f"{_FOLDERS[self.media.kind]}/file_{self.number}.{suffix}"

    def to_json(self) -> dict[str, Any]:
        """Return the common fields of the Bot API's file objects."""
        return {
            "file_id": self.id,
            "file_unique_id": self.unique_id,
            "file_size": len(self.media.served),
        }


class SandboxFiles:
    """All files that were sent, with their ids and download links."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.local_folder: Path | None = None  # of a server in `--local` mode
        self.spare_folder: Path | None = None  # what it can be while the server runs
        self._files: dict[str, StoredFile] = {}
        self._ids: dict[tuple[str, str], str] = {}
        self._thumbnails: dict[str, SandboxMedia | None] = {}
        self._links: dict[str, tuple[float, StoredFile]] = {}

    def store(self, media: SandboxMedia) -> StoredFile:
        """Store the media of a message; equal bytes of one kind are one file."""
        key = (media.kind, media.digest)
        if key not in self._ids:
            number = len(self._files) + 1
            seed = hashlib.sha256(f"{number} {key}".encode()).digest()
            file_id = "AgAC" + base64.urlsafe_b64encode(seed).decode().rstrip("=")
            self._ids[key] = file_id
            self._files[file_id] = StoredFile(file_id, number, media)
        return self._files[self._ids[key]]

    def find(self, file_id: str) -> StoredFile:
        """Return a file by its id; raise a refusal for URLs and unknown ids."""
        if file_id.startswith(("http://", "https://")):
            # The sandbox makes no network requests.
            raise bad_request("failed to get HTTP URL content")
        if file_id not in self._files:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return self._files[file_id]

    def file_info(self, file_id: str) -> dict[str, Any]:
        """Answer getFile: create a link that is valid for an hour.

        In `--local` mode write the file to the disk and tell its absolute path.
        """
        if file_id not in self._files:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        stored = self._files[file_id]
        if self.local_folder is not None:
            path = self.local_folder / stored.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(stored.media.served)
            return {**stored.to_json(), "file_path": str(path)}
        if len(stored.media.served) > _MAX_DOWNLOAD_BYTES:
            raise bad_request("file is too big")
        self._links[stored.path] = (self._clock.now() + _LINK_SECONDS, stored)
        return {**stored.to_json(), "file_path": stored.path}

    def download(self, path: str) -> StoredFile:
        """Return the file of a valid link; raise a refusal otherwise."""
        expires, stored = self._links.get(path, (0.0, None))
        if stored is None or expires < self._clock.now():
            raise Refusal(404, "Not Found")
        return stored

    def media_json(self, media: SandboxMedia) -> dict[str, Any]:
        """Return the message fields that describe this media."""
        stored = self.store(media)
        size = {"width": media.width, "height": media.height}
        if media.kind == "photo":
            if media.digest not in self._thumbnails:
                self._thumbnails[media.digest] = thumbnail(media)
            thumb = self._thumbnails[media.digest]
            sizes = [{**stored.to_json(), **size}]
            if thumb:
                small_size = {"width": thumb.width, "height": thumb.height}
                sizes.insert(0, {**self.store(thumb).to_json(), **small_size})
            return {"photo": sizes}
        described = {**stored.to_json(), "file_name": media.name, "mime_type": media.mime}
        if media.kind == "document":
            return {"document": described}
        if media.kind == "sticker":
            kind = {"type": "regular", "is_animated": False, "is_video": False}
            return {"sticker": {**stored.to_json(), **size, **kind}}
        # Telegram repeats an animation as a document, for clients without animations.
        return {
            "animation": {**described, **size, "duration": round(media.duration)},
            "document": described,
        }
