"""Finish a picture as it is now, by the button under its status message or in words."""

from aiogram import Bot, Router
from aiogram.types import CallbackQuery, Message

from bot.context import BotContext
from bot.handlers.permissions import run_if_allowed, unfinished_job_of
from bot.views import keyboards
from store import jobs


def router() -> Router:
    """Return the router of the button."""
    router = Router(name="keep")
    router.callback_query.register(keep_by_button, keyboards.KeepJob.filter())
    return router


async def keep_by_button(
    query: CallbackQuery,
    callback_data: keyboards.KeepJob,
    context: BotContext,
    bot: Bot,
    language: str,
) -> None:
    """Finish the picture for its owner, an administrator of the chat, or one of the bot."""
    job = await unfinished_job_of(
        query, callback_data.job, context, language, finished="alert-kept-already"
    )
    if job is None:
        return

    async def act() -> None:
        asked = await jobs.keep(context.db, job.id)
        key = "alert-keep" if asked else "alert-keep-later"
        context.replies.toast(query, context.texts(language, key))

    await run_if_allowed(query, job, context, bot, language, act=act, administrators=True)


async def keep_newest(message: Message, context: BotContext, language: str) -> None:
    """Finish the newest picture that is being painted for the author of a message in this chat."""
    assert message.from_user is not None  # in a private chat everybody is somebody
    asked = await jobs.keep_newest(context.db, message.from_user.id, message.chat.id)
    context.replies.answer(message, context.texts(language, "alert-keep" if asked else "keep-none"))
