"""What happens to a chat itself."""

from aiogram import F, Router
from aiogram.types import ChatMemberUpdated, Message

from bot.context import BotContext
from store import chat_lifecycle


def router() -> Router:
    router = Router(name="group")
    router.message.register(chat_migrated, F.migrate_to_chat_id)
    router.my_chat_member.register(bot_removed, F.new_chat_member.status == "kicked")
    return router


async def chat_migrated(message: Message, context: BotContext) -> None:
    """Telegram made it a supergroup: what is owed to it goes to its new number."""
    assert message.migrate_to_chat_id is not None
    await chat_lifecycle.chat_moved(context.db, message.chat.id, message.migrate_to_chat_id)
    context.nudge.set()


async def bot_removed(event: ChatMemberUpdated, context: BotContext) -> None:
    """The bot was blocked or banned: nothing more is painted for this chat.

    Of a group that it merely left the next message learns the same: moving looks like leaving.
    """
    await chat_lifecycle.chat_gone(context.db, event.chat.id)
