"""What is stored about users: profile, language and bans."""

from dataclasses import dataclass, replace

from sqlalchemy import Row, bindparam, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, insert_once, now_ms
from store.errors import Refused
from store.tables import chats, users
from store.users.access import is_allowed


@dataclass(frozen=True)
class UserStatus:
    """A user's chosen language, or None for Telegram's, and whether they are blocked."""

    language: str | None = None
    blocked: bool = False
    block_reason: str | None = None
    allowed: bool = False  # on the list, or writing in a group that is

    @property
    def refusal(self) -> Refused:
        """Return what a blocked user is told."""
        if self.block_reason:
            return Refused("blocked-because", reason=self.block_reason)
        return Refused("blocked")


@dataclass(frozen=True)
class Profile:
    """A user's or group's name, username and language at Telegram; a group has no language."""

    id: int
    name: str
    username: str | None = None
    telegram_language: str | None = None


# The column's type is kept, which makes a text to compare with storable too.
_username = func.lower(users.c.username, type_=users.c.username.type)
_STATUS = select(users.c.language, users.c.blocked, users.c.block_reason).where(
    users.c.id == bindparam("id")
)
_CHAT = users.alias()
_TOUCH = _STATUS.add_columns(
    or_(users.c.allowed, exists().where(_CHAT.c.id == bindparam("chat_id"), _CHAT.c.allowed)).label(
        "let_in"
    ),
    users.c.name,
    users.c.username,
    users.c.speaks,
    exists().where(chats.c.chat_id == bindparam("chat_id"), chats.c.gone).label("shut"),
)


async def touch(db: Database, profile: Profile, chat_id: int) -> UserStatus:
    """Store a changed profile, reopen a closed chat, and return the status of who writes."""
    async with db.read() as connection:
        row = (await connection.execute(_TOUCH, {"id": profile.id, "chat_id": chat_id})).first()
        let_in = row.let_in if row is not None else await is_allowed(connection, chat_id)
    fields = profile.name[:200], profile.username, profile.telegram_language
    changed = row is None or (row.name, row.username, row.speaks) != fields
    if changed or (row is not None and row.shut):
        async with db.write() as connection:
            if changed:
                await _store_profile(connection, profile, known=row is not None)
            closed = update(chats).where(chats.c.chat_id == chat_id, chats.c.gone)
            await connection.execute(closed.values(gone=False))
    return replace(_status(row), allowed=bool(let_in))


async def find(db: Database, user_id: int) -> UserStatus:
    """Return a user's status, also for an unknown user."""
    async with db.read() as connection:
        return _status((await connection.execute(_STATUS, {"id": user_id})).first())


async def profile(db: Database, user_id: int) -> Profile | None:
    """Return the profile last seen, or None for an unknown user."""
    query = select(users.c.name, users.c.username, users.c.language, users.c.speaks)
    async with db.read() as connection:
        row = (await connection.execute(query.where(users.c.id == user_id))).first()
    if row is None:
        return None
    return Profile(user_id, row.name or "", row.username, row.language or row.speaks)


async def by_username(db: Database, username: str) -> int | None:
    """Return the id of the user last seen under this name (without the @), or None."""
    query = select(users.c.id).where(_username == username.lower())
    async with db.read() as connection:
        return (await connection.execute(query.limit(1))).scalar()


async def notify_ban_once(db: Database, user_id: int) -> bool:
    """Return True once per ban: then the user is told, afterwards the bot stays silent."""
    statement = (
        update(users)
        .where(users.c.id == user_id, users.c.blocked, ~users.c.turned_away)
        .values(turned_away=True)
    )
    async with db.write() as connection:
        return (await connection.execute(statement)).rowcount == 1


async def _store_profile(connection: AsyncConnection, profile: Profile, *, known: bool) -> None:
    if not known:
        await insert_once(connection, users, id=profile.id, created_ms=now_ms())
    if profile.username is not None:  # usernames pass from one user to another
        same_name = _username == profile.username.lower()
        await connection.execute(
            update(users).where(same_name, users.c.id != profile.id).values(username=None)
        )
    values = {
        "name": profile.name[:200],
        "username": profile.username,
        "speaks": profile.telegram_language,
    }
    await connection.execute(update(users).where(users.c.id == profile.id).values(values))


def _status(row: Row[*tuple[object, ...]] | None) -> UserStatus:
    if row is None:
        return UserStatus()
    return UserStatus(row.language, bool(row.blocked), row.block_reason)
