"""All routers and what stands around them, in one list."""

import asyncio
import logging
from typing import Any

from aiogram import BaseMiddleware, Dispatcher, F
from aiogram.dispatcher.event.bases import CancelHandler, SkipHandler
from aiogram.types import CallbackQuery, Message, TelegramObject

from bot.acquaintance import Acquaintance, Handler
from bot.asker import language_of
from bot.desk import Desk
from bot.genuine import Genuine
from bot.handlers import (
    admin,
    cancel,
    draw,
    edit,
    forget,
    gallery,
    group,
    help,
    inline,
    me,
    recipe,
    secondhand,
    settings,
    under,
)
from bot.polling import StoreAway
from store.database import outage

log = logging.getLogger(__name__)

PAUSES_S = (0.2, 1.0)  # before the second and the third try


class Patience(BaseMiddleware):
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
            if trouble and await data["desk"].db.is_away():
                raise StoreAway(trouble) from error
            log.exception("an update is given up")
            _apologise(data["desk"], event)
            return None


def _apologise(desk: Desk, event: TelegramObject) -> None:
    match event:
        case Message():
            words = desk.texts(language_of(event.from_user), "try-later")
            desk.replies.answer(event, words)
        case CallbackQuery():
            words = desk.texts(language_of(event.from_user), "try-later")
            desk.replies.toast(event, words, alert=True)


def build(desk: Desk) -> Dispatcher:
    """Polls for what the routers take: an edited message, which none does, starts nothing."""
    dispatcher = Dispatcher(desk=desk, disable_fsm=True)
    # Another bot, or a channel's post copied into its discussion group, is nobody's request.
    dispatcher.message.filter(
        F.sender_chat | ~F.from_user.is_bot, ~F.is_automatic_forward.is_(True)
    )
    for observer in (dispatcher.message, dispatcher.callback_query, dispatcher.inline_query):
        observer.outer_middleware(Patience())
        observer.middleware(Acquaintance())
    dispatcher.callback_query.middleware(Genuine())
    for observer in (dispatcher.channel_post, dispatcher.my_chat_member):
        observer.outer_middleware(Patience())
    dispatcher.include_routers(
        secondhand.router(),
        admin.router(),
        me.router(),
        edit.router(),
        draw.router(),
        cancel.router(),
        under.router(),
        gallery.router(),
        settings.router(),
        forget.router(),
        inline.router(),
        group.router(),
        recipe.router(),
        help.router(),
    )
    return dispatcher
