"""Deleting a picture: from the store, and from the chat as far as Telegram lets it."""

from aiogram.methods import DeleteMessage, EditMessageMedia
from aiogram.types import BufferedInputFile, InputMediaPhoto

from bot.blank import blank_png
from bot.press import Press
from store import forgetting, gallery


async def delete(pressed: Press) -> None:
    """Its words and files, the animation, the picture, and the message with the button.

    Past Telegram's 48 hours a message stays, but with an empty picture and without its words.
    """
    desk, job = pressed.desk, pressed.job
    places = [(job.chat_id, message_id) for message_id in await gallery.messages(desk.db, job.id)]
    await forgetting.erase(desk.db, job.id)
    for chat_id, message_id in dict.fromkeys([(pressed.chat_id, pressed.message_id), *places]):
        _remove(pressed, chat_id, message_id)
    pressed.toast("alert-deleted")

    async def sweep() -> None:
        await forgetting.sweep(desk.db, desk.files)

    desk.replies.run(sweep)


def _remove(pressed: Press, chat_id: int, message_id: int) -> None:
    blank = BufferedInputFile(blank_png(), "mazok.png")
    media = InputMediaPhoto(media=blank, caption=pressed.say("deleted-caption"))
    emptied = EditMessageMedia(chat_id=chat_id, message_id=message_id, media=media)
    replies = pressed.desk.replies
    replies.call(
        DeleteMessage(chat_id=chat_id, message_id=message_id),
        otherwise=lambda: replies.call(emptied),
    )
