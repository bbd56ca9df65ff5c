"""Retry failed updates and apologise if they keep failing."""

import asyncio
import logging
from typing import Any

from aiogram import BaseMiddleware
from aiogram.dispatcher.event.bases import CancelHandler, SkipHandler
from aiogram.types import CallbackQuery, Message, TelegramObject

from bot.context import BotContext
from bot.telegram import Handler, language_of
from store.faults import outage

log = logging.getLogger(__name__)

MAX_BROKEN = 20  # tries of an update that fails as if the store were away, although it is not


class StoreUnavailable(Exception):
    """Raised when the database is unavailable: retry the update later and do not answer.

    `str()` is the database's error.
    """


class UpdateFailed(Exception):
    """Raised when a handler keeps failing, after the user was told; `str()` names the error."""


class RetryMiddleware(BaseMiddleware):
    """Run a failed handler again, and apologise to the user if it keeps failing.

    While the store is unavailable the update is left in the inbox, which waits for it. Handlers
    may run twice, because the store accepts the same request only once.
    """

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Run the handler, up to three times. Raises StoreUnavailable, UpdateFailed."""
        context: BotContext = data["context"]
        pauses_s, tries = context.retry_pauses_s or (0.0,), 0
        while True:
            try:
                return await handler(event, data)
            except (SkipHandler, CancelHandler):
                raise
            except Exception as error:
                trouble = outage(error)
                if trouble and await context.db.is_away():
                    raise StoreUnavailable(trouble) from error
                # A network that breaks now and then may break each of a few tries.
                if tries >= (MAX_BROKEN if trouble else len(context.retry_pauses_s)):
                    log.exception("an update is given up")
                    _apologise(context, event)
                    raise UpdateFailed(type(error).__name__) from error
                if not trouble:  # which has been logged, once
                    log.warning("an update failed and is tried again", exc_info=True)
            await asyncio.sleep(pauses_s[min(tries, len(pauses_s) - 1)])
            tries += 1


def _apologise(context: BotContext, event: TelegramObject) -> None:
    match event:
        case Message():
            text = context.texts(language_of(event.from_user, context.texts.languages), "try-later")
            context.replies.answer(event, text)
        case CallbackQuery():
            text = context.texts(language_of(event.from_user, context.texts.languages), "try-later")
            context.replies.toast(event, text, alert=True)
