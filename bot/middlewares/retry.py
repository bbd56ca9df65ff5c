"""Retry failed updates and apologise if they keep failing."""

import asyncio
import logging
from typing import Any

from aiogram import BaseMiddleware
from aiogram.dispatcher.event.bases import CancelHandler, SkipHandler
from aiogram.types import CallbackQuery, Message, TelegramObject

from bot.context import BotContext
from bot.telegram import Handler, language_of
from store.database.database import outage

log = logging.getLogger(__name__)

PAUSES_S = (0.2, 1.0)  # before the second and the third try


class RetryMiddleware(BaseMiddleware):
    """Tries again what failed, and says so to the person if it keeps failing.

    What the store cannot take because it is away is left to the polling, which waits for it.
    Handlers may run twice, because the store takes the same request only once.
    """

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        for pause in PAUSES_S:
            try:
                return await handler(event, data)
            except (SkipHandler, CancelHandler):
                raise
            except Exception:
                log.warning("an update failed and is tried again", exc_info=True)
                await asyncio.sleep(pause)
        try:
            return await handler(event, data)
        except (SkipHandler, CancelHandler):
            raise
        except Exception as error:
            trouble = outage(error)
            if trouble and await data["context"].db.is_away():
                raise StoreUnavailable(trouble) from error
            log.exception("an update is given up")
            _apologise(data["context"], event)
            return None


def _apologise(context: BotContext, event: TelegramObject) -> None:
    match event:
        case Message():
            words = context.texts(language_of(event.from_user), "try-later")
            context.replies.answer(event, words)
        case CallbackQuery():
            words = context.texts(language_of(event.from_user), "try-later")
            context.replies.toast(event, words, alert=True)


class StoreUnavailable(Exception):
    """Nothing can be taken, and nobody told so: what was asked for waits. Says what is wrong."""
