"""Format the names of users and groups."""

from html import escape

from bot.views.formatting import truncate_utf16
from store.users.users import Profile

MAX_NAME = 40  # UTF-16 units, since one message lists many names


def display_name(profile: Profile | None, account_id: int) -> str:
    """Return the name, the @name and the id, as far as they are known, escaped for HTML."""
    number = f"<code>{account_id}</code>"
    if profile is None or not (profile.name or profile.username):
        return number
    name = escape(truncate_utf16(profile.name, MAX_NAME), quote=False)
    at = f"@{escape(profile.username, quote=False)}" if profile.username else ""
    return " ".join(part for part in (name, at, f"({number})") if part)
