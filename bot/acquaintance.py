"""Who is writing: in which language they are answered, and whether they are let in at all."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.dispatcher.flags import get_flag
from aiogram.types import CallbackQuery, InlineQuery, Message, TelegramObject

from bot.asker import language_of
from bot.desk import Desk
from bot.faces import face_of
from store import choices, people
from store.people import Person

TOAST_LIMIT = 200  # characters in the answer to a button

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


class Acquaintance(BaseMiddleware):
    """Gives handlers the `language`: the person's choice, the group's, else what Telegram says.

    Who is blocked hears so once; after that none of their updates reaches a handler. An inner
    middleware: talk that is not meant for the bot, or only `overheard`, is nobody's knock at the
    door.
    """

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        assert isinstance(event, Message | CallbackQuery | InlineQuery)
        if get_flag(data, "overheard"):
            return await handler(event, {**data, "language": language_of(event.from_user)})
        desk: Desk = data["desk"]
        speaker = getattr(event, "sender_chat", None) or event.from_user
        person = people.Person()
        if speaker:
            person = await people.meet(desk.db, face_of(speaker), _chat_of(event) or speaker.id)
        language = person.language or await _of_group(desk, event) or language_of(event.from_user)
        if speaker and person.blocked and speaker.id not in desk.admins:
            if await people.turn_away(desk.db, speaker.id):
                _refuse(desk, event, person, language)
            return None
        return await handler(event, {**data, "language": language})


def _chat_of(event: Message | CallbackQuery | InlineQuery) -> int | None:
    """Where the event happened, as far as Telegram tells."""
    message = event.message if isinstance(event, CallbackQuery) else event
    return None if isinstance(message, InlineQuery) or message is None else message.chat.id


async def _of_group(desk: Desk, event: Message | CallbackQuery | InlineQuery) -> str | None:
    chat_id = _chat_of(event)
    if chat_id is None or chat_id > 0:
        return None
    return (await choices.of(desk.db, chat_id)).language


def _refuse(
    desk: Desk, event: Message | CallbackQuery | InlineQuery, person: Person, language: str
) -> None:
    if isinstance(event, Message):
        desk.replies.answer_aside(event, desk.sentence(person.refusal, language))
    elif isinstance(event, CallbackQuery):
        words = desk.plain(person.refusal, language)[:TOAST_LIMIT]
        desk.replies.toast(event, words, alert=True)
