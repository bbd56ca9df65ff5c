"""Show "is sending a photo…" in the chat while a file is being uploaded."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiogram import Bot
from aiogram.enums import ChatAction
from aiogram.exceptions import AiogramError
from aiogram.methods import SendAnimation, SendChatAction, SendDocument, SendPhoto, SendSticker
from aiogram.types import InputMediaAnimation, InputMediaDocument, InputMediaPhoto

from bot.delivery.settings import DeliverySettings

TIMEOUT_S = 5

ACTIONS: dict[type[Any], ChatAction] = {
    InputMediaAnimation: ChatAction.UPLOAD_VIDEO,
    InputMediaDocument: ChatAction.UPLOAD_DOCUMENT,
    InputMediaPhoto: ChatAction.UPLOAD_PHOTO,
    SendAnimation: ChatAction.UPLOAD_VIDEO,
    SendDocument: ChatAction.UPLOAD_DOCUMENT,
    SendPhoto: ChatAction.UPLOAD_PHOTO,
    SendSticker: ChatAction.CHOOSE_STICKER,
}


@asynccontextmanager
async def show_chat_action(
    bot: Bot, chat_id: int, thread_id: int | None, upload: object, settings: DeliverySettings
) -> AsyncIterator[None]:
    """Show and renew the action until the block ends; errors of Telegram are ignored.

    upload: the media or the method with the file; for any other object nothing is shown.
    """
    action = ACTIONS.get(type(upload))
    if action is None:
        yield
        return
    method = SendChatAction(chat_id=chat_id, message_thread_id=thread_id, action=action)
    renewing = asyncio.create_task(_renew(bot, method, settings))
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)


async def _renew(bot: Bot, method: SendChatAction, settings: DeliverySettings) -> None:
    await asyncio.sleep(settings.chat_action_delay_s)
    while True:
        with suppress(AiogramError):
            await bot(method, request_timeout=TIMEOUT_S)
        await asyncio.sleep(settings.chat_action_interval_s)
