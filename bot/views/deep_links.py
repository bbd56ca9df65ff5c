"""Links that open the chat with the bot and say something to it: t.me/NAME?start=WORD."""

import re

from aiogram import Bot

GALLERY_PAYLOAD = "gallery"
SETTINGS_PAYLOAD = "settings"
_EDIT = re.compile(r"(?:.*\?start=)?edit-([0-9]{1,18})")


async def deep_link(bot: Bot, word: str) -> str:
    """The word: up to 64 of A-Z, a-z, 0-9, _ and -."""
    me = await bot.me()  # known since the start, so no call
    return f"https://t.me/{me.username}?start={word}"


def edit_payload(job_id: int) -> str:
    """The word of a link that asks for other words for this job."""
    return f"edit-{job_id}"


def parse_edit_payload(text: str) -> int | None:
    """The job in such a word, or in a link with it."""
    match = _EDIT.fullmatch(text)
    return int(match[1]) if match else None
