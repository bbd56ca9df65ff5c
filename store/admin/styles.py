"""Administrators' changes of the styles: each is audited, and runs once per update."""

from dataclasses import dataclass

from sqlalchemy import delete, insert, update

from store.audit import AdminCommand, once, record
from store.database.database import Database
from store.errors import RequestError
from store.tables import styles
from store.users.styles import read_styles

MAX_STYLES = 12  # buttons
MAX_LABEL, MAX_PHRASE = 24, 80  # characters
WEIGHTS = (0.05, 2.0)


@dataclass(frozen=True)
class NewStyle:
    """What an administrator says of a style, within the limits."""

    russian: str
    english: str
    russian_phrase: str
    english_phrase: str
    weight: float

    def __post_init__(self) -> None:
        """Raise RequestError where a part is missing, too long, or more than a phrase."""
        for words, limit in (
            (self.russian, MAX_LABEL),
            (self.english, MAX_LABEL),
            (self.russian_phrase, MAX_PHRASE),
            (self.english_phrase, MAX_PHRASE),
        ):
            if not 0 < len(words) <= limit or set(words) & set("|^:"):
                raise RequestError("style-words", limit=limit, value=words[:MAX_PHRASE])
        if not WEIGHTS[0] <= self.weight <= WEIGHTS[1]:
            raise RequestError("style-weight", low=WEIGHTS[0], high=WEIGHTS[1])


async def set_style(db: Database, command: AdminCommand, style: NewStyle) -> bool | None:
    """Add a style, or replace that of the same Russian label; False if there are too many.

    None if Telegram has delivered the command's update before.
    """
    values = dict(vars(style))
    async with once(db, command) as connection:
        if connection is None:
            return None
        present = await read_styles(connection)
        known = next((one for one in present if one.russian == style.russian), None)
        if known is None and len(present) >= MAX_STYLES:
            return False
        if known is None:
            await connection.execute(insert(styles).values(values))
        else:
            await connection.execute(update(styles).where(styles.c.id == known.id).values(values))
        await record(connection, command, "style", **values)
        return True


async def drop_style(db: Database, command: AdminCommand, label: str) -> bool | None:
    """Delete the style with this label in either language; False if there is none.

    None if Telegram has delivered the command's update before.
    """
    async with once(db, command) as connection:
        if connection is None:
            return None
        wanted = label.strip().lower()
        for style in await read_styles(connection):
            if wanted in (style.russian.lower(), style.english.lower()):
                await connection.execute(delete(styles).where(styles.c.id == style.id))
                await record(connection, command, "style", dropped=style.russian)
                return True
        return False
