"""The administrators' commands: for everybody else they do not exist."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware, Bot, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.filters import CommandStart, Filter
from aiogram.types import CallbackQuery, Message, TelegramObject

from bot.addressee import Misread
from bot.desk import Desk
from bot.handlers import broadcast, orders, overview, stop
from bot.menu import publish_for_admin

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


class ByAdmin(Filter):
    """By the number of the person's own account: names can be taken, and a command that was
    forwarded, or spoken for a chat, is not the administrator's own word."""

    async def __call__(self, event: Message | CallbackQuery, desk: Desk) -> bool:
        if isinstance(event, Message) and (event.sender_chat or event.forward_origin):
            return False
        return event.from_user is not None and event.from_user.id in desk.admins


class Understanding(BaseMiddleware):
    """Answers an order that cannot be read with how it is written."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        try:
            return await handler(event, data)
        except Misread as error:
            assert isinstance(event, Message)
            desk: Desk = data["desk"]
            desk.replies.answer(event, desk.texts(data["language"], error.key, **error.values))


def router() -> Router:
    """Comes first; what it does not take falls through to those who know no such command."""
    router = Router(name="admin")
    for observer in (router.message, router.callback_query):
        observer.filter(ByAdmin())
    router.message.middleware(Understanding())
    router.message.register(start, CommandStart())
    router.include_routers(orders.router(), overview.router(), broadcast.router(), stop.router())
    return router


async def start(message: Message, desk: Desk, bot: Bot) -> None:
    """Only now can Telegram show this administrator the menu; the greeting is another's."""
    admin = message.chat.id
    if admin in desk.admins:
        desk.replies.run(lambda: publish_for_admin(bot, desk.db, desk.texts, admin))
    raise SkipHandler
