"""Buttons under a finished picture that send its files."""

from aiogram import Bot, Router
from aiogram.types import BufferedInputFile, CallbackQuery, ReplyParameters

from bot import keyboards, results
from bot.desk import Desk
from bot.messages import UPLOAD_TIMEOUT_S
from store import jobs
from store.records import Job


def router() -> Router:
    router = Router(name="files")
    router.callback_query.register(gif, keyboards.Gif.filter())
    return router


async def gif(
    query: CallbackQuery, callback_data: keyboards.Gif, desk: Desk, bot: Bot, language: str
) -> None:
    """The true GIF, which Telegram would turn into a video if it were not a plain file."""
    job = await jobs.find(desk.db, callback_data.job)
    if job is None or query.message is None or query.message.chat.id != job.chat_id:
        desk.replies.toast(query, desk.texts(language, "alert-stale"))
        return

    async def send() -> None:
        await _send_gif(query, job, desk, bot, language)

    # While one is on its way, more taps bring no more files.
    if not desk.replies.run(send, once=f"gif:{job.id}"):
        desk.replies.toast(query, desk.texts(language, "alert-gif"))


async def _send_gif(query: CallbackQuery, job: Job, desk: Desk, bot: Bot, language: str) -> None:
    data = await results.read(desk.files, job.result.gif) if job.result else None
    if data is None:
        desk.replies.toast(query, desk.texts(language, "alert-gif-gone"), alert=True)
        return
    desk.replies.toast(query, desk.texts(language, "alert-gif"))
    under = query.message.message_id if query.message else job.message_id
    await bot.send_document(
        job.chat_id,
        BufferedInputFile(data, f"mazok-{job.id}.gif"),
        message_thread_id=job.thread_id,
        disable_content_type_detection=True,
        reply_parameters=ReplyParameters(message_id=under, allow_sending_without_reply=True),
        request_timeout=UPLOAD_TIMEOUT_S,
    )
