"""Handle /start, /help, unknown commands and outdated buttons."""

from aiogram import Bot, F, Router
from aiogram.filters import Command
from aiogram.methods import EditMessageText
from aiogram.types import CallbackQuery, Chat, Message

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
    router.callback_query.register(turn_help, keyboards.HelpPage.filter())
    router.callback_query.register(explain_stale_button)
    return router


async def start(message: Message, context: BotContext, language: str) -> None:
    """Greet the user, with a button that draws an example."""
    keyboard = keyboards.start_keyboard(context.texts, language, 0)
    example = keyboards.example_prompt(context.texts, language, 1)
    knows = await _knows(context)
    text = context.texts(language, "start", knows=knows, example=example)
    context.replies.answer(message, text, keyboard)


async def show_help(message: Message, context: BotContext, language: str) -> None:
    """Send the help, with buttons for its other pages."""
    text = await _page(context, language, "main", message.chat)
    keyboard = keyboards.help_keyboard(context.texts, language, "main")
    context.replies.answer(message, text, keyboard)


async def turn_help(
    query: CallbackQuery, callback_data: keyboards.HelpPage, context: BotContext, language: str
) -> None:
    """Show a page of the help in place of another one; under the greeting, send it."""
    message, page = query.message, callback_data.page
    if not isinstance(message, Message) or page not in ("main", *keyboards.HELP_PAGES):
        context.replies.toast(query, context.texts(language, "alert-stale"))
        return
    text = await _page(context, language, page, message.chat)
    keyboard = keyboards.help_keyboard(context.texts, language, page)
    context.replies.toast(query)
    if _is_greeting(message):
        context.replies.answer(message, text, keyboard)
    else:
        context.replies.call(
            EditMessageText(
                chat_id=message.chat.id,
                message_id=message.message_id,
                text=text,
                reply_markup=keyboard,
            )
        )


async def _page(context: BotContext, language: str, page: str, chat: Chat) -> str:
    """Return a page of the help; in an administrator's private chat it names the menu."""
    key = "help" if page == "main" else f"help-{page}"
    text = context.texts(language, key, knows=await _knows(context))
    if page == "main" and chat.id in context.admins:  # a private chat has its person's number
        text += "\n" + context.texts(language, "help-administrators")
    return text


def _is_greeting(message: Message) -> bool:
    rows = message.reply_markup.inline_keyboard if message.reply_markup else []
    prefix = f"{keyboards.TryExample.__prefix__}:"
    return any((button.callback_data or "").startswith(prefix) for row in rows for button in row)


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
    await context.hint(message, "command-unknown", language)


async def explain_stale_button(query: CallbackQuery, context: BotContext, language: str) -> None:
    """Answer a press of a button that no handler knows any more."""
    context.replies.toast(query, context.texts(language, "alert-stale"))
