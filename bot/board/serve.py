"""Start the board beside a bot."""

import asyncio
import secrets
from collections.abc import Callable

from bot.board.server import Board
from bot.context import load_texts
from bot.settings import BotSettings
from store.database.database import Database
from store.files.files import Files
from store.system.operating_system import handle_signals, signals_to_stop


async def serve_board(
    settings: BotSettings, port: int, token: str | None, announce: Callable[[str], None]
) -> int:
    """Serve until a signal; raises DatabaseError where there is no store yet."""
    stop = asyncio.Event()
    handle_signals(signals_to_stop(), lambda _: stop.set())
    db = await Database.open_existing(settings.database)
    try:
        secret = token or secrets.token_urlsafe(24)
        board = Board(db, Files(settings.files), settings, load_texts(), secret)
        await board.run(port, stop, announce)
    finally:
        await db.close()
    return 0
