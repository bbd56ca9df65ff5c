"""The line "is sending a photo…" while a file is on its way to Telegram, and only then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiogram import Bot
from aiogram.enums import ChatAction
from aiogram.exceptions import AiogramError
from aiogram.methods import SendAnimation, SendChatAction, SendDocument, SendPhoto
from aiogram.types import InputMediaAnimation, InputMediaDocument, InputMediaPhoto

FIRST_S = 0.5  # most uploads are through by then, and a late line would outlive the message
AGAIN_S = 4.0  # Telegram shows it for five seconds at most
TIMEOUT_S = 5

ACTIONS: dict[type[Any], ChatAction] = {
    InputMediaAnimation: ChatAction.UPLOAD_VIDEO,
    InputMediaDocument: ChatAction.UPLOAD_DOCUMENT,
    InputMediaPhoto: ChatAction.UPLOAD_PHOTO,
    SendAnimation: ChatAction.UPLOAD_VIDEO,
    SendDocument: ChatAction.UPLOAD_DOCUMENT,
    SendPhoto: ChatAction.UPLOAD_PHOTO,
}


@asynccontextmanager
async def show_chat_action(
    bot: Bot, chat_id: int, thread_id: int | None, what: object
) -> AsyncIterator[None]:
    """Says so, and again, until the block ends; nothing depends on whether it can be said.

    what: the media or the method with the file; for any other there is nothing to say.
    """
    action = ACTIONS.get(type(what))
    if action is None:
        yield
        return
    say = SendChatAction(chat_id=chat_id, message_thread_id=thread_id, action=action)
    saying = asyncio.create_task(_send_action(bot, say))
    try:
        yield
    finally:
        saying.cancel()
        await asyncio.gather(saying, return_exceptions=True)


async def _send_action(bot: Bot, say: SendChatAction) -> None:
    await asyncio.sleep(FIRST_S)
    while True:
        with suppress(AiogramError):
            await bot(say, request_timeout=TIMEOUT_S)
        await asyncio.sleep(AGAIN_S)
