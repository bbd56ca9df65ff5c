"""What happens to a chat itself."""

from aiogram import F, Router
from aiogram.types import ChatMemberUpdated, Message

from bot.desk import Desk
from store import outbox


def router() -> Router:
    router = Router(name="group")
    router.message.register(moved, F.migrate_to_chat_id)
    router.my_chat_member.register(closed, F.new_chat_member.status == "kicked")
    return router


async def moved(message: Message, desk: Desk) -> None:
    """Telegram made it a supergroup: what is owed to it goes to its new number."""
    assert message.migrate_to_chat_id is not None
    await outbox.chat_moved(desk.db, message.chat.id, message.migrate_to_chat_id)
    desk.nudge.set()


async def closed(event: ChatMemberUpdated, desk: Desk) -> None:
    """The bot was blocked or banned: nothing more is painted for this chat.

    Of a group that it merely left the next message learns the same: moving looks like leaving.
    """
    await outbox.chat_gone(desk.db, event.chat.id)
