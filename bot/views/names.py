"""Format the names of users and groups."""

from html import escape

from bot.views.formatting import truncate_utf16
from store.users.users import Profile

MAX_NAME = 40  # UTF-16 units, since one message lists many names


def display_name(face: Profile | None, known_id: int) -> str:
    """Return the name, the @name and the id, as far as they are known, escaped for HTML."""
    number = f"<code>{known_id}</code>"
    if face is None or not (face.name or face.username):
        return number
    name = escape(truncate_utf16(face.name, MAX_NAME), quote=False)
    at = f"@{escape(face.username, quote=False)}" if face.username else ""
    return " ".join(part for part in (name, at, f"({number})") if part)
