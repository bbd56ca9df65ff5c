"""/start, /help, commands that do not exist, and buttons that no longer do."""

from aiogram import Bot, F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.context import BotContext
from bot.views import keyboards


def router() -> Router:
    """Comes last: its last two handlers take what nobody else took."""
    router = Router(name="help")
    router.message.register(start, Command("start", ignore_case=True))
    router.message.register(show_help, Command("help", ignore_case=True))
    slash = F.text.startswith("/") | F.caption.startswith("/")
    router.message.register(unknown, F.chat.type == "private", slash)
    router.callback_query.register(stale)
    return router


async def start(message: Message, context: BotContext, language: str) -> None:
    keyboard = keyboards.example_keyboard(context.texts, language, 0)
    context.replies.answer(message, context.texts(language, "start"), keyboard)


async def show_help(message: Message, context: BotContext, language: str) -> None:
    context.replies.answer(message, context.texts(language, "help"))


async def unknown(message: Message, context: BotContext, bot: Bot, language: str) -> None:
    addressee = (message.text or message.caption or "").split()[0].partition("@")[2]
    me = await bot.me()  # known since the start, so no call
    if addressee and addressee.lower() != (me.username or "").lower():
        return
    context.hint(message, "command-unknown", language)


async def stale(query: CallbackQuery, context: BotContext, language: str) -> None:
    context.replies.toast(query, context.texts(language, "alert-stale"))
