"""One call's arguments, whether they came as JSON, as a form, as multipart or in the address."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.errors import Refusal, bad_request
from sandbox.state.world import World

MOST_BYTES = 50 * 1024 * 1024  # what a bot may upload to Telegram's own server
_ATTACHED = "attach://"


@dataclass(frozen=True)
class UploadedFile:
    """A file as the bot sent it."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class CallArguments:
    fields: Mapping[str, Any]
    uploads: Mapping[str, UploadedFile] = field(default_factory=dict)

    def text(self, name: str) -> str:
        value = self.fields.get(name, "")
        return value if isinstance(value, str) else str(value)

    def integer(self, name: str) -> int | None:
        value = self.fields.get(name)
        if value is None or value == "":
            return None
        try:
            return int(value)
        except (TypeError, ValueError):
            raise bad_request(f'can\'t parse "{name}": not an integer') from None

    def flag(self, name: str) -> bool:
        return str(self.fields.get(name, "")).lower() in ("true", "1", "yes", "t", "y")

    def json(self, name: str) -> Any:
        """An object or a list: itself in a JSON body, its text in a form."""
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
        """The upload under this name, or the file id or address that stands there."""
        if name in self.uploads:
            return self.uploads[name]
        value = self.text(name)
        return self.attached(value) if value else None

    def attached(self, value: str) -> UploadedFile | str:
        if not value.startswith(_ATTACHED):
            return value
        name = value.removeprefix(_ATTACHED)
        if name not in self.uploads:
            raise bad_request(f'wrong file identifier/HTTP URL specified: no part "{name}"')
        return self.uploads[name]

    def plain(self) -> dict[str, Any]:
        """For the log of calls: every value, with uploads as they are."""
        return {**self.fields, **self.uploads}


ApiMethod = Callable[[World, CallArguments], Awaitable[Any]]


async def read(request: web.Request) -> CallArguments:
    fields: dict[str, Any] = dict(request.query)
    uploads: dict[str, UploadedFile] = {}
    try:
        if request.content_type == "application/json":
            body = await request.read()
            found = json.loads(body) if body else {}
            if not isinstance(found, dict):
                raise ValueError
            return CallArguments(fields | found)
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                uploads[name] = UploadedFile(value.filename, value.file.read())
            elif isinstance(value, str):
                fields[name] = value
            else:  # a part with a content type of its own but no file name
                uploads[name] = UploadedFile(name, bytes(value))
    except web.HTTPRequestEntityTooLarge:
        raise Refusal(413, "Request Entity Too Large") from None
    except ValueError:
        raise bad_request("can't parse the request's body") from None
    return CallArguments(fields, uploads)
