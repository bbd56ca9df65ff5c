"""What is known of a person apart from their pictures: their name, their language, bans."""

from dataclasses import dataclass

from sqlalchemy import Row, bindparam, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database.database import Database, insert_once, now_ms
from store.errors import Refused
from store.tables import chats, users


@dataclass(frozen=True)
class UserStatus:
    """`language` is the person's own choice; None leaves it to what Telegram says."""

    language: str | None = None
    blocked: bool = False
    block_reason: str | None = None

    @property
    def refusal(self) -> Refused:
        """What somebody who is blocked is told."""
        if self.block_reason:
            return Refused("blocked-because", reason=self.block_reason)
        return Refused("blocked")


@dataclass(frozen=True)
class Profile:
    """How somebody presents themselves in Telegram; a group has no language."""

    id: int
    name: str
    username: str | None = None
    speaks: str | None = None


_STATUS = select(users.c.language, users.c.blocked, users.c.block_reason).where(
    users.c.id == bindparam("id")
)
_TOUCH = _STATUS.add_columns(
    users.c.name,
    users.c.username,
    users.c.speaks,
    exists().where(chats.c.chat_id == bindparam("chat_id"), chats.c.gone).label("shut"),
)


async def touch(db: Database, face: Profile, chat_id: int) -> UserStatus:
    """Somebody writes from a chat: what we know of them; what is new about them is kept."""
    async with db.read() as connection:
        row = (await connection.execute(_TOUCH, {"id": face.id, "chat_id": chat_id})).first()
    looks = face.name[:200], face.username, face.speaks
    changed = row is None or (row.name, row.username, row.speaks) != looks
    if changed or (row is not None and row.shut):
        async with db.write() as connection:
            if changed:
                await _keep(connection, face, known=row is not None)
            here = update(chats).where(chats.c.chat_id == chat_id, chats.c.gone)
            await connection.execute(here.values(gone=False))
    return _person(row)


async def find(db: Database, user_id: int) -> UserStatus:
    """Also for somebody who has never been here."""
    async with db.read() as connection:
        return _person((await connection.execute(_STATUS, {"id": user_id})).first())


async def profile(db: Database, user_id: int) -> Profile | None:
    """As it was last seen; None for somebody who has never been here."""
    query = select(users.c.name, users.c.username, users.c.language, users.c.speaks)
    async with db.read() as connection:
        row = (await connection.execute(query.where(users.c.id == user_id))).first()
    if row is None:
        return None
    return Profile(user_id, row.name or "", row.username, row.language or row.speaks)


async def by_username(db: Database, username: str) -> int | None:
    """Whoever was last seen under this name (without the @); None if nobody was."""
    query = select(users.c.id).where(func.lower(users.c.username) == username.lower())
    async with db.read() as connection:
        return (await connection.execute(query.limit(1))).scalar()


async def notify_ban_once(db: Database, user_id: int) -> bool:
    """True once for each ban: then the person is to be told; afterwards there is only silence."""
    statement = (
        update(users)
        .where(users.c.id == user_id, users.c.blocked, ~users.c.turned_away)
        .values(turned_away=True)
    )
    async with db.write() as connection:
        return (await connection.execute(statement)).rowcount == 1


async def _keep(connection: AsyncConnection, face: Profile, *, known: bool) -> None:
    if not known:
        await insert_once(connection, users, id=face.id, created_ms=now_ms())
    if face.username is not None:  # names change hands
        other = func.lower(users.c.username) == face.username.lower()
        await connection.execute(
            update(users).where(other, users.c.id != face.id).values(username=None)
        )
    values = {"name": face.name[:200], "username": face.username, "speaks": face.speaks}
    await connection.execute(update(users).where(users.c.id == face.id).values(values))


def _person(row: Row[*tuple[object, ...]] | None) -> UserStatus:
    if row is None:
        return UserStatus()
    return UserStatus(row.language, bool(row.blocked), row.block_reason)
