"""How people and groups are called, from what Telegram tells of them."""

from html import escape

from aiogram.types import Chat, User

from bot.asker import language_of
from bot.captions import cut
from store.people import Face

NAME = 40  # UTF-16 units of a name: many stand in one message


def face_of(speaker: User | Chat) -> Face:
    """What a person or a chat is called, and how it may be answered."""
    if isinstance(speaker, User):
        return Face(speaker.id, speaker.full_name, speaker.username, language_of(speaker))
    return Face(speaker.id, speaker.title or "", speaker.username)


def called(face: Face | None, known_id: int) -> str:
    """A name, the @name and the number, as far as they are known; ready for HTML."""
    number = f"<code>{known_id}</code>"
    if face is None or not (face.name or face.username):
        return number
    name = escape(cut(face.name, NAME), quote=False)
    at = f"@{escape(face.username, quote=False)}" if face.username else ""
    return " ".join(part for part in (name, at, f"({number})") if part)
