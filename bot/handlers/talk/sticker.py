"""Handle /sticker: a picture without its ground, and a button that puts it into one's own set."""

import asyncio

from aiogram import Bot, Router
from aiogram.exceptions import AiogramError, TelegramBadRequest
from aiogram.filters import Command
from aiogram.filters.callback_data import CallbackData
from aiogram.methods import SendMessage, SendSticker
from aiogram.types import (
    BufferedInputFile,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputSticker,
    Message,
    ReplyParameters,
)

from bot.context import BotContext
from bot.requests.asking import Asking
from bot.requests.shown_picture import PictureSource, fetch_picture, work_on_picture
from bot.telegram import GROUPS, thread_of
from bot.views.sticker import SIDE, sticker_webp
from store.files import images

COMMANDS = ("sticker", "стикер")
EMOJI = "🎨"
NO_SUCH_SET = "stickerset_invalid"  # in Telegram's description


class KeepSticker(CallbackData, prefix="mine"):
    """Callback data: put the sticker of this message into the set of who taps."""


def router() -> Router:
    """Return the router of /sticker and its button."""
    router = Router(name="sticker")
    router.message.register(make_sticker, Command(*COMMANDS, ignore_case=True))
    router.callback_query.register(keep_sticker, KeepSticker.filter())
    return router


async def make_sticker(
    message: Message, context: BotContext, asking: Asking, bot: Bot, language: str
) -> None:
    """Cut a sticker out of the picture that is answered or that carries the command."""

    async def answer(source: PictureSource) -> None:
        webp = await _cut_out(context, bot, source)
        told = _no_right(message, context, language)
        context.replies.call(_sticker(message, context, webp, language), private=told)

    await work_on_picture(message, context, asking, bot, language, command="sticker", work=answer)


async def keep_sticker(
    query: CallbackQuery, context: BotContext, asking: Asking, bot: Bot, language: str
) -> None:
    """Put the sticker into the set of who taps; the first one makes the set."""
    shown = query.message
    sticker = shown.sticker if isinstance(shown, Message) else None
    if sticker is None:
        context.replies.toast(query, context.texts(language, "alert-stale"))
        return

    async def keep() -> None:
        me = await bot.me()
        name = f"u{query.from_user.id}_by_{me.username}"
        added = InputSticker(sticker=sticker.file_id, format="static", emoji_list=[EMOJI])
        try:
            await _add(bot, query.from_user.id, name, added, context.texts(language, "sticker-set"))
        except AiogramError:
            context.replies.toast(query, context.texts(language, "sticker-refused"), alert=True)
            return
        context.replies.toast(query, context.texts(language, "sticker-kept"))
        text = context.texts(language, "sticker-link", link=f"https://t.me/addstickers/{name}")
        context.replies.call(SendMessage(chat_id=query.from_user.id, text=text))

    if not asking.start(keep()):
        context.replies.toast(query, context.texts(language, "asking-many"))


async def _add(bot: Bot, user_id: int, name: str, sticker: InputSticker, title: str) -> None:
    try:
        await bot.add_sticker_to_set(user_id=user_id, name=name, sticker=sticker)
    except TelegramBadRequest as error:
        if NO_SUCH_SET not in error.message.lower():
            raise
        await bot.create_new_sticker_set(
            user_id=user_id, name=name, title=title, stickers=[sticker]
        )


async def _cut_out(context: BotContext, bot: Bot, source: PictureSource) -> bytes:
    data = await fetch_picture(context, bot, source)
    size, rgb = await asyncio.to_thread(images.decode_image, data, SIDE * SIDE)
    return await asyncio.to_thread(sticker_webp, size, rgb)


def _sticker(message: Message, context: BotContext, webp: bytes, language: str) -> SendSticker:
    button = InlineKeyboardButton(
        text=context.texts(language, "sticker-keep"), callback_data=KeepSticker().pack()
    )
    return SendSticker(
        chat_id=message.chat.id,
        message_thread_id=thread_of(message),
        sticker=BufferedInputFile(webp, "sticker.webp"),
        reply_parameters=ReplyParameters(
            message_id=message.message_id, allow_sending_without_reply=True
        ),
        reply_markup=InlineKeyboardMarkup(inline_keyboard=[[button]]),
    )


def _no_right(message: Message, context: BotContext, language: str) -> SendMessage | None:
    """Return what the author is told where the group lets the bot send no stickers."""
    if message.chat.type not in GROUPS or message.from_user is None or message.sender_chat:
        return None
    return SendMessage(
        chat_id=message.from_user.id, text=context.texts(language, "sticker-no-right")
    )
