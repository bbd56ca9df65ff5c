"""Who a message or a tapped button comes from, in the store's words."""

from aiogram.types import CallbackQuery, Chat, Message, User

from bot.telegram import language_of, thread_of
from store.model import Requester
from store.users.users import Profile


class AnonymousSender(Exception):
    """The message speaks for a channel: there is nobody to count the picture to."""


def requester_of_message(message: Message, language: str) -> Requester:
    """An anonymous administrator speaks for the group and is counted to it; OwnNameNeeded."""
    if message.sender_chat is not None and message.sender_chat.id != message.chat.id:
        raise AnonymousSender
    speaker: User | Chat | None = message.sender_chat or message.from_user
    if speaker is None:
        raise AnonymousSender
    return Requester(
        user_id=speaker.id,
        chat_id=message.chat.id,
        chat_type=message.chat.type,
        message_id=message.message_id,
        thread_id=thread_of(message),
        language=language,
    )


def requester_of_button(query: CallbackQuery, language: str) -> Requester | None:
    """The person who tapped a button; None where Telegram no longer knows the message."""
    if query.message is None:
        return None
    chat = query.message.chat
    return Requester(
        user_id=query.from_user.id,
        chat_id=chat.id,
        chat_type=chat.type,
        message_id=query.message.message_id,
        thread_id=thread_of(query.message) if isinstance(query.message, Message) else None,
        language=language,
    )


def profile_of(speaker: User | Chat) -> Profile:
    """What a person or a chat is called, and how it may be answered."""
    if isinstance(speaker, User):
        return Profile(speaker.id, speaker.full_name, speaker.username, language_of(speaker))
    return Profile(speaker.id, speaker.title or "", speaker.username)
