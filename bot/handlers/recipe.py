"""Links that open the chat and say a word: a shared recipe, the gallery, the settings."""

from aiogram import Bot, Router
from aiogram.filters import CommandObject, CommandStart
from aiogram.filters.callback_data import CallbackData
from aiogram.types import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    Update,
)

from bot import captions
from bot.asker import tapper_of
from bot.desk import Desk
from bot.handlers import edit, gallery, settings
from bot.keyboards import Number
from bot.links import GALLERY, SETTINGS, edited_job
from bot.orders import order, taken
from store import recipes
from store.errors import Refused, RequestError


class Paint(CallbackData, prefix="paint"):
    """Paint by this recipe; the serial tells a double tap from a later one."""

    token: str
    serial: Number


def router() -> Router:
    """Comes before the plain /start."""
    router = Router(name="recipe")
    router.message.register(start, CommandStart(deep_link=True, ignore_case=True))
    router.callback_query.register(paint, Paint.filter())
    return router


async def start(
    message: Message, command: CommandObject, desk: Desk, bot: Bot, language: str
) -> None:
    word = command.args or ""
    private = message.chat.type == "private"
    asked = edited_job(word)
    if private and word == GALLERY:
        await gallery.show(message, desk, language)
    elif private and word == SETTINGS:
        await settings.show(message, message.chat.id, desk, language)
    elif private and asked is not None:
        await edit.ask_again(message, asked, desk, bot, language)
    else:
        await _show(message, word, desk, language)


async def _show(message: Message, token: str, desk: Desk, language: str) -> None:
    job = await recipes.find(desk.db, token)
    if job is None:
        desk.replies.answer(message, desk.texts(language, "recipe-gone"))
        return
    keyboard = _keyboard(desk, language, token, 0)
    desk.replies.answer(message, captions.recipe(desk.texts, language, job), keyboard)


async def paint(
    query: CallbackQuery, callback_data: Paint, desk: Desk, event_update: Update, language: str
) -> None:
    """For whoever taps, on their account; the same seed, so the same picture."""
    asker = tapper_of(query, language)
    token, serial = callback_data.token, callback_data.serial
    job = await recipes.find(desk.db, token)
    if job is None or asker is None:
        desk.replies.toast(query, desk.texts(language, "recipe-gone"), alert=True)
        return
    key = f"{asker.chat_id}:{asker.message_id}:paint:{token}:{serial}:{asker.user_id}"
    try:
        await order(desk, job.request.without_sources(), asker, key, event_update)
    except (RequestError, Refused) as error:
        desk.replies.toast(query, desk.plain(error, language), alert=True)
        return
    taken(desk, query, asker, _keyboard(desk, language, token, serial + 1))


def _keyboard(desk: Desk, language: str, token: str, serial: int) -> InlineKeyboardMarkup:
    data = Paint(token=token, serial=serial).pack()
    button = InlineKeyboardButton(text=desk.texts(language, "recipe-button"), callback_data=data)
    return InlineKeyboardMarkup(inline_keyboard=[[button]])
