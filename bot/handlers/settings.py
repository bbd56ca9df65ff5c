"""/settings: a person's choices in the private chat, a group's by its administrators."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.methods import EditMessageText
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot import tastes
from bot.asker import language_of
from bot.desk import Desk
from bot.links import SETTINGS, link_to
from bot.permission import is_administrator
from bot.tastes import MENU, PAGES, Choose, Page, Tastes
from store import choices, engines
from store.choices import Choice


def router() -> Router:
    router = Router(name="settings")
    router.message.register(command, Command("settings", ignore_case=True))
    router.callback_query.register(turn, Page.filter())
    router.callback_query.register(choose, Choose.filter())
    return router


async def command(message: Message, desk: Desk, bot: Bot, language: str) -> None:
    """In a group, an administrator sees the group's choices; others are shown the way to theirs."""
    chat_id = message.chat.id
    if message.chat.type == "private":
        await show(message, chat_id, desk, language)
        return

    async def ask_telegram_first() -> None:
        anonymous = message.sender_chat is not None and message.sender_chat.id == chat_id
        sender = message.from_user.id if message.from_user else 0
        if anonymous or await is_administrator(bot, chat_id, sender):
            await show(message, chat_id, desk, language)
            return
        button = InlineKeyboardButton(
            text=desk.texts(language, "tastes-private-button"), url=await link_to(bot, SETTINGS)
        )
        keyboard = InlineKeyboardMarkup(inline_keyboard=[[button]])
        desk.replies.answer(message, desk.texts(language, "tastes-private"), keyboard)

    desk.replies.run(ask_telegram_first)


async def show(message: Message, owner: int, desk: Desk, language: str) -> None:
    now = await _tastes(desk, owner)
    desk.replies.answer(
        message,
        tastes.text(desk.texts, language, now, MENU),
        tastes.keyboard(desk.texts, language, now, MENU),
    )


async def turn(
    query: CallbackQuery, callback_data: Page, desk: Desk, bot: Bot, language: str
) -> None:
    page = callback_data.page
    if page not in (MENU, *PAGES):
        desk.replies.toast(query, desk.texts(language, "alert-stale"))
        return

    async def act() -> None:
        desk.replies.toast(query)
        await _turn_to(query, page, await _tastes(desk, callback_data.owner), desk, language)

    await _for_owner(query, callback_data.owner, desk, bot, language, act=act)


async def choose(
    query: CallbackQuery, callback_data: Choose, desk: Desk, bot: Bot, language: str
) -> None:
    """Holds from the next picture on; a new language from this very answer on."""
    owner, name = callback_data.owner, callback_data.name
    try:
        option = (await _tastes(desk, owner)).option(name, callback_data.value)
    except LookupError:
        desk.replies.toast(query, desk.texts(language, "alert-stale"))
        return

    async def act() -> None:
        await choices.choose(desk.db, owner, name, option)
        spoken = language
        if name == "language":
            spoken = _spoken_from_now(query, option, language)
        desk.replies.toast(query, desk.texts(spoken, "tastes-kept"))
        await _turn_to(query, MENU, await _tastes(desk, owner), desk, spoken)

    await _for_owner(query, owner, desk, bot, language, act=act)


def _spoken_from_now(query: CallbackQuery, option: Choice, language: str) -> str:
    if isinstance(option, str):
        return option
    return language_of(query.from_user) if query.message and query.message.chat.id > 0 else language


async def _for_owner(
    query: CallbackQuery,
    owner: int,
    desk: Desk,
    bot: Bot,
    language: str,
    *,
    act: Callable[[], Awaitable[None]],
) -> None:
    """A person's choices are their own; a group's are its administrators', in the group itself."""
    if owner == query.from_user.id:
        await act()
        return
    if query.message is None or query.message.chat.id != owner:
        desk.replies.toast(query, desk.texts(language, "alert-stale"))
        return

    async def ask_telegram_first() -> None:
        if await is_administrator(bot, owner, query.from_user.id):
            await act()
        else:
            desk.replies.toast(query, desk.texts(language, "tastes-admins-only"), alert=True)

    desk.replies.run(ask_telegram_first)


async def _turn_to(query: CallbackQuery, page: str, now: Tastes, desk: Desk, language: str) -> None:
    if query.message is None:
        return
    desk.replies.call(
        EditMessageText(
            chat_id=query.message.chat.id,
            message_id=query.message.message_id,
            text=tastes.text(desk.texts, language, now, page),
            reply_markup=tastes.keyboard(desk.texts, language, now, page),
        )
    )


async def _tastes(desk: Desk, owner: int) -> Tastes:
    models = engines.vqgans(await engines.alive(desk.db))
    chosen = await choices.of(desk.db, owner)
    if chosen.safety not in desk.safety.offered:  # the owner has become stricter since
        chosen = replace(chosen, safety=None)
    return Tastes(owner, chosen, models, desk.safety)
