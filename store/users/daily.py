"""Chats that ask for a picture each day, and in which language."""

from sqlalchemy import exists, select, update

from store.database.database import Database, insert_once, now_ms
from store.tables import chats, users


async def set_daily(db: Database, chat_id: int, language: str | None) -> None:
    """Paint for a chat each day, with a prompt in this language; None ends it."""
    async with db.write() as connection:
        existing = select(users.c.id).where(users.c.id == chat_id)
        if (await connection.execute(existing)).first() is None:
            await insert_once(connection, users, id=chat_id, created_ms=now_ms())
        await connection.execute(update(users).where(users.c.id == chat_id).values(daily=language))


async def daily_chats(db: Database) -> list[tuple[int, str, int]]:
    """Return the chats that can be written to, with their languages and the database's time."""
    gone = exists().where(chats.c.chat_id == users.c.id, chats.c.gone)
    query = select(users.c.id, users.c.daily, now_ms().label("now")).where(
        users.c.daily.is_not(None), ~gone
    )
    async with db.read() as connection:
        return [(row.id, row.daily, row.now) for row in (await connection.execute(query)).all()]
