"""Whom an administrator means: a number, an @name that has been seen, or a reply's author."""

from aiogram.types import Message, MessageOriginUser

from store.database.database import Database
from store.users import users

MAX_INT = 2**52  # Telegram's numbers fit into so many bits


class UsageError(Exception):
    """An order that cannot be understood: the key of a text that says how it is written."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key, self.values = key, values


async def parse_account(
    db: Database, message: Message, words: str | None, usage: str, *, number_follows: bool = False
) -> tuple[int, str]:
    """(the account's number, the words after it); Misread with `usage` where nobody is named.

    In a reply a number is taken for a person's only where another number has to follow.
    """
    first, _, rest = (words or "").strip().partition(" ")
    rest = rest.strip()
    if first.startswith("@"):
        found = await users.by_username(db, first[1:])
        if found is None:
            raise UsageError("admin-name-unknown", name=first[:40])
        return found, rest
    author = _author(message.reply_to_message)
    number = parse_int(first)
    if number is not None and (author is None or (number_follows and rest)):
        if number == 0 or abs(number) > MAX_INT:
            raise UsageError(usage)
        return number, rest
    if author is None:
        raise UsageError(usage)
    return author, (words or "").strip()


def parse_int(word: str) -> int | None:
    """A whole number, also with a sign; None for anything else."""
    digits = word[1:] if word[:1] in ("-", "+") else word
    if not digits.isascii() or not digits.isdigit() or len(digits) > 16:
        return None
    return int(word)


def _author(answered: Message | None) -> int | None:
    # In a topic every message answers the one that opened it.
    if answered is None or answered.forum_topic_created is not None:
        return None
    origin = answered.forward_origin
    if isinstance(origin, MessageOriginUser):
        return None if origin.sender_user.is_bot else origin.sender_user.id
    if origin is not None:
        return None
    if answered.sender_chat is not None:
        return answered.sender_chat.id
    speaker = answered.from_user
    return speaker.id if speaker is not None and not speaker.is_bot else None
