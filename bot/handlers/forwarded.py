"""Answer commands that no user typed here: forwarded ones and channel posts."""

import re
from typing import get_args

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import Message

from bot.context import BotContext
from bot.requests.from_message import album_message
from store.jobs import albums
from store.jobs.inputs import InputUse

CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


def router() -> Router:
    """Return the router that must come first, so that no forwarded command is executed."""
    router = Router(name="forwarded")
    slash = F.text.startswith("/") | F.caption.startswith("/")
    router.message.register(reject_forwarded, F.forward_origin, slash)
    router.channel_post.register(
        reject_channel_post, Command(*get_args(InputUse), ignore_case=True)
    )
    return router


async def reject_forwarded(message: Message, context: BotContext, language: str) -> None:
    """Explain in a private chat; in a group stay silent: it may be meant for people to read."""
    if message.media_group_id is not None:  # the rest of the album is not executed either
        await albums.add_message(context.db, album_message(message, language), answered=True)
    if message.chat.type == "private":
        await context.hint(message, "command-forwarded", language)


async def reject_channel_post(message: Message, context: BotContext) -> None:
    """Explain that a post has no author to charge, in the language of its text."""
    language = "ru" if CYRILLIC.search(message.text or message.caption or "") else "en"
    if await context.throttle.allow(message, message.chat.id, "draw-own-name"):
        context.replies.answer(message, context.texts(language, "draw-own-name"))
