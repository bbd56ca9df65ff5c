"""What can be taken away from a finished picture: its files, its settings, a link to its recipe."""

from html import escape

from aiogram.methods import SendDocument, SendMessage
from aiogram.types import BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup

from bot.delivery import media
from bot.handlers.result.button_press import ButtonPress
from bot.views import captions
from bot.views.deep_links import deep_link
from store.gallery import shared_links


async def send_png(pressed: ButtonPress) -> None:
    """Every pixel as it was painted: a photo is compressed anew by Telegram."""
    await _file(pressed, "png")


async def send_gif(pressed: ButtonPress) -> None:
    """The true GIF, which Telegram would turn into a video if it were not a plain file."""
    await _file(pressed, "gif")


async def _file(pressed: ButtonPress, suffix: str) -> None:
    job, context = pressed.job, pressed.context
    key = media.picture_key(job)
    if suffix == "gif":
        key = job.result.gif if job.result else None

    async def read_and_send() -> None:
        data = await media.read_file(context.files, key) if key else None
        if data is None:
            pressed.toast("alert-files-gone", alert=True)
            return
        pressed.toast("alert-file")
        document = SendDocument(
            chat_id=pressed.chat_id,
            document=BufferedInputFile(data, f"mazok-{pressed.job.id}.{suffix}"),
            message_thread_id=pressed.thread_id,
            disable_content_type_detection=True,
            reply_parameters=pressed.reply,
        )
        context.replies.call(document, once=f"sending:{once}")

    # While one is on its way, more taps bring no more files.
    once = f"{suffix}:{pressed.chat_id}:{pressed.job.id}"
    if not context.replies.run(read_and_send, once=once):
        pressed.toast("alert-file")


async def send_facts(pressed: ButtonPress) -> None:
    """The settings used, as code: one tap copies them."""
    pressed.toast()
    text = captions.facts(pressed.context.texts, pressed.language, pressed.job)
    pressed.context.replies.call(_answer(pressed, text))


async def send_share_link(pressed: ButtonPress) -> None:
    """A link by which anybody can paint by the same recipe, and the picture for any chat."""
    token = await shared_links.create_link(pressed.context.db, pressed.job.id)
    link = await deep_link(pressed.bot, token)
    pressed.toast()
    to_a_chat = InlineKeyboardButton(
        text=pressed.say("share-button"), switch_inline_query=f"#{pressed.job.id}"
    )
    # What has a veil here would come without one there; the recipe is painted, and judged, anew.
    keyboard = None
    if not pressed.job.unsafe:
        keyboard = InlineKeyboardMarkup(inline_keyboard=[[to_a_chat]])
    text = pressed.say("share-link", link=escape(link))
    pressed.context.replies.call(_answer(pressed, text, keyboard))


def _answer(
    pressed: ButtonPress, text: str, keyboard: InlineKeyboardMarkup | None = None
) -> SendMessage:
    return SendMessage(
        chat_id=pressed.chat_id,
        message_thread_id=pressed.thread_id,
        text=text,
        reply_parameters=pressed.reply,
        reply_markup=keyboard,
    )
