"""Record that a chat migrated or that the bot was removed from it."""

from aiogram import F, Router
from aiogram.types import ChatMemberUpdated, Message

from bot.context import BotContext
from store import chat_lifecycle


def router() -> Router:
    """Return the router of service messages about chats."""
    router = Router(name="chat_events")
    router.message.register(chat_migrated, F.migrate_to_chat_id)
    router.my_chat_member.register(bot_removed, F.new_chat_member.status == "kicked")
    return router


async def chat_migrated(message: Message, context: BotContext) -> None:
    """Move everything of a group to the supergroup that it became."""
    assert message.migrate_to_chat_id is not None
    await chat_lifecycle.chat_moved(context.db, message.chat.id, message.migrate_to_chat_id)
    context.nudge.set()


async def bot_removed(event: ChatMemberUpdated, context: BotContext) -> None:
    """Cancel the jobs of a chat that blocked or banned the bot.

    Leaving a group is not handled here, since a migration looks the same; the next message to a
    group that the bot left fails and has the same effect.
    """
    await chat_lifecycle.chat_gone(context.db, event.chat.id)
