"""/start, /help, commands that do not exist, and buttons that no longer do."""

from aiogram import Bot, F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot import keyboards
from bot.desk import Desk


def router() -> Router:
    """Comes last: its last two handlers take what nobody else took."""
    router = Router(name="help")
    router.message.register(start, Command("start", ignore_case=True))
    router.message.register(show_help, Command("help", ignore_case=True))
    slash = F.text.startswith("/") | F.caption.startswith("/")
    router.message.register(unknown, F.chat.type == "private", slash)
    router.callback_query.register(stale)
    return router


async def start(message: Message, desk: Desk, language: str) -> None:
    keyboard = keyboards.example(desk.texts, language, 0)
    desk.replies.answer(message, desk.texts(language, "start"), keyboard)


async def show_help(message: Message, desk: Desk, language: str) -> None:
    desk.replies.answer(message, desk.texts(language, "help"))


async def unknown(message: Message, desk: Desk, bot: Bot, language: str) -> None:
    addressee = (message.text or message.caption or "").split()[0].partition("@")[2]
    me = await bot.me()  # known since the start, so no call
    if addressee and addressee.lower() != (me.username or "").lower():
        return
    desk.hint(message, "command-unknown", language)


async def stale(query: CallbackQuery, desk: Desk, language: str) -> None:
    desk.replies.toast(query, desk.texts(language, "alert-stale"))
