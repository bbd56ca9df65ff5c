"""Stopping a picture, by /cancel or by the button under its status."""

from aiogram import Bot, Router
from aiogram.enums import ChatMemberStatus
from aiogram.exceptions import AiogramError
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message, Update

from bot import keyboards
from bot.asker import OwnNameNeeded, asker_of
from bot.desk import Desk
from bot.status import unfinished
from store import jobs
from store.records import Job

ADMINISTRATORS = (ChatMemberStatus.CREATOR, ChatMemberStatus.ADMINISTRATOR)


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
    user_id = query.from_user.id
    if user_id == job.user_id or user_id in desk.admins:
        await _cancel(query, job, desk, language)
        return

    async def ask_telegram_first() -> None:
        if await _is_administrator(bot, job.chat_id, user_id):
            await _cancel(query, job, desk, language)
        else:
            desk.replies.toast(query, desk.texts(language, "alert-not-yours"), alert=True)

    desk.replies.run(ask_telegram_first)


async def _cancel(query: CallbackQuery, job: Job, desk: Desk, language: str) -> None:
    outcome = await jobs.cancel(desk.db, user_id=job.user_id, job_id=job.id)
    desk.nudge.set()
    key = "alert-finished" if outcome.state == "none" else f"cancel-{outcome.state}"
    desk.replies.toast(query, desk.texts(language, key))


async def _is_administrator(bot: Bot, chat_id: int, user_id: int) -> bool:
    if chat_id > 0:
        return False
    try:
        member = await bot.get_chat_member(chat_id, user_id, request_timeout=10)
    except AiogramError:
        return False
    return member.status in ADMINISTRATORS
