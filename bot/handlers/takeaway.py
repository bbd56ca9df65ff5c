"""What can be taken away from a finished picture: its files, its settings, a link to its recipe."""

from html import escape

from aiogram.methods import SendDocument, SendMessage
from aiogram.types import BufferedInputFile, InlineKeyboardButton, InlineKeyboardMarkup

from bot import captions, results
from bot.links import link_to
from bot.press import Press
from store import recipes


async def png(pressed: Press) -> None:
    """Every pixel as it was painted: a photo is compressed anew by Telegram."""
    await _file(pressed, "png")


async def gif(pressed: Press) -> None:
    """The true GIF, which Telegram would turn into a video if it were not a plain file."""
    await _file(pressed, "gif")


async def _file(pressed: Press, suffix: str) -> None:
    job, desk = pressed.job, pressed.desk
    key = results.key_of_picture(job)
    if suffix == "gif":
        key = job.result.gif if job.result else None

    async def read_and_send() -> None:
        data = await results.read(desk.files, key) if key else None
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
        desk.replies.call(document, once=f"sending:{once}")

    # While one is on its way, more taps bring no more files.
    once = f"{suffix}:{pressed.chat_id}:{pressed.job.id}"
    if not desk.replies.run(read_and_send, once=once):
        pressed.toast("alert-file")


async def facts(pressed: Press) -> None:
    """The settings used, as code: one tap copies them."""
    pressed.toast()
    text = captions.facts(pressed.desk.texts, pressed.language, pressed.job)
    pressed.desk.replies.call(_answer(pressed, text))


async def share(pressed: Press) -> None:
    """A link by which anybody can paint by the same recipe, and the picture for any chat."""
    token = await recipes.share(pressed.desk.db, pressed.job.id)
    link = await link_to(pressed.bot, token)
    pressed.toast()
    to_a_chat = InlineKeyboardButton(
        text=pressed.say("share-button"), switch_inline_query=f"#{pressed.job.id}"
    )
    # What has a veil here would come without one there; the recipe is painted, and judged, anew.
    keyboard = None
    if not pressed.job.unsafe:
        keyboard = InlineKeyboardMarkup(inline_keyboard=[[to_a_chat]])
    text = pressed.say("share-link", link=escape(link))
    pressed.desk.replies.call(_answer(pressed, text, keyboard))


def _answer(pressed: Press, text: str, keyboard: InlineKeyboardMarkup | None = None) -> SendMessage:
    return SendMessage(
        chat_id=pressed.chat_id,
        message_thread_id=pressed.thread_id,
        text=text,
        reply_parameters=pressed.reply,
        reply_markup=keyboard,
    )
