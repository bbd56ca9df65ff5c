"""Requests for a picture: words, /draw, /like, /style, pictures, or the button with an example."""

from typing import cast, get_args

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message, Update

from bot.context import BotContext
from bot.requests.create_job import acknowledge_button, create_job
from bot.requests.from_message import album_message, submit
from bot.requests.requester import requester_of_button
from bot.views import keyboards
from store.errors import Refused, RequestError
from store.jobs import albums
from store.jobs.inputs import InputUse
from store.request.request import DrawRequest


def router() -> Router:
    router = Router(name="draw")
    router.message.register(command, Command(*get_args(InputUse), ignore_case=True))
    router.callback_query.register(example, keyboards.TryExample.filter())
    private = F.chat.type == "private"
    router.message.register(text_message, private, F.text, ~F.text.startswith("/"))
    no_command = ~F.caption | ~F.caption.startswith("/")
    router.message.register(album_part, private, F.media_group_id, no_command)
    # Anybody's album: what becomes of it is known once its words have come.
    router.message.register(
        unaddressed_text, F.media_group_id, no_command, flags={"overheard": True}
    )
    # Whatever else a person can send; messages about the chat itself are nobody's question.
    router.message.register(image_message, private, F.photo | F.live_photo | F.document, no_command)
    other = F.video | F.video_note | F.voice | F.audio | F.sticker
    other = other | F.contact | F.location | F.poll | F.story | F.dice
    router.message.register(unsupported_message, private, other, no_command)
    return router


async def command(
    message: Message,
    command: CommandObject,
    context: BotContext,
    event_update: Update,
    language: str,
) -> None:
    """/draw with words, or in reply to somebody's words; /like and /style with a picture."""
    manner = cast(InputUse, command.command.lower())
    words = command.args or _text_of_reply(message) or ""
    await submit(message, manner, words, context, update=event_update, language=language)


async def text_message(
    message: Message, context: BotContext, event_update: Update, language: str
) -> None:
    await submit(
        message, "draw", message.text or "", context, update=event_update, language=language
    )


async def image_message(
    message: Message, context: BotContext, event_update: Update, language: str
) -> None:
    """A picture with words under it, or a file."""
    words = message.caption or ""
    await submit(message, "draw", words, context, update=event_update, language=language)


async def album_part(
    message: Message, context: BotContext, event_update: Update, language: str
) -> None:
    """One message of an album; words stand under a single one of them, and not always the first."""
    if message.caption:
        await image_message(message, context, event_update, language)
    else:
        await unaddressed_text(message, context, language)


async def unaddressed_text(message: Message, context: BotContext, language: str) -> None:
    await albums.collect(context.db, album_message(message, language))


async def example(
    query: CallbackQuery,
    callback_data: keyboards.TryExample,
    context: BotContext,
    event_update: Update,
    language: str,
) -> None:
    """A double tap is one job; the button then offers the next example."""
    requester = requester_of_button(query, language)
    if requester is None:
        context.replies.toast(query, context.texts(language, "alert-stale"))
        return
    serial = callback_data.serial
    prompt = keyboards.example_prompt(context.texts, language, serial)
    key = f"{requester.chat_id}:{requester.message_id}:try:{serial}:{requester.user_id}"
    try:
        request = DrawRequest(prompt=prompt)
        await create_job(context, request, requester, key, event_update, apply_preferences=True)
    except (RequestError, Refused) as error:
        context.replies.toast(query, context.plain(error, language), alert=True)
        return
    acknowledge_button(
        context, query, requester, keyboards.example_keyboard(context.texts, language, serial + 1)
    )


async def unsupported_message(message: Message, context: BotContext, language: str) -> None:
    context.hint(message, "draw-words-only", language)


def _text_of_reply(message: Message) -> str | None:
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
