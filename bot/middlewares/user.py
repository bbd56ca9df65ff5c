"""Who is writing: in which language they are answered, and whether they are let in at all."""

from typing import Any

from aiogram import BaseMiddleware
from aiogram.dispatcher.flags import get_flag
from aiogram.types import CallbackQuery, InlineQuery, Message, TelegramObject

from bot.context import BotContext
from bot.requests.requester import profile_of
from bot.telegram import Handler, language_of
from store.users import preferences, users
from store.users.users import UserStatus

TOAST_LIMIT = 200  # characters in the answer to a button


class UserMiddleware(BaseMiddleware):
    """Gives handlers the `language`: the person's choice, the group's, else what Telegram says.

    Who is blocked hears so once; after that none of their updates reaches a handler. An inner
    middleware: talk that is not meant for the bot, or only `overheard`, is nobody's knock at the
    door.
    """

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        assert isinstance(event, Message | CallbackQuery | InlineQuery)
        if get_flag(data, "overheard"):
            return await handler(event, {**data, "language": language_of(event.from_user)})
        context: BotContext = data["context"]
        speaker = getattr(event, "sender_chat", None) or event.from_user
        person = users.UserStatus()
        if speaker:
            person = await users.touch(
                context.db, profile_of(speaker), _chat_of(event) or speaker.id
            )
        language = (
            person.language or await _concerns_group(context, event) or language_of(event.from_user)
        )
        if speaker and person.blocked and speaker.id not in context.admins:
            if await users.notify_ban_once(context.db, speaker.id):
                _answer_refusal(context, event, person, language)
            return None
        return await handler(event, {**data, "language": language})


def _chat_of(event: Message | CallbackQuery | InlineQuery) -> int | None:
    """Where the event happened, as far as Telegram tells."""
    message = event.message if isinstance(event, CallbackQuery) else event
    return None if isinstance(message, InlineQuery) or message is None else message.chat.id


async def _concerns_group(
    context: BotContext, event: Message | CallbackQuery | InlineQuery
) -> str | None:
    chat_id = _chat_of(event)
    if chat_id is None or chat_id > 0:
        return None
    return (await preferences.get(context.db, chat_id)).language


def _answer_refusal(
    context: BotContext,
    event: Message | CallbackQuery | InlineQuery,
    person: UserStatus,
    language: str,
) -> None:
    if isinstance(event, Message):
        context.replies.answer_aside(event, context.sentence(person.refusal, language))
    elif isinstance(event, CallbackQuery):
        words = context.plain(person.refusal, language)[:TOAST_LIMIT]
        context.replies.toast(event, words, alert=True)
