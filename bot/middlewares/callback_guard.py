"""Reject callback data of a kind that no button of the message has, as modified clients send."""

from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import CallbackQuery, Message, TelegramObject

from bot.context import BotContext
from bot.telegram import GROUPS, Handler
from bot.views.result_keyboard import ResultAction
from bot.views.settings_menu import SettingsChoice, SettingsPage


class CallbackGuard(BaseMiddleware):
    """Keep members of a group from making the bot edit its messages to others by forged data.

    Telegram passes on any data with any message of the bot. That message may have been edited
    since the press, so a button of the same kind is enough; if Telegram shows no buttons at all,
    the handlers' own checks must suffice.
    """

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Handle the press if the message has such a button, else answer that it is outdated."""
        assert isinstance(event, CallbackQuery)
        if _has_button_of(event):
            return await handler(event, data)
        context: BotContext = data["context"]
        context.replies.toast(event, context.texts(data["language"], "alert-stale"))
        return None


def _has_button_of(query: CallbackQuery) -> bool:
    """Return whether the message has a button of this kind, or none can be seen."""
    message = query.message
    if not isinstance(message, Message) or message.chat.type not in GROUPS:
        return True
    if message.reply_markup is None:
        return True
    buttons = [button for row in message.reply_markup.inline_keyboard for button in row]
    return _kind(query.data) in {_kind(button.callback_data) for button in buttons}


def _kind(data: str | None) -> tuple[str, ...]:
    """Return the prefix of callback data, and for the buttons under a result also its job."""
    prefix, *rest = (data or "").split(":")
    if prefix == ResultAction.__prefix__:
        return (prefix, *rest[1:2])
    # Pages and choices of /settings replace each other in one message.
    return (SettingsPage.__prefix__ if prefix == SettingsChoice.__prefix__ else prefix,)
