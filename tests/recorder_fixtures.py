"""Telegram as the bot sees it, without the network: it sends nothing and remembers everything."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar

from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.methods import (
    EditMessageMedia,
    GetChatMember,
    GetFile,
    GetMe,
    GetMyDescription,
    GetMyShortDescription,
    TelegramMethod,
)
from aiogram.methods.base import TelegramType
from aiogram.types import File, Message

ME = {"id": 42, "is_bot": True, "first_name": "Mazok", "username": "mazok_bot"}
PROFILE = ("description", "short_description")

M = TypeVar("M", bound=TelegramMethod[Any])

Failure = Callable[[TelegramMethod[Any]], Exception]


class Recorder(BaseSession):
    """Telegram as the bot sees it, without the network."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[TelegramMethod[Any]] = []
        self.failures: list[tuple[type[TelegramMethod[Any]], Failure]] = []
        self.administrators: set[int] = set()
        self.profile = ""  # what the bot says of itself
        self.files: dict[str, bytes | Exception] = {}  # what a download gives, by id
        self._ids = count(5001)

    async def make_request(
        self, bot: Bot, method: TelegramMethod[TelegramType], timeout: int | None = None
    ) -> Any:
        if isinstance(method, GetMe | GetMyDescription | GetMyShortDescription):
            about: dict[str, Any] = dict.fromkeys(PROFILE, self.profile)
            return method.__returning__.model_validate(ME | about)
        self.calls.append(method)
        for planned in self.failures:
            if isinstance(method, planned[0]):
                self.failures.remove(planned)
                raise planned[1](method)
        if isinstance(method, GetChatMember):
            status = "creator" if method.user_id in self.administrators else "member"
            return _Member(status)
        if isinstance(method, GetFile):
            return File(file_id=method.file_id, file_unique_id="u", file_path=method.file_id)
        if isinstance(method, EditMessageMedia):
            return _message(method.message_id or 0, method.media.type)
        if method.__api_method__.startswith("send"):
            return _message(next(self._ids), method.__api_method__.removeprefix("send").lower())
        return True

    def fail(self, method: type[TelegramMethod[Any]], failure: Failure) -> None:
        """The next call of this method fails so."""
        self.failures.append((method, failure))

    def of(self, kind: type[M]) -> list[M]:
        return [call for call in self.calls if isinstance(call, kind)]

    async def close(self) -> None:
        return

    async def stream_content(
        self,
        url: str,
        headers: dict[str, Any] | None = None,
        timeout: int = 30,
        chunk_size: int = 65536,
        raise_for_status: bool = True,
    ) -> AsyncGenerator[bytes, None]:
        content = self.files[url.rpartition("/")[2]]
        if isinstance(content, Exception):
            raise content
        yield content


@dataclass
class _Member:
    status: str


def _message(number: int, kind: str) -> Message:
    """What Telegram answers to a send or an edit; the id of a file tells where it was."""
    file = {"file_id": f"{kind}-{number}", "file_unique_id": "u", "width": 9, "height": 9}
    media: dict[str, Any] = {}
    if kind in ("photo", "animation", "document"):
        media = {kind: [file] if kind == "photo" else {**file, "duration": 1}}
    return Message.model_validate(
        {"message_id": number, "date": 0, "chat": {"id": 1, "type": "private"}, **media}
    )
