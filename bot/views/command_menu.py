"""What Telegram shows of the bot itself: its commands, and what it says before the start."""

import logging

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.types import BotCommand, BotCommandScopeChat

from bot.telegram import RUSSIAN_READERS
from store.database.database import Database
from store.texts import Texts
from store.users import users

log = logging.getLogger(__name__)

COMMANDS = ("draw", "like", "style", "gallery", "settings", "me", "cancel", "forget", "help")
ADMIN_REPORTS = ("queue", "stats", "user")
ADMIN_COMMANDS = ("quota", "grant", "ban", "unban", "drop", "stop", "pause", "resume", "broadcast")


async def publish_commands(bot: Bot, texts: Texts) -> None:
    """English for all, Russian for its readers; a failure costs only the menu."""
    try:
        await bot.set_my_commands(_commands(texts, "en", COMMANDS))
        for code in RUSSIAN_READERS:
            await bot.set_my_commands(_commands(texts, "ru", COMMANDS), language_code=code)
    except AiogramError as error:
        log.warning("the menu of commands could not be set: %s", error)


async def publish_descriptions(bot: Bot, texts: Texts) -> None:
    """The words in an empty chat and in the profile; those that the owner chose stay.

    English comes last: where a language has no words of its own, Telegram tells those for all.
    """
    try:
        for code in (*RUSSIAN_READERS, None):
            language = "ru" if code else "en"
            if not (await bot.get_my_description(language_code=code)).description:
                words = texts(language, "profile-description")
                await bot.set_my_description(words, language_code=code)
            if not (await bot.get_my_short_description(language_code=code)).short_description:
                words = texts(language, "profile-about")
                await bot.set_my_short_description(words, language_code=code)
    except AiogramError as error:
        log.warning("the bot's description could not be set: %s", error)


async def publish_for_admin(bot: Bot, db: Database, texts: Texts, admin: int) -> None:
    """Their own commands too, in their private chat alone.

    Telegram takes it only once the administrator has written to the bot: /start does it again.
    """
    face = await users.profile(db, admin)
    commands = _commands(
        texts,
        (face.telegram_language if face else None) or "en",
        COMMANDS + ADMIN_REPORTS + ADMIN_COMMANDS,
    )
    try:
        await bot.set_my_commands(commands, scope=BotCommandScopeChat(chat_id=admin))
    except AiogramError as error:
        log.info("the menu of administrator %d could not be set: %s", admin, error)


def _commands(texts: Texts, language: str, names: tuple[str, ...]) -> list[BotCommand]:
    return [BotCommand(command=name, description=texts(language, f"menu-{name}")) for name in names]
