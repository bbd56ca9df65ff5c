"""Which of Telegram's updates have been dealt with, so that none takes effect twice."""

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database import Database, insert_once, now_ms
from store.tables import updates

KEPT_MS = 2 * 86_400_000  # Telegram offers an update again for one day


async def first_time(connection: AsyncConnection, update_id: int) -> bool:
    """Remembers an update of Telegram's; False if it has been dealt with before."""
    return await insert_once(connection, updates, update_id=update_id, at_ms=now_ms())


async def forget_old(db: Database) -> None:
    """Those that Telegram will not offer again."""
    async with db.write() as connection:
        await connection.execute(delete(updates).where(updates.c.at_ms < now_ms() - KEPT_MS))
