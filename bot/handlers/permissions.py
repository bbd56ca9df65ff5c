"""Who may press a button: the person who asked, sometimes the chat's administrators, the bot's."""

from collections.abc import Awaitable, Callable

from aiogram import Bot
from aiogram.enums import ChatMemberStatus
from aiogram.exceptions import AiogramError
from aiogram.types import CallbackQuery

from bot.context import BotContext
from store.model import Job

ADMINISTRATORS = (ChatMemberStatus.CREATOR, ChatMemberStatus.ADMINISTRATOR)


async def if_allowed(
    query: CallbackQuery,
    job: Job,
    context: BotContext,
    bot: Bot,
    language: str,
    *,
    act: Callable[[], Awaitable[None]],
    administrators: bool,
) -> None:
    """Acts, or alerts a stranger. `administrators`: those of the chat may do it too.

    A picture that an anonymous administrator asked for belongs to the chat, and so to all of them.
    """
    user_id = query.from_user.id
    if user_id == job.user_id or user_id in context.admins:
        await act()
        return
    if not administrators and job.user_id != job.chat_id:
        context.replies.toast(query, context.texts(language, "alert-not-yours"), alert=True)
        return

    async def ask_telegram_first() -> None:
        if await is_administrator(bot, job.chat_id, user_id):
            await act()
        else:
            context.replies.toast(query, context.texts(language, "alert-not-yours"), alert=True)

    context.replies.run(ask_telegram_first)


async def is_administrator(bot: Bot, chat_id: int, user_id: int) -> bool:
    """Asks Telegram: not from a handler itself, which nothing may hold up."""
    if chat_id > 0:
        return False
    try:
        member = await bot.get_chat_member(chat_id, user_id, request_timeout=10)
    except AiogramError:
        return False
    return member.status in ADMINISTRATORS
