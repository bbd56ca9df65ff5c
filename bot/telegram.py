"""Facts about Telegram's objects: language, topic, kinds of chat."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram.types import Message, TelegramObject, User

# The rest of the chain, as aiogram passes it to a middleware.
Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]

# People who set one of these languages read Russian more often than English.
RUSSIAN_READERS = ("ru", "uk", "be", "kk")


def language_of(user: User | None) -> str:
    """Russian for all who probably read it, English for everybody else."""
    code = (user.language_code or "" if user else "").lower().replace("_", "-").partition("-")[0]
    return "ru" if code in RUSSIAN_READERS else "en"


def thread_of(message: Message) -> int | None:
    """The topic; a plain reply carries a thread id too, which sends then refuse."""
    return message.message_thread_id if message.is_topic_message else None


GROUPS = ("group", "supergroup")
