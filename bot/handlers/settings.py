"""Handle /settings: a user's preferences in private, a group's by its administrators."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.methods import EditMessageText
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.context import BotContext
from bot.handlers.permissions import is_administrator
from bot.telegram import language_of
from bot.views import settings_menu
from bot.views.deep_links import SETTINGS_PAYLOAD, deep_link
from bot.views.settings_menu import (
    MAIN_PAGE,
    MENUS,
    PAGES,
    SettingsChoice,
    SettingsMenu,
    SettingsPage,
)
from store.jobs import engines
from store.jobs.reading import repertoires_of
from store.reader.scripts import open_scripts
from store.request.request import DrawRequest
from store.users import preferences
from store.users.preferences import PreferenceValue
from store.users.styles import all_styles


def router() -> Router:
    """Return the router of /settings and its buttons."""
    router = Router(name="settings")
    router.message.register(open_settings, Command("settings", ignore_case=True))
    router.callback_query.register(turn_page, SettingsPage.filter())
    router.callback_query.register(set_preference, SettingsChoice.filter())
    return router


async def open_settings(message: Message, context: BotContext, bot: Bot, language: str) -> None:
    """Show the menu: in a group, the group's to administrators and a private link to others."""
    chat_id = message.chat.id
    if message.chat.type == "private":
        await show_menu(message, chat_id, context, language)
        return

    async def show_menu_or_link() -> None:
        anonymous = message.sender_chat is not None and message.sender_chat.id == chat_id
        sender = message.from_user.id if message.from_user else 0
        if anonymous or await is_administrator(bot, chat_id, sender):
            await show_menu(message, chat_id, context, language)
            return
        button = InlineKeyboardButton(
            text=context.texts(language, "tastes-private-button"),
            url=await deep_link(bot, SETTINGS_PAYLOAD),
        )
        keyboard = InlineKeyboardMarkup(inline_keyboard=[[button]])
        context.replies.answer(message, context.texts(language, "tastes-private"), keyboard)

    context.replies.run(show_menu_or_link)


async def show_menu(message: Message, owner: int, context: BotContext, language: str) -> None:
    """Send the menu of a user's or a group's preferences."""
    menu = await _settings_menu(context, owner)
    context.replies.answer(
        message,
        settings_menu.menu_text(context.texts, language, menu, MAIN_PAGE),
        settings_menu.menu_keyboard(context.texts, language, menu, MAIN_PAGE),
    )


async def turn_page(
    query: CallbackQuery, callback_data: SettingsPage, context: BotContext, bot: Bot, language: str
) -> None:
    """Show the menu or the page of one preference in the same message."""
    page = callback_data.page
    if page not in (*MENUS, *PAGES):
        context.replies.toast(query, context.texts(language, "alert-stale"))
        return

    async def act() -> None:
        context.replies.toast(query)
        await _show_page(
            query, page, await _settings_menu(context, callback_data.owner), context, language
        )

    await _run_if_owner(query, callback_data.owner, context, bot, language, act=act)


async def set_preference(
    query: CallbackQuery,
    callback_data: SettingsChoice,
    context: BotContext,
    bot: Bot,
    language: str,
) -> None:
    """Store a preference for the next jobs; a new language applies to this answer already."""
    owner, name = callback_data.owner, callback_data.name
    try:
        option = (await _settings_menu(context, owner)).option(name, callback_data.value)
    except LookupError:
        context.replies.toast(query, context.texts(language, "alert-stale"))
        return

    async def act() -> None:
        await preferences.set_preference(context.db, owner, name, option)
        answer_language = language
        if name == "language":
            answer_language = _language_after_change(
                query, option, language, context.texts.languages
            )
        context.replies.toast(query, context.texts(answer_language, "tastes-kept"))
        await _show_page(
            query,
            settings_menu.menu_above(name),
            await _settings_menu(context, owner),
            context,
            answer_language,
        )

    await _run_if_owner(query, owner, context, bot, language, act=act)


def _language_after_change(
    query: CallbackQuery, option: PreferenceValue, language: str, languages: Collection[str]
) -> str:
    if isinstance(option, str):
        return option
    return (
        language_of(query.from_user, languages)
        if query.message and query.message.chat.id > 0
        else language
    )


async def _run_if_owner(
    query: CallbackQuery,
    owner: int,
    context: BotContext,
    bot: Bot,
    language: str,
    *,
    act: Callable[[], Awaitable[None]],
) -> None:
    """Run `act` for the user's own preferences, or for an administrator in the group itself."""
    if owner == query.from_user.id:
        await act()
        return
    if query.message is None or query.message.chat.id != owner:
        context.replies.toast(query, context.texts(language, "alert-stale"))
        return

    async def act_if_administrator() -> None:
        if await is_administrator(bot, owner, query.from_user.id):
            await act()
        else:
            context.replies.toast(query, context.texts(language, "tastes-admins-only"), alert=True)

    context.replies.run(act_if_administrator)


async def _show_page(
    query: CallbackQuery, page: str, menu: SettingsMenu, context: BotContext, language: str
) -> None:
    if query.message is None:
        return
    context.replies.call(
        EditMessageText(
            chat_id=query.message.chat.id,
            message_id=query.message.message_id,
            text=settings_menu.menu_text(context.texts, language, menu, page),
            reply_markup=settings_menu.menu_keyboard(context.texts, language, menu, page),
        )
    )


async def _settings_menu(context: BotContext, owner: int) -> SettingsMenu:
    alive = await engines.alive_engines(context.db)
    models, drafters = engines.offered_vqgans(alive), engines.offered_drafters(alive)
    chosen = await preferences.get(context.db, owner)
    if chosen.safety not in context.safety.offered:  # the operator allows it no longer
        chosen = replace(chosen, safety=None)
    guides = engines.offered_guides(alive)
    if chosen.guide not in guides:
        chosen = replace(chosen, guide=None)
    painted = DrawRequest(prompt="-", guide=chosen.guide)
    known = bool(alive and open_scripts(repertoires_of(alive, painted)))
    styles = await all_styles(context.db) if known else []
    if chosen.style not in [str(style.id) for style in styles]:
        chosen = replace(chosen, style=None)
    paces = await engines.paces(context.db)
    seconds = {name: pace.seconds for name, pace in paces.items() if pace.seconds is not None}
    return SettingsMenu(
        owner,
        chosen,
        models,
        context.safety,
        seconds,
        tuple(drafters.values()),
        context.texts.languages,
        styles,
        guides if len(guides) > 1 else (),
        # Another model has another size.
        alive[0].sizes[0] if alive and alive[0].sizes and chosen.model is None else None,
    )
