"""Handle requests for a picture: texts, /draw, /like, /style, images and the example button."""

from typing import get_args

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message, Update

from bot.context import BotContext
from bot.handlers.talk import offers
from bot.requests.create_job import acknowledge_button, create_job
from bot.requests.from_message import MissingInput, album_message, parse_message
from bot.requests.incoming import IncomingRequest
from bot.requests.requester import AnonymousSender, requester_of_button
from bot.views import keyboards
from store.errors import Refused, RequestError
from store.jobs import albums
from store.jobs.inputs import InputUse
from store.request.request import DrawRequest


def router() -> Router:
    """Return the router of everything that asks for a new picture."""
    router = Router(name="draw")
    router.message.register(draw_by_command, Command(*get_args(InputUse), ignore_case=True))
    router.callback_query.register(draw_example, keyboards.TryExample.filter())
    private = F.chat.type == "private"
    router.message.register(draw_by_message, private, F.text, ~F.text.startswith("/"))
    no_command = ~F.caption | ~F.caption.startswith("/")
    router.message.register(draw_by_album, private, F.media_group_id, no_command)
    # Groups too: an album is a request only if one of its messages has a command as caption, and
    # that may arrive last.
    router.message.register(
        collect_album_message, F.media_group_id, no_command, flags={"not_addressed": True}
    )
    # Other content that a user can send; service messages about the chat need no answer.
    router.message.register(
        draw_by_message, private, F.photo | F.live_photo | F.document, no_command
    )
    other = F.video | F.video_note | F.voice | F.audio | F.sticker
    other = other | F.contact | F.location | F.poll | F.story | F.dice
    other = other | F.paid_media | F.checklist | F.game | F.gift | F.unique_gift
    other = other | F.web_app_data | F.giveaway | F.invoice | F.users_shared | F.chat_shared
    router.message.register(explain_unsupported, private, other, no_command)
    return router


async def draw_by_command(
    message: Message,
    command: CommandObject,
    context: BotContext,
    event_update: Update,
    language: str,
) -> None:
    """Handle /draw with a prompt or in reply to one, /like and /style with an image."""
    await _draw(message, context, event_update, language, command)


async def draw_by_message(
    message: Message, context: BotContext, event_update: Update, language: str
) -> None:
    """Handle a text, or an image with a caption, in a private chat."""
    await _draw(message, context, event_update, language)


async def draw_by_album(
    message: Message, context: BotContext, event_update: Update, language: str
) -> None:
    """Handle one message of an album; a single one of them, not always the first, has a caption."""
    if message.caption:
        await _draw(message, context, event_update, language)
    else:
        await collect_album_message(message, context, language)


async def collect_album_message(message: Message, context: BotContext, language: str) -> None:
    """Keep a message of an album until the one with the caption comes."""
    await albums.add_message(context.db, album_message(message, language))


async def draw_example(
    query: CallbackQuery,
    callback_data: keyboards.TryExample,
    context: BotContext,
    event_update: Update,
    language: str,
) -> None:
    """Draw an example once, however often its button is tapped.

    Afterwards the button offers the next example.
    """
    requester = requester_of_button(query, language)
    if requester is None:
        context.replies.toast(query, context.texts(language, "alert-stale"))
        return
    serial = callback_data.serial
    prompt = keyboards.example_prompt(context.texts, language, serial)
    key = f"{requester.chat_id}:{requester.message_id}:try:{serial}:{requester.user_id}"
    try:
        request = DrawRequest(prompt=prompt)
        incoming = IncomingRequest(request, requester, key, apply_preferences=True)
        await create_job(context, incoming, event_update)
    except (RequestError, Refused) as error:
        context.replies.toast(query, context.plain(error, language), alert=True)
        return
    acknowledge_button(
        context, query, requester, keyboards.start_keyboard(context.texts, language, serial + 1)
    )


async def explain_unsupported(message: Message, context: BotContext, language: str) -> None:
    """Answer a message with content that no request can use."""
    await context.hint(message, "draw-words-only", language)


async def _draw(
    message: Message,
    context: BotContext,
    update: Update,
    language: str,
    command: CommandObject | None = None,
) -> None:
    """Create the job that a message asks for, or answer why it cannot."""
    try:
        await create_job(context, parse_message(message, language, command), update)
        return
    except MissingInput as missing:
        await context.hint(message, missing.key, language)
    except AnonymousSender:
        context.replies.answer(message, context.texts(language, "draw-own-name"))
    except (RequestError, Refused) as refusal:
        sender = message.sender_chat or message.from_user
        keyboard = offers.offers_keyboard(context.texts, language, refusal)
        await context.refuse(message, refusal, sender.id if sender else 0, language, keyboard)
    if message.media_group_id is not None:  # the rest of the album needs no answer of its own
        await albums.add_message(context.db, album_message(message, language), answered=True)
