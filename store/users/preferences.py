"""How people like their pictures: a person's own choices, and a group's for its members.

The rule, for each choice by itself: the person's own; where there is none, in a group the group's;
where there is none either, what the engine does (for the language: what Telegram says). How unsafe
pictures are treated is no matter of taste: there the chat's choice alone counts.
"""

from dataclasses import asdict, dataclass, fields, replace
from typing import Self

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, insert_once, now_ms
from store.tables import users

PreferenceName = str | bool | None


@dataclass(frozen=True)
class Preferences:
    """None: no choice was made."""

    language: str | None = None
    shape: str | None = None
    quality: str | None = None
    model: str | None = None  # the VQGAN that paints
    animation: bool | None = None  # comes with the picture
    safety: str | None = None  # of the chat: `store.safety`

    def over(self, other: Self) -> Self:
        """These, and the other's where these are none."""
        made = {
            name: value for name in PREFERENCE_NAMES if (value := getattr(self, name)) is not None
        }
        return replace(other, **made)


PREFERENCE_NAMES = tuple(field.name for field in fields(Preferences))
_MADE = select(users.c.id, *(users.c[name] for name in PREFERENCE_NAMES)).where(
    users.c.id.in_((bindparam("user_id"), bindparam("chat_id")))
)


async def get(db: Database, owner_id: int) -> Preferences:
    """What a person or a group has chosen, by its number in Telegram."""
    async with db.read() as connection:
        return (await _made(connection, owner_id, owner_id))[0]


async def effective(connection: AsyncConnection, user_id: int, chat_id: int) -> Preferences:
    """Return the preferences that hold for a user in a chat."""
    own, group = await _made(connection, user_id, chat_id)
    if chat_id == user_id:
        return own
    return replace(own.over(group), safety=group.safety)  # all of the group look at the picture


async def set_preference(db: Database, owner_id: int, name: str, value: PreferenceName) -> None:
    """From now on; None takes the choice back."""
    if name not in PREFERENCE_NAMES:
        raise ValueError(f"there is nothing to choose called {name!r}")
    async with db.write() as connection:
        await _known(connection, owner_id)
        mine = update(users).where(users.c.id == owner_id)
        await connection.execute(mine.values({name: value}))


async def move_preferences(connection: AsyncConnection, old: int, new: int) -> None:
    """A group has a new number: its choices go with it."""
    made = (await _made(connection, old, old))[0]
    if made != Preferences():
        await _known(connection, new)
        await connection.execute(update(users).where(users.c.id == new).values(asdict(made)))


async def _made(
    connection: AsyncConnection, user_id: int, chat_id: int
) -> tuple[Preferences, Preferences]:
    rows = (await connection.execute(_MADE, {"user_id": user_id, "chat_id": chat_id})).all()
    made = {row.id: Preferences(*row[1:]) for row in rows}
    return made.get(user_id, Preferences()), made.get(chat_id, Preferences())


async def _known(connection: AsyncConnection, owner_id: int) -> None:
    known = select(users.c.id).where(users.c.id == owner_id)
    if (await connection.execute(known)).first() is None:
        await insert_once(connection, users, id=owner_id, created_ms=now_ms())
