"""Arguments of one call: from JSON, a form, a multipart body or the query string."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.errors import Refusal, bad_request
from sandbox.state.world import World

MAX_UPLOAD_BYTES = 50 * 1024 * 1024  # upload limit of Telegram's own server
_ATTACHED = "attach://"


@dataclass(frozen=True)
class UploadedFile:
    """A file that the bot uploads."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class CallArguments:
    """The fields and uploads of a call."""

    fields: Mapping[str, Any]
    uploads: Mapping[str, UploadedFile] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return the field as text; empty if it is missing."""
        value = self.fields.get(name, "")
        return value if isinstance(value, str) else str(value)

    def integer(self, name: str) -> int | None:
        """Return the field as an integer, or None; raise a refusal for other text."""
        value = self.fields.get(name)
        if value is None or value == "":
            return None
        try:
            return int(value)
        except (TypeError, ValueError):
            raise bad_request(f'can\'t parse "{name}": not an integer') from None

    def flag(self, name: str) -> bool:
        """Return whether the field is true."""
        return str(self.fields.get(name, "")).lower() in ("true", "1", "yes", "t", "y")

    def json(self, name: str) -> Any:
        """Return an object or a list, which is encoded as text in a form."""
        value = self.fields.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {name} JSON object") from None

    def file(self, name: str) -> UploadedFile | str | None:
        """Return the upload of this name, or the file id or URL in the field."""
        if name in self.uploads:
            return self.uploads[name]
        value = self.text(name)
        return self.attached(value) if value else None

    def attached(self, value: str) -> UploadedFile | str:
        """Resolve an `attach://name` reference; return other values unchanged."""
        if not value.startswith(_ATTACHED):
            return value
        name = value.removeprefix(_ATTACHED)
        if name not in self.uploads:
            raise bad_request(f'wrong file identifier/HTTP URL specified: no part "{name}"')
        return self.uploads[name]

    def all_values(self) -> dict[str, Any]:
        """Return fields and uploads for the log of calls."""
        return {**self.fields, **self.uploads}


ApiMethod = Callable[[World, CallArguments], Awaitable[Any]]


async def parse_arguments(request: web.Request) -> CallArguments:
    """Parse a request; raise a refusal if its body is invalid or too large."""
    fields: dict[str, Any] = dict(request.query)
    uploads: dict[str, UploadedFile] = {}
    try:
        if request.content_type == "application/json":
            body = await request.read()
            parsed = json.loads(body) if body else {}
            if not isinstance(parsed, dict):
                raise ValueError
            return CallArguments(fields | parsed)
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                uploads[name] = UploadedFile(value.filename, value.file.read())
            elif isinstance(value, str):
                fields[name] = value
            else:  # a part with a content type but without a file name
                uploads[name] = UploadedFile(name, bytes(value))
    except web.HTTPRequestEntityTooLarge:
        raise Refusal(413, "Request Entity Too Large") from None
    except ValueError:
        raise bad_request("can't parse the request's body") from None
    return CallArguments(fields, uploads)
