"""The menu of commands that Telegram shows beside the input field."""

import logging

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.types import BotCommand

from bot.asker import RUSSIAN_READERS
from store.texts import Texts

log = logging.getLogger(__name__)

COMMANDS = ("draw", "cancel", "help")


async def publish(bot: Bot, texts: Texts) -> None:
    """English for all, Russian for its readers; a failure costs only the menu."""
    try:
        await bot.set_my_commands(_commands(texts, "en"))
        for code in RUSSIAN_READERS:
            await bot.set_my_commands(_commands(texts, "ru"), language_code=code)
    except AiogramError as error:
        log.warning("the menu of commands could not be set: %s", error)


def _commands(texts: Texts, language: str) -> list[BotCommand]:
    return [
        BotCommand(command=name, description=texts(language, f"menu-{name}")) for name in COMMANDS
    ]
