"""The connection to Telegram, without a costly habit of its parts."""

from typing import Any

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType


class Session(AiohttpSession):
    """Keeps the model of each kind of answer.

    aiogram asks pydantic for `Response[…]` at every answer, and pydantic forgets a model that
    nobody holds: making it anew takes a third of all that a request costs the processor.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._models: dict[Any, type[Response[Any]]] = {}

    def check_response(
        self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str
    ) -> Response[TelegramType]:
        """As aiogram's; raises what Telegram refuses."""
        kind: Any = method.__returning__  # a type, which no checker can know
        if kind not in self._models:
            self._models[kind] = Response[kind]
        return super().check_response(bot, method, status_code, content)
