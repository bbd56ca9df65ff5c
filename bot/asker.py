"""Who a message or a tapped button comes from, in the store's words."""

from aiogram.types import CallbackQuery, Chat, Message, User

from store.records import Asker

# People who set one of these languages read Russian more often than English.
RUSSIAN_READERS = ("ru", "uk", "be", "kk")


class OwnNameNeeded(Exception):
    """The message speaks for a channel: there is nobody to count the picture to."""


def language_of(user: User | None) -> str:
    """Russian for all who probably read it, English for everybody else."""
    code = (user.language_code or "" if user else "").lower().replace("_", "-").partition("-")[0]
    return "ru" if code in RUSSIAN_READERS else "en"


def asker_of(message: Message, language: str) -> Asker:
    """An anonymous administrator speaks for the group and is counted to it; OwnNameNeeded."""
    if message.sender_chat is not None and message.sender_chat.id != message.chat.id:
        raise OwnNameNeeded
    speaker: User | Chat | None = message.sender_chat or message.from_user
    if speaker is None:
        raise OwnNameNeeded
    return Asker(
        user_id=speaker.id,
        chat_id=message.chat.id,
        chat_type=message.chat.type,
        message_id=message.message_id,
        thread_id=thread_of(message),
        language=language,
    )


def tapper_of(query: CallbackQuery, language: str) -> Asker | None:
    """The person who tapped a button; None where Telegram no longer knows the message."""
    if query.message is None:
        return None
    chat = query.message.chat
    return Asker(
        user_id=query.from_user.id,
        chat_id=chat.id,
        chat_type=chat.type,
        message_id=query.message.message_id,
        thread_id=thread_of(query.message) if isinstance(query.message, Message) else None,
        language=language,
    )


def thread_of(message: Message) -> int | None:
    """The topic; a plain reply carries a thread id too, which sends then refuse."""
    return message.message_thread_id if message.is_topic_message else None
