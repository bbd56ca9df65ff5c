"""Ignore the bot's own inline results in its own chat: their captions are no new prompts."""

from aiogram import Bot, Router
from aiogram.filters import Filter
from aiogram.types import Message


class SentViaItself(Filter):
    """Match messages that a user chose from the bot's own inline results."""

    async def __call__(self, message: Message, bot: Bot) -> bool:
        """Return whether the message came through this bot."""
        return message.via_bot is not None and message.via_bot.id == bot.id


def router() -> Router:
    """Return the router that takes such messages and does nothing."""
    router = Router(name="own")
    router.message.register(ignore, SentViaItself(), flags={"not_addressed": True})
    return router


async def ignore(message: Message) -> None:
    """Do nothing: the picture is there already, and nothing is asked for."""
