"""Commands that are nobody's own word: forwarded ones, and those in a channel's posts."""

import re
from typing import get_args

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import Message

from bot.desk import Desk
from bot.submission import part_of
from store import albums
from store.inputs import Manner

CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


def router() -> Router:
    """Comes first: nothing that somebody else wrote is carried out."""
    router = Router(name="secondhand")
    slash = F.text.startswith("/") | F.caption.startswith("/")
    router.message.register(forwarded, F.forward_origin, slash)
    router.channel_post.register(posted, Command(*get_args(Manner), ignore_case=True))
    return router


async def forwarded(message: Message, desk: Desk, language: str) -> None:
    """In a group it may be meant for people to read."""
    if message.media_group_id is not None:  # the rest of the album is nobody's request either
        await albums.collect(desk.db, part_of(message, language), settled=True)
    if message.chat.type == "private":
        desk.hint(message, "command-forwarded", language)


async def posted(message: Message, desk: Desk) -> None:
    """A post has no author whose language or credits could be known; its words hint at one."""
    language = "ru" if CYRILLIC.search(message.text or message.caption or "") else "en"
    if desk.warned.first(message.chat.id, "draw-own-name"):
        desk.replies.answer(message, desk.texts(language, "draw-own-name"))
