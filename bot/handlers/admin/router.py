"""Route the administrators' commands, which are unknown commands for everybody else."""

from typing import Any

from aiogram import BaseMiddleware, Bot, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.filters import CommandStart, Filter
from aiogram.types import CallbackQuery, Message, TelegramObject

from bot.context import BotContext
from bot.handlers.admin import access, broadcast, card, commands, reports, stop_list, styles
from bot.handlers.admin.arguments import UsageError
from bot.telegram import Handler
from bot.views.command_menu import publish_for_admin


class AdminOnly(Filter):
    """Accept updates of administrators, by the id of their own account.

    Names can be taken over, and a command that is forwarded or sent in the name of a chat is not
    the administrator's own.
    """

    async def __call__(self, event: Message | CallbackQuery, context: BotContext) -> bool:
        """Return whether an administrator sent the event."""
        if isinstance(event, Message) and (event.sender_chat or event.forward_origin):
            return False
        return event.from_user is not None and event.from_user.id in context.admins


class UsageErrorMiddleware(BaseMiddleware):
    """Answer a command that cannot be parsed with its usage."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Run the handler and answer a UsageError."""
        try:
            return await handler(event, data)
        except UsageError as error:
            assert isinstance(event, Message)
            context: BotContext = data["context"]
            context.replies.answer(
                event, context.texts(data["language"], error.key, **error.values)
            )


def router() -> Router:
    """Return the router of all administrators' commands; it must come before the others."""
    router = Router(name="admin")
    for observer in (router.message, router.callback_query):
        observer.filter(AdminOnly())
    router.message.middleware(UsageErrorMiddleware())
    router.message.register(publish_menu_at_start, CommandStart())
    router.include_routers(
        commands.router(),
        access.router(),
        reports.router(),
        card.router(),
        broadcast.router(),
        stop_list.router(),
        styles.router(),
    )
    return router


async def publish_menu_at_start(message: Message, context: BotContext, bot: Bot) -> None:
    """Set the administrator's command menu, and leave /start to the next handler.

    Telegram accepts the menu only once the administrator has written to the bot.
    """
    admin = message.chat.id
    if admin in context.admins:
        context.replies.run(lambda: publish_for_admin(bot, context.db, context.texts, admin))
    raise SkipHandler
