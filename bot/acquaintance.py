"""Who is writing: in which language they are answered, and whether they are let in at all."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import CallbackQuery, Message, TelegramObject

from bot.asker import language_of
from bot.desk import Desk
from bot.faces import face_of
from store import people
from store.people import Person

TOAST_LIMIT = 200  # characters in the answer to a button

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


class Acquaintance(BaseMiddleware):
    """Gives handlers the `language`: the person's own choice, else what Telegram says of them.

    Who is blocked hears so once; after that none of their updates reaches a handler. An inner
    middleware: talk that is not meant for the bot is nobody's knock at the door.
    """

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        assert isinstance(event, Message | CallbackQuery)
        desk: Desk = data["desk"]
        speaker = getattr(event, "sender_chat", None) or event.from_user
        person = people.Person()
        if speaker:
            message = event.message if isinstance(event, CallbackQuery) else event
            chat_id = message.chat.id if message else speaker.id
            person = await people.meet(desk.db, face_of(speaker), chat_id)
        language = person.language or language_of(event.from_user)
        if speaker and person.blocked and speaker.id not in desk.admins:
            if await people.turn_away(desk.db, speaker.id):
                _refuse(desk, event, person, language)
            return None
        return await handler(event, {**data, "language": language})


def _refuse(desk: Desk, event: Message | CallbackQuery, person: Person, language: str) -> None:
    if isinstance(event, Message):
        desk.replies.answer(event, desk.sentence(person.refusal, language))
    else:
        words = desk.plain(person.refusal, language)[:TOAST_LIMIT]
        desk.replies.toast(event, words, alert=True)
