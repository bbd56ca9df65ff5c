"""Buttons under a refusal: draw something near in meaning, or the words as they are."""

from aiogram import Bot, Router
from aiogram.filters import CommandObject
from aiogram.filters.callback_data import CallbackData
from aiogram.methods import EditMessageReplyMarkup
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update

from bot.context import BotContext
from bot.requests.create_job import create_job
from bot.requests.from_message import MissingInput, parse_message
from bot.requests.incoming import IncomingRequest
from bot.requests.requester import AnonymousSender, requester_of_button
from store.errors import LocalisedError, Refused, RequestError
from store.jobs.reading import NothingToPaint
from store.reader import told
from store.request.request import DrawRequest
from store.texts import Texts

MAX_OFFERED = 40  # characters of a thing's name in the data of its button


class DrawOffer(CallbackData, prefix="offer"):
    """Callback data: draw a thing, by its key."""

    thing: str


class DrawAnyway(CallbackData, prefix="anyway"):
    """Callback data: draw the message that was replied to, though nothing of it is known."""

    serial: int = 0


def router() -> Router:
    """Return the router of the buttons under a refusal."""
    router = Router(name="offers")
    router.callback_query.register(draw_offer, DrawOffer.filter())
    router.callback_query.register(draw_anyway, DrawAnyway.filter())
    return router


def offers_keyboard(
    texts: Texts, language: str, refusal: LocalisedError
) -> InlineKeyboardMarkup | None:
    """Return a button for each thing that is offered, and one that draws the words anyway.

    None where it is not the words that are refused.
    """
    if not isinstance(refusal, NothingToPaint):
        return None
    rows = [
        [
            InlineKeyboardButton(
                text=texts(language, "offer-button", what=told.accusative(thing, language)),
                callback_data=DrawOffer(thing=thing).pack(),
            )
        ]
        for thing in refusal.offers
        if len(thing.encode()) <= MAX_OFFERED
    ]
    anyway = InlineKeyboardButton(
        text=texts(language, "offer-anyway"), callback_data=DrawAnyway().pack()
    )
    return InlineKeyboardMarkup(inline_keyboard=[*rows, [anyway]])


async def draw_offer(
    query: CallbackQuery,
    callback_data: DrawOffer,
    context: BotContext,
    event_update: Update,
    language: str,
) -> None:
    """Draw a thing that was offered, once for each message and user."""
    prompt = told.nominative(callback_data.thing, language)
    await draw_prompt(query, prompt, context, event_update, language)


async def draw_prompt(
    query: CallbackQuery, prompt: str | None, context: BotContext, update: Update, language: str
) -> None:
    """Draw what a button offers, once for each message and user; None: nothing any more."""
    requester = requester_of_button(query, language)
    if requester is None or prompt is None:
        context.replies.toast(query, context.texts(language, "alert-stale"))
        return
    key = f"{requester.chat_id}:{requester.message_id}:offer:{prompt}:{requester.user_id}"
    request = DrawRequest(prompt=prompt)
    incoming = IncomingRequest(request, requester, key, apply_preferences=True)
    await _draw(query, incoming, context, update, language)


async def draw_anyway(
    query: CallbackQuery, context: BotContext, bot: Bot, event_update: Update, language: str
) -> None:
    """Draw the message that the refusal replies to, for its author."""
    refusal = query.message
    asked = refusal.reply_to_message if isinstance(refusal, Message) else None
    if asked is None:
        context.replies.toast(query, context.texts(language, "offer-gone"), alert=True)
        return
    if asked.from_user is None or asked.from_user.id != query.from_user.id:
        context.replies.toast(query, context.texts(language, "alert-not-yours"), alert=True)
        return
    try:
        incoming = parse_message(asked.as_(bot), language, _command(asked), anyway=True)
    except (MissingInput, AnonymousSender, RequestError):
        context.replies.toast(query, context.texts(language, "offer-gone"), alert=True)
        return
    await _draw(query, incoming, context, event_update, language)


async def _draw(
    query: CallbackQuery,
    incoming: IncomingRequest,
    context: BotContext,
    update: Update,
    language: str,
) -> None:
    """Create the job and take the buttons away."""
    try:
        await create_job(context, incoming, update)
    except (RequestError, Refused) as error:
        context.replies.toast(query, context.plain(error, language), alert=True)
        return
    context.replies.toast(query, context.texts(language, "alert-example"))
    if query.message is not None:
        context.replies.call(
            EditMessageReplyMarkup(
                chat_id=query.message.chat.id, message_id=query.message.message_id
            )
        )


def _command(message: Message) -> CommandObject | None:
    """Return the command that a message begins with."""
    text = message.text or message.caption or ""
    if not text.startswith("/"):
        return None
    name, _, words = text[1:].partition(" ")
    return CommandObject(prefix="/", command=name.partition("@")[0], args=words.strip() or None)
