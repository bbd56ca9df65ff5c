"""Handle /gallery: a user's own pictures in one message, sent by Telegram's file ids."""

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
from bot.delivery.results.media import read_file
from bot.views import captions
from bot.views.deep_links import GALLERY_PAYLOAD, deep_link
from bot.views.keyboards import CallbackId
from bot.views.placeholder import placeholder_png
from bot.views.result_keyboard import result_keyboard
from store.gallery import gallery
from store.gallery.gallery import GalleryItem
from store.model import TelegramFile


class GalleryPage(CallbackData, prefix="leaf"):
    """Callback data: show the picture of this job."""

    job: CallbackId


class SendFromGallery(CallbackData, prefix="send"):
    """Callback data: send the picture of this job as a new message with its buttons."""

    job: CallbackId


def router() -> Router:
    """Return the router of /gallery and its buttons."""
    router = Router(name="gallery")
    router.message.register(open_gallery, Command("gallery", ignore_case=True))
    private = F.message.chat.type == "private"
    router.callback_query.register(turn_page, private, GalleryPage.filter())
    router.callback_query.register(send_picture, private, SendFromGallery.filter())
    return router


async def open_gallery(message: Message, context: BotContext, bot: Bot, language: str) -> None:
    """Show the newest picture; in a group, link to the private chat instead."""
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
    """Send the newest picture, with buttons to the others."""
    assert message.from_user is not None
    item = await gallery.gallery_page(context.db, message.from_user.id)
    if item is None:
        context.replies.answer(message, context.texts(language, "gallery-empty"))
        return
    keyboard = _keyboard(context, language, item)
    await send_item(context, message.chat.id, item, caption_of(context, language, item), keyboard)


async def turn_page(
    query: CallbackQuery, callback_data: GalleryPage, context: BotContext, language: str
) -> None:
    """Show that picture in the same message, or its neighbour if it is gone."""
    item = await gallery.gallery_page(context.db, query.from_user.id, callback_data.job)
    if item is None or query.message is None:
        context.replies.toast(query, context.texts(language, "gallery-empty"))
        return
    context.replies.toast(query)
    caption = caption_of(context, language, item)
    context.replies.call(
        EditMessageMedia(
            chat_id=query.message.chat.id,
            message_id=query.message.message_id,
            media=await shown_media(context, item, caption),
            reply_markup=_keyboard(context, language, item),
        )
    )


async def send_picture(
    query: CallbackQuery, callback_data: SendFromGallery, context: BotContext, language: str
) -> None:
    """Send the picture as a new message with the buttons of a result."""
    job_id = callback_data.job
    item = await gallery.gallery_page(context.db, query.from_user.id, job_id)
    if item is None or item.job.id != job_id or query.message is None:
        context.replies.toast(query, context.texts(language, "alert-erased"), alert=True)
        return
    context.replies.toast(query)
    assert item.job.result is not None
    caption = captions.finished_caption(context.texts, item.job, item.job.result)
    caption += _lost_line(context, language, item)
    keyboard = result_keyboard(context.texts, language, item.job)
    await send_item(context, query.message.chat.id, item, caption, keyboard)


async def send_item(
    context: BotContext,
    chat_id: int,
    item: GalleryItem,
    caption: str,
    keyboard: InlineKeyboardMarkup,
) -> None:
    """Send a picture as a new message."""
    kind, media = await _media(context, item)
    job = item.job
    # In the chat of the request, the picture replies to it again.
    reply = None
    if chat_id == job.chat_id and job.message_id:
        reply = ReplyParameters(message_id=job.message_id, allow_sending_without_reply=True)
    if kind == "document":
        call: SendDocument | SendPhoto = SendDocument(chat_id=chat_id, document=media)
    else:
        call = SendPhoto(chat_id=chat_id, photo=media, has_spoiler=job.has_spoiler)
    fields = {"caption": caption, "reply_markup": keyboard, "reply_parameters": reply}
    context.replies.call(call.model_copy(update=fields), once=f"gallery:{chat_id}:{job.id}")


async def shown_media(
    context: BotContext, item: GalleryItem, caption: str
) -> InputMediaDocument | InputMediaPhoto:
    """Return a picture to put into a message that there is."""
    kind, media = await _media(context, item)
    if kind == "document":
        return InputMediaDocument(media=media, caption=caption)
    return InputMediaPhoto(media=media, caption=caption, has_spoiler=item.job.has_spoiler)


async def _media(context: BotContext, item: GalleryItem) -> tuple[str, str | BufferedInputFile]:
    """Return the kind of file, and its id or, if Telegram never gave one, its bytes."""
    file: TelegramFile | None = item.file
    if file is not None:
        return file.kind, file.id
    result = item.job.result
    data = await read_file(context.files, result.picture) if result else None
    return "photo", BufferedInputFile(data or placeholder_png(), f"mazok-{item.job.id}.png")


def caption_of(context: BotContext, language: str, item: GalleryItem) -> str:
    """Return the caption of a picture in the gallery."""
    assert item.job.result is not None
    place = context.texts(language, "gallery-place", place=item.place, count=item.count)
    seed = context.texts(language, "result-seed", seed=str(item.job.result.seed))
    tail = f"{seed} · {place}" + _lost_line(context, language, item)
    return captions.fit_caption(context.texts, language, "result-prompt", item.job.prompt, tail)


def _lost_line(context: BotContext, language: str, item: GalleryItem) -> str:
    """Return a line that explains a blank picture, or an empty text."""
    gone = item.file is None and item.job.expired
    return "\n" + context.texts(language, "alert-files-gone") if gone else ""


def _keyboard(context: BotContext, language: str, item: GalleryItem) -> InlineKeyboardMarkup:
    def page_button(key: str, job_id: int | None) -> list[InlineKeyboardButton]:
        if job_id is None:
            return []
        data = GalleryPage(job=job_id).pack()
        return [InlineKeyboardButton(text=context.texts(language, key), callback_data=data)]

    paging = page_button("gallery-newer", item.newer) + page_button("gallery-older", item.older)
    actions = actions_of(context, language, item)
    return InlineKeyboardMarkup(inline_keyboard=[row for row in (paging, actions) if row])


def actions_of(context: BotContext, language: str, item: GalleryItem) -> list[InlineKeyboardButton]:
    """Return the buttons that send or share a picture."""
    send = InlineKeyboardButton(
        text=context.texts(language, "gallery-send"),
        callback_data=SendFromGallery(job=item.job.id).pack(),
    )
    share = InlineKeyboardButton(
        text=context.texts(language, "share-button"), switch_inline_query=f"#{item.job.id}"
    )
    # In another chat it would be shown without its spoiler.
    return [send] if item.job.unsafe else [send, share]
