"""The administrators' commands: for everybody else they do not exist."""

from typing import Any

from aiogram import BaseMiddleware, Bot, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.filters import CommandStart, Filter
from aiogram.types import CallbackQuery, Message, TelegramObject

from bot.context import BotContext
from bot.handlers.admin import broadcast, commands, reports, stop_list
from bot.handlers.admin.arguments import UsageError
from bot.telegram import Handler
from bot.views.command_menu import publish_for_admin


class AdminOnly(Filter):
    """By the number of the person's own account: names can be taken, and a command that was
    forwarded, or spoken for a chat, is not the administrator's own word."""

    async def __call__(self, event: Message | CallbackQuery, context: BotContext) -> bool:
        if isinstance(event, Message) and (event.sender_chat or event.forward_origin):
            return False
        return event.from_user is not None and event.from_user.id in context.admins


class UsageErrorMiddleware(BaseMiddleware):
    """Answers an order that cannot be read with how it is written."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        try:
            return await handler(event, data)
        except UsageError as error:
            assert isinstance(event, Message)
            context: BotContext = data["context"]
            context.replies.answer(
                event, context.texts(data["language"], error.key, **error.values)
            )


def router() -> Router:
    """Comes first; what it does not take falls through to those who know no such command."""
    router = Router(name="admin")
    for observer in (router.message, router.callback_query):
        observer.filter(AdminOnly())
    router.message.middleware(UsageErrorMiddleware())
    router.message.register(start_with_login, CommandStart())
    router.include_routers(
        commands.router(), reports.router(), broadcast.router(), stop_list.router()
    )
    return router


async def start_with_login(message: Message, context: BotContext, bot: Bot) -> None:
    """Only now can Telegram show this administrator the menu; the greeting is another's."""
    admin = message.chat.id
    if admin in context.admins:
        context.replies.run(lambda: publish_for_admin(bot, context.db, context.texts, admin))
    raise SkipHandler
