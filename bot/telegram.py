"""Facts about Telegram's objects: language, topic, kinds of chat."""

from aiogram.types import (
    Message,
    User,
)

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
