"""Convert the sender of a message or of a button press to the store's types."""

from aiogram.types import CallbackQuery, Chat, Message, User

from bot.telegram import language_of, thread_of
from store.model import Requester
from store.users.users import Profile


class AnonymousSender(Exception):
    """Raised for a message in the name of a channel: there is no account to charge."""


def requester_of_message(message: Message, language: str) -> Requester:
    """Return who asks by a message; an anonymous administrator asks for the group itself.

    Raises AnonymousSender.
    """
    if message.sender_chat is not None and message.sender_chat.id != message.chat.id:
        raise AnonymousSender
    sender: User | Chat | None = message.sender_chat or message.from_user
    if sender is None:
        raise AnonymousSender
    return Requester(
        user_id=sender.id,
        chat_id=message.chat.id,
        chat_type=message.chat.type,
        message_id=message.message_id,
        thread_id=thread_of(message),
        language=language,
    )


def requester_of_button(query: CallbackQuery, language: str) -> Requester | None:
    """Return who presses a button; None if Telegram does not know its message any more."""
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


def profile_of(sender: User | Chat) -> Profile:
    """Return the name and the language of a user or a chat."""
    if isinstance(sender, User):
        return Profile(sender.id, sender.full_name, sender.username, language_of(sender))
    return Profile(sender.id, sender.title or "", sender.username)
