"""Facts about Telegram's and aiogram's objects: languages, topics, kinds of chat, limits."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import Bot
from aiogram.client.telegram import PRODUCTION, TEST
from aiogram.types import Message, TelegramObject, User

# The rest of the chain, as aiogram passes it to a middleware.
Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]

# Users with one of these interface languages read Russian more often than English.
RUSSIAN_READERS = ("ru", "uk", "be", "kk")
GROUPS = ("group", "supergroup")
TOAST_LIMIT = 200  # UTF-16 units in the answer to a button press


def language_of(user: User | None) -> str:
    """Return "ru" for users who probably read Russian, "en" for all others."""
    code = (user.language_code or "" if user else "").lower().replace("_", "-").partition("-")[0]
    return "ru" if code in RUSSIAN_READERS else "en"


def thread_of(message: Message) -> int | None:
    """Return the topic of a message.

    A plain reply has a thread id as well, but sends with that id are refused.
    """
    return message.message_thread_id if message.is_topic_message else None


def is_own_server(bot: Bot) -> bool:
    """Return whether the bot talks to a Bot API server of its own, not to Telegram's."""
    return bot.session.api not in (PRODUCTION, TEST)
