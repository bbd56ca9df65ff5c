"""Handle /start, /help, unknown commands and outdated buttons."""

from aiogram import Bot, F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.context import BotContext
from bot.views import keyboards
from store.jobs import engines, reading
from store.reader.scripts import SCRIPTS


def router() -> Router:
    """Return the router that must come last: it takes what no other handler took."""
    router = Router(name="help")
    router.message.register(start, Command("start", ignore_case=True))
    router.message.register(show_help, Command("help", ignore_case=True))
    slash = F.text.startswith("/") | F.caption.startswith("/")
    router.message.register(explain_unknown_command, F.chat.type == "private", slash)
    router.callback_query.register(explain_stale_button)
    return router


async def start(message: Message, context: BotContext, language: str) -> None:
    """Greet the user, with a button that draws an example."""
    keyboard = keyboards.example_keyboard(context.texts, language, 0)
    example = keyboards.example_prompt(context.texts, language, 1)
    knows = await _knows(context)
    text = context.texts(language, "start", knows=knows, example=example)
    context.replies.answer(message, text, keyboard)


async def show_help(message: Message, context: BotContext, language: str) -> None:
    """Send the help."""
    text = context.texts(language, "help", knows=await _knows(context))
    context.replies.answer(message, text)


async def _knows(context: BotContext) -> str:
    """Return what the greeting may promise of the alive engines.

    "things": one thing of a closed list; "scenes": two of them, several, and places; "all": any
    words.
    """
    closed = reading.repertoires_of(await engines.alive_engines(context.db))
    if len(closed) < len(SCRIPTS):
        return "all"
    return "scenes" if all(one.places for one in closed.values()) else "things"


async def explain_unknown_command(
    message: Message, context: BotContext, bot: Bot, language: str
) -> None:
    """Answer an unknown command, unless it names another bot."""
    addressee = (message.text or message.caption or "").split()[0].partition("@")[2]
    me = await bot.me()  # cached since the start, so no call
    if addressee and addressee.lower() != (me.username or "").lower():
        return
    context.hint(message, "command-unknown", language)


async def explain_stale_button(query: CallbackQuery, context: BotContext, language: str) -> None:
    """Answer a press of a button that no handler knows any more."""
    context.replies.toast(query, context.texts(language, "alert-stale"))
