"""Requests for a picture: words, /draw, /like, /style, pictures, or the button with an example."""

from typing import cast, get_args

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message, Update

from bot import keyboards
from bot.asker import tapper_of
from bot.desk import Desk
from bot.orders import order, taken, to_taste
from bot.submission import part_of, submit
from store import albums
from store.errors import Refused, RequestError
from store.inputs import Manner
from store.request import DrawRequest


def router() -> Router:
    router = Router(name="draw")
    router.message.register(command, Command(*get_args(Manner), ignore_case=True))
    router.callback_query.register(example, keyboards.Try.filter())
    private = F.chat.type == "private"
    router.message.register(text, private, F.text, ~F.text.startswith("/"))
    no_command = ~F.caption | ~F.caption.startswith("/")
    router.message.register(part, private, F.media_group_id, no_command)
    # Anybody's album: what becomes of it is known once its words have come.
    router.message.register(overheard, F.media_group_id, no_command, flags={"overheard": True})
    # Whatever else a person can send; messages about the chat itself are nobody's question.
    router.message.register(picture, private, F.photo | F.live_photo | F.document, no_command)
    other = F.video | F.video_note | F.voice | F.audio | F.sticker
    other = other | F.contact | F.location | F.poll | F.story | F.dice
    router.message.register(not_words, private, other, no_command)
    return router


async def command(
    message: Message, command: CommandObject, desk: Desk, event_update: Update, language: str
) -> None:
    """/draw with words, or in reply to somebody's words; /like and /style with a picture."""
    manner = cast(Manner, command.command.lower())
    words = command.args or _words_replied_to(message) or ""
    await submit(message, manner, words, desk, update=event_update, language=language)


async def text(message: Message, desk: Desk, event_update: Update, language: str) -> None:
    await submit(message, "draw", message.text or "", desk, update=event_update, language=language)


async def picture(message: Message, desk: Desk, event_update: Update, language: str) -> None:
    """A picture with words under it, or a file."""
    words = message.caption or ""
    await submit(message, "draw", words, desk, update=event_update, language=language)


async def part(message: Message, desk: Desk, event_update: Update, language: str) -> None:
    """One message of an album; words stand under a single one of them, and not always the first."""
    if message.caption:
        await picture(message, desk, event_update, language)
    else:
        await overheard(message, desk, language)


async def overheard(message: Message, desk: Desk, language: str) -> None:
    await albums.collect(desk.db, part_of(message, language))


async def example(
    query: CallbackQuery,
    callback_data: keyboards.Try,
    desk: Desk,
    event_update: Update,
    language: str,
) -> None:
    """A double tap is one job; the button then offers the next example."""
    asker = tapper_of(query, language)
    if asker is None:
        desk.replies.toast(query, desk.texts(language, "alert-stale"))
        return
    serial = callback_data.serial
    prompt = keyboards.example_prompt(desk.texts, language, serial)
    key = f"{asker.chat_id}:{asker.message_id}:try:{serial}:{asker.user_id}"
    try:
        request = await to_taste(desk.db, DrawRequest(prompt=prompt), asker)
        await order(desk, request, asker, key, event_update)
    except (RequestError, Refused) as error:
        desk.replies.toast(query, desk.plain(error, language), alert=True)
        return
    taken(desk, query, asker, keyboards.example(desk.texts, language, serial + 1))


async def not_words(message: Message, desk: Desk, language: str) -> None:
    desk.hint(message, "draw-words-only", language)


def _words_replied_to(message: Message) -> str | None:
    """What the person marked in the other message, or all of it."""
    if message.quote is not None:
        return message.quote.text
    answered = message.reply_to_message
    if answered is None:
        return None
    author = answered.from_user
    if author is not None and author.is_bot and answered.sender_chat is None:
        return None  # what a bot says of its work is nobody's prompt
    words = answered.text or answered.caption or ""
    return words.partition(" ")[2] if words.startswith("/") else words
