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

from bot.context import BotContext
from bot.delivery import media as results
from bot.views import captions, result_keyboard
from bot.views.deep_links import GALLERY_PAYLOAD, deep_link
from bot.views.keyboards import JobNumber
from bot.views.placeholder import placeholder_png
from store.gallery import gallery
from store.gallery.gallery import GalleryItem
from store.model import TelegramFile


class GalleryPage(CallbackData, prefix="leaf"):
    """Turn to the picture of this job."""

    job: JobNumber


class SendFromGallery(CallbackData, prefix="send"):
    """Send the picture of this job anew, with its buttons."""

    job: JobNumber


def router() -> Router:
    router = Router(name="gallery")
    router.message.register(command, Command("gallery", ignore_case=True))
    private = F.message.chat.type == "private"
    router.callback_query.register(turn_page, private, GalleryPage.filter())
    router.callback_query.register(send, private, SendFromGallery.filter())
    return router


async def command(message: Message, context: BotContext, bot: Bot, language: str) -> None:
    """In a group it would show to all what was painted in private."""
    if message.chat.type == "private":
        await show_page(message, context, language)
        return
    button = InlineKeyboardButton(
        text=context.texts(language, "gallery-private-button"),
        url=await deep_link(bot, GALLERY_PAYLOAD),
    )
    keyboard = InlineKeyboardMarkup(inline_keyboard=[[button]])
    context.replies.answer(message, context.texts(language, "gallery-private"), keyboard)


async def show_page(message: Message, context: BotContext, language: str) -> None:
    """The newest picture, with buttons to the others."""
    assert message.from_user is not None
    exhibit = await gallery.gallery_page(context.db, message.from_user.id)
    if exhibit is None:
        context.replies.answer(message, context.texts(language, "gallery-empty"))
        return
    keyboard = _keyboard(context, language, exhibit)
    await _send(context, message.chat.id, exhibit, _caption(context, language, exhibit), keyboard)


async def turn_page(
    query: CallbackQuery, callback_data: GalleryPage, context: BotContext, language: str
) -> None:
    """To that picture, or to its neighbour where it is gone by now."""
    exhibit = await gallery.gallery_page(context.db, query.from_user.id, callback_data.job)
    if exhibit is None or query.message is None:
        context.replies.toast(query, context.texts(language, "gallery-empty"))
        return
    context.replies.toast(query)
    file, media = await _media(context, exhibit)
    caption = _caption(context, language, exhibit)
    shown: InputMediaDocument | InputMediaPhoto
    if file == "document":
        shown = InputMediaDocument(media=media, caption=caption)
    else:
        shown = InputMediaPhoto(media=media, caption=caption, has_spoiler=exhibit.job.has_spoiler)
    context.replies.call(
        EditMessageMedia(
            chat_id=query.message.chat.id,
            message_id=query.message.message_id,
            media=shown,
            reply_markup=_keyboard(context, language, exhibit),
        )
    )


async def send(
    query: CallbackQuery, callback_data: SendFromGallery, context: BotContext, language: str
) -> None:
    job_id = callback_data.job
    exhibit = await gallery.gallery_page(context.db, query.from_user.id, job_id)
    if exhibit is None or exhibit.job.id != job_id or query.message is None:
        context.replies.toast(query, context.texts(language, "alert-erased"), alert=True)
        return
    context.replies.toast(query)
    assert exhibit.job.result is not None
    caption = captions.finished_caption(context.texts, exhibit.job, exhibit.job.result)
    caption += _lost(context, language, exhibit)
    keyboard = result_keyboard.compact_keyboard(context.texts, language, job_id)
    await _send(context, query.message.chat.id, exhibit, caption, keyboard)


async def _send(
    context: BotContext,
    chat_id: int,
    exhibit: GalleryItem,
    caption: str,
    keyboard: InlineKeyboardMarkup,
) -> None:
    kind, media = await _media(context, exhibit)
    job = exhibit.job
    # In the chat where it was asked for, it stands under the request again.
    reply = None
    if chat_id == job.chat_id and job.message_id:
        reply = ReplyParameters(message_id=job.message_id, allow_sending_without_reply=True)
    if kind == "document":
        call: SendDocument | SendPhoto = SendDocument(chat_id=chat_id, document=media)
    else:
        call = SendPhoto(chat_id=chat_id, photo=media, has_spoiler=job.has_spoiler)
    place = {"caption": caption, "reply_markup": keyboard, "reply_parameters": reply}
    context.replies.call(call.model_copy(update=place), once=f"gallery:{chat_id}:{job.id}")


async def _media(context: BotContext, exhibit: GalleryItem) -> tuple[str, str | BufferedInputFile]:
    """Its kind, and its id or, where Telegram never told one, its bytes."""
    file: TelegramFile | None = exhibit.file
    if file is not None:
        return file.kind, file.id
    result = exhibit.job.result
    data = await results.read_file(context.files, result.picture) if result else None
    return "photo", BufferedInputFile(data or placeholder_png(), f"mazok-{exhibit.job.id}.png")


def _caption(context: BotContext, language: str, exhibit: GalleryItem) -> str:
    assert exhibit.job.result is not None
    place = context.texts(language, "gallery-place", place=exhibit.place, count=exhibit.count)
    seed = context.texts(language, "result-seed", seed=str(exhibit.job.result.seed))
    tail = f"{seed} · {place}" + _lost(context, language, exhibit)
    return captions.fit_caption(context.texts, language, "result-prompt", exhibit.job.prompt, tail)


def _lost(context: BotContext, language: str, exhibit: GalleryItem) -> str:
    """Why a blank stands in the place of the picture, where nobody has it any more."""
    gone = exhibit.file is None and exhibit.job.expired
    return "\n" + context.texts(language, "alert-files-gone") if gone else ""


def _keyboard(context: BotContext, language: str, exhibit: GalleryItem) -> InlineKeyboardMarkup:
    def leaf(key: str, job_id: int | None) -> list[InlineKeyboardButton]:
        if job_id is None:
            return []
        data = GalleryPage(job=job_id).pack()
        return [InlineKeyboardButton(text=context.texts(language, key), callback_data=data)]

    job_id = exhibit.job.id
    turning = leaf("gallery-newer", exhibit.newer) + leaf("gallery-older", exhibit.older)
    whole = InlineKeyboardButton(
        text=context.texts(language, "gallery-send"),
        callback_data=SendFromGallery(job=job_id).pack(),
    )
    share = InlineKeyboardButton(
        text=context.texts(language, "share-button"), switch_inline_query=f"#{job_id}"
    )
    # In another chat it would come without a veil.
    below = [whole] if exhibit.job.unsafe else [whole, share]
    return InlineKeyboardMarkup(inline_keyboard=[row for row in (turning, below) if row])
