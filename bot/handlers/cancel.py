"""Stopping a picture, by /cancel or by the button under its status."""

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message, Update

from bot import keyboards
from bot.asker import OwnNameNeeded, asker_of
from bot.desk import Desk
from bot.permission import when_allowed
from bot.status import unfinished
from store import jobs
from store.records import Job


def router() -> Router:
    router = Router(name="cancel")
    router.message.register(command, Command("cancel", ignore_case=True))
    router.callback_query.register(button, keyboards.Cancel.filter())
    return router


async def command(message: Message, desk: Desk, event_update: Update, language: str) -> None:
    """The asker's newest picture in this chat."""
    try:
        asker = asker_of(message, language)
    except OwnNameNeeded:
        desk.replies.answer(message, desk.texts(language, "draw-own-name"))
        return
    outcome = await jobs.cancel(
        desk.db,
        user_id=asker.user_id,
        chat_id=asker.chat_id,
        update_id=event_update.update_id,
    )
    if outcome.state == "repeated":
        return
    desk.nudge.set()
    desk.replies.answer(message, desk.texts(language, f"cancel-{outcome.state}"))


async def button(
    query: CallbackQuery, callback_data: keyboards.Cancel, desk: Desk, bot: Bot, language: str
) -> None:
    """The person who asked, an administrator of the chat, or one of the bot; nobody else."""
    job = await jobs.find(desk.db, callback_data.job)
    # The data of a button can be forged: the job must be one of this very chat.
    if job is None or query.message is None or query.message.chat.id != job.chat_id:
        desk.replies.toast(query, desk.texts(language, "alert-stale"))
        return
    if not unfinished(job):
        desk.replies.toast(query, desk.texts(language, "alert-finished"))
        return

    async def act() -> None:
        await _cancel(query, job, desk, language)

    await when_allowed(query, job, desk, bot, language, act=act, administrators=True)


async def _cancel(query: CallbackQuery, job: Job, desk: Desk, language: str) -> None:
    outcome = await jobs.cancel(desk.db, user_id=job.user_id, job_id=job.id)
    desk.nudge.set()
    key = "alert-finished" if outcome.state == "none" else f"cancel-{outcome.state}"
    desk.replies.toast(query, desk.texts(language, key))
