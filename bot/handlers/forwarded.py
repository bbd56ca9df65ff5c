"""Commands that are nobody's own word: forwarded ones, and those in a channel's posts."""

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
    """Comes first: nothing that somebody else wrote is carried out."""
    router = Router(name="secondhand")
    slash = F.text.startswith("/") | F.caption.startswith("/")
    router.message.register(forwarded, F.forward_origin, slash)
    router.channel_post.register(posted, Command(*get_args(InputUse), ignore_case=True))
    return router


async def forwarded(message: Message, context: BotContext, language: str) -> None:
    """In a group it may be meant for people to read."""
    if message.media_group_id is not None:  # the rest of the album is nobody's request either
        await albums.add_message(context.db, album_message(message, language), answered=True)
    if message.chat.type == "private":
        context.hint(message, "command-forwarded", language)


async def posted(message: Message, context: BotContext) -> None:
    """A post has no author whose language or credits could be known; its words hint at one."""
    language = "ru" if CYRILLIC.search(message.text or message.caption or "") else "en"
    if context.throttle.allow(message.chat.id, "draw-own-name"):
        context.replies.answer(message, context.texts(language, "draw-own-name"))
