"""Resolve the language of each user, enforce bans and keep strangers out."""

from typing import Any

from aiogram import BaseMiddleware
from aiogram.dispatcher.flags import get_flag
from aiogram.methods import AnswerInlineQuery
from aiogram.types import CallbackQuery, InlineQuery, Message, TelegramObject

from bot.context import BotContext
from bot.requests.requester import profile_of
from bot.telegram import TOAST_LIMIT, Handler, language_of, language_of_words
from store.users import preferences, users
from store.users.users import UserStatus


class UserMiddleware(BaseMiddleware):
    """Record the user, pass `language` to the handler, and stop the updates of banned users.

    The language is the user's choice, else the group's, else what Telegram says. A banned user is
    told once. Where only those on the list are served, others get one sentence or none, except from
    handlers with the flag `for_strangers`. Registered as an inner middleware, so messages that no
    handler takes do not count as contact; neither do those of handlers with the flag
    `not_addressed`.
    """

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Run the handler with `language`, unless the user is banned or a stranger."""
        assert isinstance(event, Message | CallbackQuery | InlineQuery)
        if get_flag(data, "not_addressed"):
            return await handler(event, {**data, "language": _language(event, data["context"])})
        context: BotContext = data["context"]
        sender = getattr(event, "sender_chat", None) or event.from_user
        status = users.UserStatus()
        if sender:
            status = await users.touch(context.db, profile_of(sender), _chat_id(event) or sender.id)
        chosen = status.language or await _group_language(context, event)
        language = chosen or _language(event, context)
        if sender and status.blocked and sender.id not in context.admins:
            if await users.notify_ban_once(context.db, sender.id):
                _answer_ban(context, event, status, language)
            return None
        if context.access.only_list and not get_flag(data, "for_strangers"):
            sender_id = sender.id if sender else 0
            if not status.allowed and sender_id not in context.admins:
                await _answer_stranger(context, event, sender_id, language)
                return None
        return await handler(event, {**data, "language": language})


def _language(event: Message | CallbackQuery | InlineQuery, context: BotContext) -> str:
    """Return the language of the app, or of what was written if that is in another script."""
    language = language_of(event.from_user, context.texts.languages)
    if isinstance(event, Message):
        return language_of_words(event.text or event.caption or "", language)
    if isinstance(event, CallbackQuery) and (_chat_id(event) or 0) > 0:
        return language_of_words(_labels(event), language)
    return language


def _labels(query: CallbackQuery) -> str:
    """Return the labels of the message's buttons, of which one was pressed.

    In a private chat they are in the language in which the message was sent.
    """
    keyboard = query.message.reply_markup if isinstance(query.message, Message) else None
    rows = keyboard.inline_keyboard if keyboard else []
    return " ".join(button.text for row in rows for button in row if button.callback_data)


def _chat_id(event: Message | CallbackQuery | InlineQuery) -> int | None:
    """Return the chat in which the event happened, if Telegram names it."""
    message = event.message if isinstance(event, CallbackQuery) else event
    return None if isinstance(message, InlineQuery) or message is None else message.chat.id


async def _group_language(
    context: BotContext, event: Message | CallbackQuery | InlineQuery
) -> str | None:
    chat_id = _chat_id(event)
    if chat_id is None or chat_id > 0:
        return None
    return (await preferences.get(context.db, chat_id)).language


def _answer_ban(
    context: BotContext,
    event: Message | CallbackQuery | InlineQuery,
    status: UserStatus,
    language: str,
) -> None:
    if isinstance(event, Message):
        context.replies.answer_privately(event, context.html(status.refusal, language))
    elif isinstance(event, CallbackQuery):
        text = context.plain(status.refusal, language)[:TOAST_LIMIT]
        context.replies.toast(event, text, alert=True)


async def _answer_stranger(
    context: BotContext,
    event: Message | CallbackQuery | InlineQuery,
    sender_id: int,
    language: str,
) -> None:
    text = context.texts(language, "access-closed", id=str(sender_id))
    if isinstance(event, CallbackQuery):
        # A press has to be answered; an empty answer says nothing.
        context.replies.toast(
            event, "" if context.access.silent else text[:TOAST_LIMIT], alert=True
        )
    elif isinstance(event, InlineQuery):
        context.replies.call(AnswerInlineQuery(inline_query_id=event.id, results=[]))
    elif not context.access.silent and await context.throttle.allow(event, "stranger", sender_id):
        context.replies.answer_privately(event, text)
