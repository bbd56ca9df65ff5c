"""Build and parse deep links, which open the bot's chat: t.me/NAME?start=PAYLOAD."""

import re

from aiogram import Bot

GALLERY_PAYLOAD = "gallery"
SETTINGS_PAYLOAD = "settings"
_EDIT = re.compile(r"(?:.*\?start=)?edit-([0-9]{1,18})")


INVITATION = "invite-"


async def deep_link(bot: Bot, payload: str) -> str:
    """Return the link for a payload of up to 64 of A-Z, a-z, 0-9, _ and -."""
    me = await bot.me()  # cached since the start, so no call
    return f"https://t.me/{me.username}?start={payload}"


def edit_payload(job_id: int) -> str:
    """Return the payload of a link that asks for a new prompt for this job."""
    return f"edit-{job_id}"


def invitation_payload(token: str) -> str:
    """Return the payload of a link that lets in whoever opens it first."""
    return INVITATION + token


def parse_edit_payload(text: str) -> int | None:
    """Return the job in such a payload, or in a link with it; None for any other text."""
    match = _EDIT.fullmatch(text)
    return int(match[1]) if match else None
