"""What happens to a group itself."""

from aiogram import F, Router
from aiogram.types import Message

from bot.desk import Desk
from store import outbox


def router() -> Router:
    router = Router(name="group")
    router.message.register(moved, F.migrate_to_chat_id)
    return router


async def moved(message: Message, desk: Desk) -> None:
    """Telegram made it a supergroup: what is owed to it goes to its new number."""
    assert message.migrate_to_chat_id is not None
    await outbox.chat_moved(desk.db, message.chat.id, message.migrate_to_chat_id)
    desk.nudge.set()
