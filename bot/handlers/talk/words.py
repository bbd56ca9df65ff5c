"""Handle /words: what the guide at hand sees in a picture, and a button that draws it."""

import asyncio
from collections.abc import Sequence
from hashlib import sha256

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.filters.callback_data import CallbackData
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update

from bot.context import BotContext
from bot.handlers.talk.offers import draw_prompt
from bot.requests.asking import Asking, NotAsked, ask
from bot.requests.shown_picture import PictureSource, fetch_picture, work_on_picture
from bot.views.formatting import bar
from store.questions.picture_names import name_of
from store.questions.questions import UPLOADED, Question
from store.texts import Texts

COMMANDS = ("words", "слова")
WAIT_S = 20.0  # for an answer; a large guide encodes the names when it is first asked


class DrawNamed(CallbackData, prefix="named"):
    """Callback data: draw what a picture was called, by the key of the name."""

    key: str


def router() -> Router:
    """Return the router of /words and its button."""
    router = Router(name="words")
    router.message.register(name_picture, Command(*COMMANDS, ignore_case=True))
    router.callback_query.register(draw_named, DrawNamed.filter())
    return router


async def name_picture(
    message: Message, context: BotContext, asking: Asking, bot: Bot, language: str
) -> None:
    """Name the picture that is answered or that carries the command."""
    sender = message.sender_chat or message.from_user
    user_id = sender.id if sender else message.chat.id

    async def answer(source: PictureSource) -> None:
        key = await _key_of(context, bot, source)
        question = Question("names", user_id, language, image=key)
        try:
            given = (await ask(context.db, question, WAIT_S)).given
        except NotAsked as refused:
            await context.hint(message, refused.key, language)
            return
        text, keyboard = names_message(context.texts, language, given or [])
        context.replies.answer(message, text, keyboard)

    await work_on_picture(message, context, asking, bot, language, command="words", work=answer)


def names_message(
    texts: Texts, language: str, given: Sequence[tuple[str, float]]
) -> tuple[str, InlineKeyboardMarkup | None]:
    """Return the names of a picture, the likeliest first, with bars, and the button to draw it."""
    named = [(name, share) for key, share in given if (name := name_of(key)) is not None]
    if not named:
        return texts(language, "asking-failed"), None
    lines = [
        texts(
            language,
            "words-share",
            bar=bar(share),
            name=name.said_in(language),
            percent=max(1, round(100 * share)),
        )
        for name, share in named
    ]
    button = InlineKeyboardButton(
        text=texts(language, "words-draw", what=named[0][0].said_in(language)),
        callback_data=DrawNamed(key=named[0][0].key).pack(),
    )
    text = "\n".join([texts(language, "words-title"), *lines])
    return text, InlineKeyboardMarkup(inline_keyboard=[[button]])


async def draw_named(
    query: CallbackQuery,
    callback_data: DrawNamed,
    context: BotContext,
    event_update: Update,
    language: str,
) -> None:
    """Draw what the picture was called, once for each message and user."""
    name = name_of(callback_data.key)
    prompt = name.said_in(language) if name else None
    await draw_prompt(query, prompt, context, event_update, language)


async def _key_of(context: BotContext, bot: Bot, source: PictureSource) -> str:
    """Return the key of a picture in the store; one at Telegram is fetched into it first."""
    if isinstance(source, str):
        return source
    data = await fetch_picture(context, bot, source)
    key = f"{UPLOADED}{sha256(data).hexdigest()[:32]}"
    await asyncio.to_thread(context.files.write, key, data)
    return key
