"""Decide who may press a button: the job's owner, administrators of the bot or of the chat."""

from collections.abc import Awaitable, Callable

from aiogram import Bot
from aiogram.enums import ChatMemberStatus
from aiogram.exceptions import AiogramError
from aiogram.types import CallbackQuery, Message

from bot.context import BotContext
from bot.delivery.status import is_unfinished
from bot.requests.requester import AnonymousSender, requester_of_message
from store import jobs
from store.model import Job, Requester

ADMINISTRATORS = (ChatMemberStatus.CREATOR, ChatMemberStatus.ADMINISTRATOR)


async def run_if_allowed(
    query: CallbackQuery,
    job: Job,
    context: BotContext,
    bot: Bot,
    language: str,
    *,
    act: Callable[[], Awaitable[None]],
    administrators: bool,
) -> None:
    """Run `act` if the user may, or show an alert.

    administrators: those of the chat may too. A job that an anonymous administrator asked for
    belongs to the chat, and so to all its administrators.
    """
    user_id = query.from_user.id
    if user_id == job.user_id or user_id in context.admins:
        await act()
        return
    if not administrators and job.user_id != job.chat_id:
        context.replies.toast(query, context.texts(language, "alert-not-yours"), alert=True)
        return

    async def act_if_administrator() -> None:
        if await is_administrator(bot, job.chat_id, user_id):
            await act()
        else:
            context.replies.toast(query, context.texts(language, "alert-not-yours"), alert=True)

    context.replies.run(act_if_administrator)


def account_of(message: Message, context: BotContext, language: str) -> Requester | None:
    """Return who asks by a message; answer and return None for a channel, which has no account."""
    try:
        return requester_of_message(message, language)
    except AnonymousSender:
        context.replies.answer(message, context.texts(language, "draw-own-name"))
        return None


async def unfinished_job_of(
    query: CallbackQuery, job_id: int, context: BotContext, language: str, *, finished: str
) -> Job | None:
    """Return the unfinished job of a button; else show an alert and return None.

    finished: the text for a job that has ended.
    """
    job = await jobs.find(context.db, job_id)
    # Callback data can be forged: the job must belong to this chat.
    if job is None or query.message is None or query.message.chat.id != job.chat_id:
        context.replies.toast(query, context.texts(language, "alert-stale"))
        return None
    if not is_unfinished(job):
        context.replies.toast(query, context.texts(language, finished))
        return None
    return job


async def is_administrator(bot: Bot, chat_id: int, user_id: int) -> bool:
    """Ask Telegram whether a user administers a chat. Call it from a task, not from a handler."""
    if chat_id > 0:
        return False
    try:
        member = await bot.get_chat_member(chat_id, user_id, request_timeout=10)
    except AiogramError:
        return False
    return member.status in ADMINISTRATORS
