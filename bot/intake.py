"""Watches the polling: says once what hinders it, and once that it works again."""

import asyncio
import logging
from typing import Any

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import (
    AiogramError,
    TelegramConflictError,
    TelegramNotFound,
    TelegramUnauthorizedError,
)
from aiogram.methods import GetUpdates, TelegramMethod
from aiogram.methods.base import Response

log = logging.getLogger(__name__)

CONFLICT = (
    "another program polls Telegram with this bot's token: stop it, and this one goes on by itself"
)
REFUSED = "Telegram does not accept MAZOK_TOKEN: compare it with the one that @BotFather gave"


class PollingWatch(BaseRequestMiddleware):
    """aiogram would log every failed attempt.

    `refused` is set when the token is withdrawn, `answered` when updates have come, were it none.
    """

    def __init__(self) -> None:
        self.refused = asyncio.Event()
        self.answered = asyncio.Event()
        self._trouble: str | None = None
        logging.getLogger("aiogram.dispatcher").setLevel(logging.CRITICAL)

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[Any],
        bot: Bot,
        method: TelegramMethod[Any],
    ) -> Response[Any]:
        if not isinstance(method, GetUpdates):
            return await make_request(bot, method)
        try:
            response = await make_request(bot, method)
        except (TelegramUnauthorizedError, TelegramNotFound):
            self.refused.set()
            raise
        except TelegramConflictError:
            self._report(CONFLICT)
            raise
        except AiogramError as error:
            self._report(f"Telegram cannot be asked for updates: {error}")
            raise
        self.answered.set()
        if self._trouble is not None:
            self._trouble = None
            log.info("updates arrive again")
        return response

    def _report(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            log.error("%s", trouble)
