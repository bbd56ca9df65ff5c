"""What the outbox still owes, and what a call shows."""

from typing import Any

from aiogram.methods import EditMessageMedia

from tests.bot_fixtures import Room
from tests.store_fixtures import sql


async def owed(room: Room) -> list[tuple[str, str]]:
    """Kind and state of every row of the outbox."""
    return await sql(room.db, "SELECT kind, state FROM outbox ORDER BY id")


def media(call: EditMessageMedia) -> Any:
    return call.media
