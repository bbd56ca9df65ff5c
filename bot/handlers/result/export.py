"""Send the files of a result, its settings, or a link that shares them."""

from html import escape

from aiogram.methods import EditMessageMedia, SendDocument, SendMessage
from aiogram.types import BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup

from bot.delivery.results import media
from bot.handlers.result.button_press import ButtonPress
from bot.views import captions
from bot.views.deep_links import deep_link
from bot.views.result_keyboard import result_keyboard
from store.gallery import shared_links


async def show_picture(press: ButtonPress) -> None:
    """Show the picture in place of a line that offers it."""
    job, context = press.job, press.context

    async def read_and_show() -> None:
        try:
            pictures = await media.picture_media(context.files, context.texts, job)
        except media.PictureLost:
            pictures = []
        if not pictures:
            press.toast("alert-files-gone", alert=True)
            return
        press.toast()
        edit = EditMessageMedia(
            chat_id=press.chat_id,
            message_id=press.message_id,
            media=pictures[0],
            reply_markup=result_keyboard(context.texts, job.language, job),
        )
        context.replies.call(edit)

    context.replies.run(read_and_show)


async def send_png(press: ButtonPress) -> None:
    """Send the picture as a file, since Telegram recompresses photos."""
    await _send_file(press, "png")


async def send_gif(press: ButtonPress) -> None:
    """Send the GIF as a plain file, since Telegram turns other GIFs into videos."""
    await _send_file(press, "gif")


async def _send_file(press: ButtonPress, suffix: str) -> None:
    job, context = press.job, press.context
    key = media.picture_key(job)
    if suffix == "gif":
        key = job.result.gif if job.result else None

    async def read_and_send() -> None:
        data = await media.read_file(context.files, key) if key else None
        if data is None:
            press.toast("alert-files-gone", alert=True)
            return
        press.toast("alert-file")
        document = SendDocument(
            chat_id=press.chat_id,
            document=BufferedInputFile(data, f"mazok-{press.job.id}.{suffix}"),
            message_thread_id=press.thread_id,
            disable_content_type_detection=True,
            reply_parameters=press.reply,
        )
        context.replies.call(document, once=f"sending:{once}")

    # While the file is being sent, further presses send no more.
    once = f"{suffix}:{press.chat_id}:{press.job.id}"
    if not context.replies.run(read_and_send, once=once):
        press.toast("alert-file")


async def send_settings(press: ButtonPress) -> None:
    """Send the settings used, as code that a tap copies."""
    press.toast()
    text = captions.settings_used(press.context.texts, press.language, press.job)
    press.context.replies.call(_answer(press, text))


async def send_share_link(press: ButtonPress) -> None:
    """Send a link that paints with these settings, and a button that shares the picture."""
    token = await shared_links.create_link(press.context.db, press.job.id)
    link = await deep_link(press.bot, token)
    press.toast()
    share_button = InlineKeyboardButton(
        text=press.text("share-button"), switch_inline_query=f"#{press.job.id}"
    )
    # A shared picture has no spoiler; a job with the same settings is checked for safety anew.
    keyboard = None
    if not press.job.unsafe:
        keyboard = InlineKeyboardMarkup(inline_keyboard=[[share_button]])
    text = press.text("share-link", link=escape(link))
    press.context.replies.call(_answer(press, text, keyboard))


def _answer(
    press: ButtonPress, text: str, keyboard: InlineKeyboardMarkup | None = None
) -> SendMessage:
    return SendMessage(
        chat_id=press.chat_id,
        message_thread_id=press.thread_id,
        text=text,
        reply_parameters=press.reply,
        reply_markup=keyboard,
    )
