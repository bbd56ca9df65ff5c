"""What is known of a person apart from their pictures: the language they chose, and bans."""

from dataclasses import dataclass

from sqlalchemy import select, update

from store.database import Database
from store.tables import users


@dataclass(frozen=True)
class Person:
    """`language` is the person's own choice; None leaves it to what Telegram says."""

    language: str | None = None
    blocked: bool = False


async def find(db: Database, user_id: int) -> Person:
    """Also for somebody who has never been here."""
    query = select(users.c.language, users.c.blocked).where(users.c.id == user_id)
    async with db.read() as connection:
        row = (await connection.execute(query)).first()
    return Person(row.language, bool(row.blocked)) if row else Person()


async def turn_away(db: Database, user_id: int) -> bool:
    """True once for each ban: then the person is to be told; afterwards there is only silence."""
    statement = (
        update(users)
        .where(users.c.id == user_id, users.c.blocked, ~users.c.turned_away)
        .values(turned_away=True)
    )
    async with db.write() as connection:
        return (await connection.execute(statement)).rowcount == 1
