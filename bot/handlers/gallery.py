"""/gallery: one's own pictures, turned over in one message, by the ids that Telegram gave them."""

from aiogram import Bot, F, Router
from aiogram.filters import Command
from aiogram.filters.callback_data import CallbackData
from aiogram.methods import EditMessageMedia, SendDocument, SendPhoto
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    Message,
    ReplyParameters,
)

from bot import captions, results, under
from bot.blank import blank_png
from bot.desk import Desk
from bot.keyboards import Number
from bot.links import GALLERY, link_to
from store import gallery
from store.gallery import Exhibit, TelegramFile


class Leaf(CallbackData, prefix="leaf"):
    """Turn to the picture of this job."""

    job: Number


class Send(CallbackData, prefix="send"):
    """Send the picture of this job anew, with its buttons."""

    job: Number


def router() -> Router:
    router = Router(name="gallery")
    router.message.register(command, Command("gallery", ignore_case=True))
    private = F.message.chat.type == "private"
    router.callback_query.register(turn, private, Leaf.filter())
    router.callback_query.register(send, private, Send.filter())
    return router


async def command(message: Message, desk: Desk, bot: Bot, language: str) -> None:
    """In a group it would show to all what was painted in private."""
    if message.chat.type == "private":
        await show(message, desk, language)
        return
    button = InlineKeyboardButton(
        text=desk.texts(language, "gallery-private-button"), url=await link_to(bot, GALLERY)
    )
    keyboard = InlineKeyboardMarkup(inline_keyboard=[[button]])
    desk.replies.answer(message, desk.texts(language, "gallery-private"), keyboard)


async def show(message: Message, desk: Desk, language: str) -> None:
    """The newest picture, with buttons to the others."""
    assert message.from_user is not None
    exhibit = await gallery.exhibit(desk.db, message.from_user.id)
    if exhibit is None:
        desk.replies.answer(message, desk.texts(language, "gallery-empty"))
        return
    keyboard = _keyboard(desk, language, exhibit)
    await _send(desk, message.chat.id, exhibit, _caption(desk, language, exhibit), keyboard)


async def turn(query: CallbackQuery, callback_data: Leaf, desk: Desk, language: str) -> None:
    """To that picture, or to its neighbour where it is gone by now."""
    exhibit = await gallery.exhibit(desk.db, query.from_user.id, callback_data.job)
    if exhibit is None or query.message is None:
        desk.replies.toast(query, desk.texts(language, "gallery-empty"))
        return
    desk.replies.toast(query)
    file, media = await _media(desk, exhibit)
    caption = _caption(desk, language, exhibit)
    shown: InputMediaDocument | InputMediaPhoto
    if file == "document":
        shown = InputMediaDocument(media=media, caption=caption)
    else:
        shown = InputMediaPhoto(media=media, caption=caption, has_spoiler=exhibit.job.veiled)
    desk.replies.call(
        EditMessageMedia(
            chat_id=query.message.chat.id,
            message_id=query.message.message_id,
            media=shown,
            reply_markup=_keyboard(desk, language, exhibit),
        )
    )


async def send(query: CallbackQuery, callback_data: Send, desk: Desk, language: str) -> None:
    job_id = callback_data.job
    exhibit = await gallery.exhibit(desk.db, query.from_user.id, job_id)
    if exhibit is None or exhibit.job.id != job_id or query.message is None:
        desk.replies.toast(query, desk.texts(language, "alert-erased"), alert=True)
        return
    desk.replies.toast(query)
    assert exhibit.job.result is not None
    caption = captions.finished(desk.texts, exhibit.job, exhibit.job.result)
    caption += _lost(desk, language, exhibit)
    keyboard = under.folded(desk.texts, language, job_id)
    await _send(desk, query.message.chat.id, exhibit, caption, keyboard)


async def _send(
    desk: Desk, chat_id: int, exhibit: Exhibit, caption: str, keyboard: InlineKeyboardMarkup
) -> None:
    kind, media = await _media(desk, exhibit)
    job = exhibit.job
    # In the chat where it was asked for, it stands under the request again.
    reply = None
    if chat_id == job.chat_id and job.message_id:
        reply = ReplyParameters(message_id=job.message_id, allow_sending_without_reply=True)
    if kind == "document":
        call: SendDocument | SendPhoto = SendDocument(chat_id=chat_id, document=media)
    else:
        call = SendPhoto(chat_id=chat_id, photo=media, has_spoiler=job.veiled)
    place = {"caption": caption, "reply_markup": keyboard, "reply_parameters": reply}
    desk.replies.call(call.model_copy(update=place), once=f"gallery:{chat_id}:{job.id}")


async def _media(desk: Desk, exhibit: Exhibit) -> tuple[str, str | BufferedInputFile]:
    """Its kind, and its id or, where Telegram never told one, its bytes."""
    file: TelegramFile | None = exhibit.file
    if file is not None:
        return file.kind, file.id
    result = exhibit.job.result
    data = await results.read(desk.files, result.picture) if result else None
    return "photo", BufferedInputFile(data or blank_png(), f"mazok-{exhibit.job.id}.png")


def _caption(desk: Desk, language: str, exhibit: Exhibit) -> str:
    assert exhibit.job.result is not None
    place = desk.texts(language, "gallery-place", place=exhibit.place, count=exhibit.count)
    seed = desk.texts(language, "result-seed", seed=str(exhibit.job.result.seed))
    tail = f"{seed} · {place}" + _lost(desk, language, exhibit)
    return captions.within(desk.texts, language, "result-prompt", exhibit.job.prompt, tail)


def _lost(desk: Desk, language: str, exhibit: Exhibit) -> str:
    """Why a blank stands in the place of the picture, where nobody has it any more."""
    gone = exhibit.file is None and exhibit.job.expired
    return "\n" + desk.texts(language, "alert-files-gone") if gone else ""


def _keyboard(desk: Desk, language: str, exhibit: Exhibit) -> InlineKeyboardMarkup:
    def leaf(key: str, job_id: int | None) -> list[InlineKeyboardButton]:
        if job_id is None:
            return []
        data = Leaf(job=job_id).pack()
        return [InlineKeyboardButton(text=desk.texts(language, key), callback_data=data)]

    job_id = exhibit.job.id
    turning = leaf("gallery-newer", exhibit.newer) + leaf("gallery-older", exhibit.older)
    whole = InlineKeyboardButton(
        text=desk.texts(language, "gallery-send"), callback_data=Send(job=job_id).pack()
    )
    share = InlineKeyboardButton(
        text=desk.texts(language, "share-button"), switch_inline_query=f"#{job_id}"
    )
    # In another chat it would come without a veil.
    below = [whole] if exhibit.job.unsafe else [whole, share]
    return InlineKeyboardMarkup(inline_keyboard=[row for row in (turning, below) if row])
