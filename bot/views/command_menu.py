"""Publish the bot's command menus and descriptions to Telegram."""

import logging

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.types import BotCommand, BotCommandScopeChat

from bot.telegram import RUSSIAN_READERS
from store.database.database import Database
from store.texts import FALLBACK, Texts
from store.users import users

log = logging.getLogger(__name__)

COMMANDS = (
    *(
        "draw",
        "like",
        "style",
        "random",
        "words",
        "sticker",
        "gallery",
        "settings",
        "me",
        "cancel",
        "forget",
    ),
    *("daily", "help"),
)
ADMIN_REPORTS = ("queue", "stats", "user")
ADMIN_COMMANDS = (
    "quota",
    "grant",
    "ban",
    "unban",
    "allow",
    "disallow",
    "drop",
    "stop",
    "styles",
    "pause",
    "resume",
    "broadcast",
)


async def publish_commands(bot: Bot, texts: Texts) -> None:
    """Set the command menu in each language for its readers, and in English for others.

    A failure is only logged.
    """
    try:
        await bot.set_my_commands(_commands(texts, "en", COMMANDS))
        for code, language in _codes(texts).items():
            await bot.set_my_commands(_commands(texts, language, COMMANDS), language_code=code)
    except AiogramError as error:
        log.warning("the menu of commands could not be set: %s", error)


async def publish_descriptions(bot: Bot, texts: Texts) -> None:
    """Set the texts of the empty chat and of the profile, unless the owner has set them.

    The default comes last: once it is set, Telegram returns it for languages without a text.
    """
    try:
        for code, language in (*_codes(texts).items(), (None, "en")):
            if not (await bot.get_my_description(language_code=code)).description:
                text = texts(language, "profile-description")
                await bot.set_my_description(text, language_code=code)
            if not (await bot.get_my_short_description(language_code=code)).short_description:
                text = texts(language, "profile-about")
                await bot.set_my_short_description(text, language_code=code)
    except AiogramError as error:
        log.warning("the bot's description could not be set: %s", error)


async def publish_for_admin(bot: Bot, db: Database, texts: Texts, admin: int) -> None:
    """Set the menu with the administrators' commands in an administrator's private chat.

    Telegram accepts it only once the administrator has written to the bot: /start repeats it.
    """
    profile = await users.profile(db, admin)
    commands = _commands(
        texts,
        (profile.telegram_language if profile else None) or "en",
        COMMANDS + ADMIN_REPORTS + ADMIN_COMMANDS,
    )
    try:
        await bot.set_my_commands(commands, scope=BotCommandScopeChat(chat_id=admin))
    except AiogramError as error:
        log.info("the menu of administrator %d could not be set: %s", admin, error)


def _commands(texts: Texts, language: str, names: tuple[str, ...]) -> list[BotCommand]:
    return [BotCommand(command=name, description=texts(language, f"menu-{name}")) for name in names]


def _codes(texts: Texts) -> dict[str, str]:
    """Return the language for each code of Telegram's apps that is not told in English."""
    own = {language: language for language in texts.languages if language != FALLBACK}
    return {**dict.fromkeys(RUSSIAN_READERS, "ru"), **own}
