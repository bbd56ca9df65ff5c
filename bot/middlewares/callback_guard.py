"""Taps on buttons that do not stand where they were tapped: only a tampered program sends those."""

from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import CallbackQuery, Message, TelegramObject

from bot.context import BotContext
from bot.telegram import GROUPS, Handler


class CallbackGuard(BaseMiddleware):
    """In a group, lets nobody write their own menu over what the bot has sent to another.

    Telegram passes on whatever data comes, with whatever message of ours it comes. That message
    may have been edited since the tap, so a button of the same kind is enough; where Telegram
    shows no buttons at all, the handlers' own checks have to do.
    """

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        assert isinstance(event, CallbackQuery)
        if _is_button_of(event):
            return await handler(event, data)
        context: BotContext = data["context"]
        context.replies.toast(event, context.texts(data["language"], "alert-stale"))
        return None


def _is_button_of(query: CallbackQuery) -> bool:
    message = query.message
    if not isinstance(message, Message) or message.chat.type not in GROUPS:
        return True
    if message.reply_markup is None:
        return True
    buttons = [one for row in message.reply_markup.inline_keyboard for one in row]
    return _kind(query.data) in {_kind(one.callback_data) for one in buttons}


def _kind(data: str | None) -> tuple[str, ...]:
    """What a button is about: of those under a picture, also which picture."""
    name, *rest = (data or "").split(":")
    if name == "do":
        return (name, *rest[1:2])
    return ("page" if name == "set" else name,)
