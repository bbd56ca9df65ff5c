"""Greet a group that the bot was added to: once, in two lines with an example."""

from aiogram import F, Router
from aiogram.methods import SendMessage
from aiogram.types import ChatMemberUpdated

from bot.context import BotContext
from bot.telegram import GROUPS, language_of
from bot.views import keyboards
from store import processes
from store.users import preferences

GREETED_S = 60.0  # in which a group is not greeted again, by whichever bot
ABSENT, PRESENT = ("left", "kicked"), ("member", "administrator")


def router() -> Router:
    """Return the router of the bot's membership."""
    router = Router(name="groups")
    router.my_chat_member.register(
        greet,
        F.chat.type.in_(GROUPS),
        F.old_chat_member.status.in_(ABSENT),
        F.new_chat_member.status.in_(PRESENT),
    )
    return router


async def greet(event: ChatMemberUpdated, context: BotContext) -> None:
    """Say what the bot is for, in the group's language or that of who added it."""
    chosen = (await preferences.get(context.db, event.chat.id)).language
    language = chosen or language_of(event.from_user, context.texts.languages)
    example = keyboards.example_prompt(context.texts, language, 0)
    text = context.texts(language, "group-hello", example=example)
    if await processes.is_first(context.db, f"greeted:{event.chat.id}", GREETED_S):
        context.replies.call(SendMessage(chat_id=event.chat.id, text=text))
