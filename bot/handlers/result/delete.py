"""Deleting a picture: from the store, and from the chat as far as Telegram lets it."""

from aiogram.methods import DeleteMessage, EditMessageMedia
from aiogram.types import BufferedInputFile, InputMediaPhoto

from bot.handlers.result.button_press import ButtonPress
from bot.views.placeholder import placeholder_png
from store.gallery import erasure, gallery


async def delete(pressed: ButtonPress) -> None:
    """Its words and files, the animation, the picture, and the message with the button.

    Past Telegram's 48 hours a message stays, but with an empty picture and without its words.
    """
    context, job = pressed.context, pressed.job
    places = [
        (job.chat_id, message_id)
        for message_id in await gallery.result_message_ids(context.db, job.id)
    ]
    await erasure.erase_job(context.db, job.id)
    for chat_id, message_id in dict.fromkeys([(pressed.chat_id, pressed.message_id), *places]):
        _remove(pressed, chat_id, message_id)
    pressed.toast("alert-deleted")

    async def sweep() -> None:
        await erasure.sweep_erasures(context.db, context.files)

    context.replies.run(sweep)


def _remove(pressed: ButtonPress, chat_id: int, message_id: int) -> None:
    blank = BufferedInputFile(placeholder_png(), "mazok.png")
    media = InputMediaPhoto(media=blank, caption=pressed.say("deleted-caption"))
    emptied = EditMessageMedia(chat_id=chat_id, message_id=message_id, media=media)
    replies = pressed.context.replies
    replies.call(
        DeleteMessage(chat_id=chat_id, message_id=message_id),
        fallback=lambda: replies.call(emptied),
    )
