"""Parse the arguments of the administrators' commands."""

from aiogram.types import Message, MessageOriginUser, Update

from bot.views.names import display_name
from store.audit import AdminCommand
from store.database.database import Database
from store.users import users

MAX_INT = 2**52  # Telegram's ids have at most 52 bits


class UsageError(Exception):
    """Raised for a command that cannot be parsed; names the text that explains its usage."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key, self.values = key, values


async def parse_account(
    db: Database,
    message: Message,
    arguments: str | None,
    usage: str,
    *,
    number_follows: bool = False,
) -> tuple[int, str]:
    """Return the id of the account that a command means, and the arguments after it.

    The account is an id, an @name that the bot has seen, or the author of the message that is
    replied to. In a reply a number is an id only if another number has to follow
    (`number_follows`).

    Raises UsageError with `usage` if no account is named.
    """
    first, _, rest = (arguments or "").strip().partition(" ")
    rest = rest.strip()
    if first.startswith("@"):
        account_id = await users.by_username(db, first[1:])
        if account_id is None:
            raise UsageError("admin-name-unknown", name=first[:40])
        return account_id, rest
    author = _author(message.reply_to_message)
    number = parse_int(first)
    if number is not None and (author is None or (number_follows and rest)):
        if number == 0 or abs(number) > MAX_INT:
            raise UsageError(usage)
        return number, rest
    if author is None:
        raise UsageError(usage)
    return author, (arguments or "").strip()


def admin_command(message: Message, update: Update) -> AdminCommand:
    """Return who gives the command, and the update that it may be redelivered by."""
    assert message.from_user is not None  # AdminOnly has checked it
    return AdminCommand(message.from_user.id, update.update_id)


def this_group(message: Message, usage: str) -> int:
    """Return the id of the group; raise UsageError with `usage` in a private chat."""
    if message.chat.id > 0:
        raise UsageError(usage)
    return message.chat.id


async def account_name(db: Database, account_id: int) -> str:
    """Return how administrators read the name of a user or a group."""
    return display_name(await users.profile(db, account_id), account_id)


def parse_int(text: str) -> int | None:
    """Return an integer of ASCII digits with an optional sign; None for any other text."""
    digits = text[1:] if text[:1] in ("-", "+") else text
    if not digits.isascii() or not digits.isdigit() or len(digits) > 16:
        return None
    return int(text)


def _author(answered: Message | None) -> int | None:
    # In a topic every message replies to the one that opened it.
    if answered is None or answered.forum_topic_created is not None:
        return None
    origin = answered.forward_origin
    if isinstance(origin, MessageOriginUser):
        return None if origin.sender_user.is_bot else origin.sender_user.id
    if origin is not None:
        return None
    if answered.sender_chat is not None:
        return answered.sender_chat.id
    user = answered.from_user
    return user.id if user is not None and not user.is_bot else None
