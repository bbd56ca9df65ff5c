"""Cancel a job, by /cancel or by the button under its status message."""

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message, Update

from bot.context import BotContext
from bot.handlers.permissions import account_of, run_if_allowed, unfinished_job_of
from bot.views import keyboards
from store import jobs
from store.model import Job


def router() -> Router:
    """Return the router of /cancel and its button."""
    router = Router(name="cancel")
    router.message.register(cancel_newest, Command("cancel", ignore_case=True))
    router.callback_query.register(cancel_by_button, keyboards.CancelJob.filter())
    return router


async def cancel_newest(
    message: Message, context: BotContext, event_update: Update, language: str
) -> None:
    """Cancel the user's newest unfinished job in this chat."""
    requester = account_of(message, context, language)
    if requester is None:
        return
    outcome = await jobs.cancel(
        context.db,
        user_id=requester.user_id,
        chat_id=requester.chat_id,
        update_id=event_update.update_id,
    )
    if outcome.state == "repeated":
        return
    context.nudge.set()
    context.replies.answer(message, context.texts(language, f"cancel-{outcome.state}"))


async def cancel_by_button(
    query: CallbackQuery,
    callback_data: keyboards.CancelJob,
    context: BotContext,
    bot: Bot,
    language: str,
) -> None:
    """Cancel a job for its owner, an administrator of the chat, or one of the bot."""
    job = await unfinished_job_of(
        query, callback_data.job, context, language, finished="alert-finished"
    )
    if job is None:
        return

    async def act() -> None:
        await _cancel(query, job, context, language)

    await run_if_allowed(query, job, context, bot, language, act=act, administrators=True)


async def _cancel(query: CallbackQuery, job: Job, context: BotContext, language: str) -> None:
    outcome = await jobs.cancel(context.db, user_id=job.user_id, job_id=job.id)
    context.nudge.set()
    key = "alert-finished" if outcome.state == "none" else f"cancel-{outcome.state}"
    context.replies.toast(query, context.texts(language, key))
