"""Delete a result from the store and, as far as Telegram permits, from the chat."""

from aiogram.methods import DeleteMessage, EditMessageMedia
from aiogram.types import BufferedInputFile, InputMediaPhoto

from bot.handlers.result.button_press import ButtonPress
from bot.views.placeholder import placeholder_png
from store.gallery import erasure, gallery


async def delete_result(press: ButtonPress) -> None:
    """Erase the prompt and the files, and delete the messages of the job.

    After 48 hours Telegram deletes no message: it is edited to a blank picture without a prompt.
    """
    context, job = press.context, press.job
    places = [
        (job.chat_id, message_id)
        for message_id in await gallery.result_message_ids(context.db, job.id)
    ]
    await erasure.erase_job(context.db, job.id)
    for chat_id, message_id in dict.fromkeys([(press.chat_id, press.message_id), *places]):
        _remove(press, chat_id, message_id)
    press.toast("alert-deleted")

    async def sweep() -> None:
        await erasure.sweep_erasures(context.db, context.files)

    context.replies.run(sweep)


def _remove(press: ButtonPress, chat_id: int, message_id: int) -> None:
    blank = BufferedInputFile(placeholder_png(), "mazok.png")
    media = InputMediaPhoto(media=blank, caption=press.text("deleted-caption"))
    blanked = EditMessageMedia(chat_id=chat_id, message_id=message_id, media=media)
    replies = press.context.replies
    replies.call(
        DeleteMessage(chat_id=chat_id, message_id=message_id),
        fallback=lambda: replies.call(blanked),
    )
