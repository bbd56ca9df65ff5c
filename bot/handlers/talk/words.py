"""Handle /words: what the guide at hand sees in a picture, and a button that draws it."""

import asyncio
from collections.abc import Sequence
from hashlib import sha256

from aiogram import Bot, Router
from aiogram.exceptions import AiogramError
from aiogram.filters import Command
from aiogram.filters.callback_data import CallbackData
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update

from bot.context import BotContext
from bot.handlers.talk.offers import draw_prompt
from bot.requests.asking import Asking, NotAsked, ask
from bot.requests.attachments import ImageAttachment, has_other_attachment, image_in
from bot.requests.input_downloader import rejection
from bot.requests.sent_files import FileTooBig, read_file
from bot.views.formatting import bar
from store.errors import RequestError
from store.files import images
from store.gallery import gallery
from store.questions.picture_names import name_of
from store.questions.questions import UPLOADED, Question
from store.texts import LocalisedText, Texts

COMMANDS = ("words", "слова")
WAIT_S = 20.0  # for an answer; a large guide encodes the names when it is first asked


class DrawNamed(CallbackData, prefix="named"):
    """Callback data: draw what a picture was called, by the key of the name."""

    key: str


class CannotRead(Exception):
    """Raised where a picture cannot be looked at; holds what is said of it."""

    def __init__(self, said: LocalisedText) -> None:
        super().__init__(said.key)
        self.said = said


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
    source = await _source(message, context, bot)
    if isinstance(source, RequestError):
        context.hint(message, source.key, language, **source.values)
        return
    sender = message.sender_chat or message.from_user
    user_id = sender.id if sender else message.chat.id

    async def answer() -> None:
        try:
            key = source if isinstance(source, str) else await _uploaded(context, bot, source)
            question = Question("names", user_id, language, image=key)
            given = (await ask(context.db, question, WAIT_S)).given
        except CannotRead as error:
            context.replies.answer(message, context.html(error.said, language))
        except NotAsked as refused:
            context.hint(message, refused.key, language)
        else:
            text, keyboard = names_message(context.texts, language, given or [])
            context.replies.answer(message, text, keyboard)

    if not asking.start(answer()):
        context.hint(message, "asking-many", language)


def names_message(
    texts: Texts, language: str, given: Sequence[tuple[str, float]]
) -> tuple[str, InlineKeyboardMarkup | None]:
    """Return the names of a picture, the likeliest first, with bars, and the button to draw it."""
    named = [(name, share) for key, share in given if (name := name_of(key)) is not None]
    if not named:
        return texts(language, "asking-failed"), None
    lines = [
        f"<code>{bar(share)}</code> {name.said_in(language)}, {max(1, round(100 * share))} %"
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


async def _source(
    message: Message, context: BotContext, bot: Bot
) -> str | ImageAttachment | RequestError:
    """Return the picture that a message means: a key in the store, or an image at Telegram.

    A RequestError says what to do where there is none.
    """
    answered = message.reply_to_message
    if answered is not None and answered.from_user and answered.from_user.id == bot.id:
        job = await gallery.job_of_message(context.db, message.chat.id, answered.message_id)
        if job is not None and job.result is not None and not job.expired:
            return job.result.picture
    shown = answered or message.external_reply or message
    image = image_in(shown)
    if image is None:
        key = "words-not-picture" if has_other_attachment(shown) else "words-empty"
        return RequestError(key)
    if shown is message and message.media_group_id is not None:
        return RequestError("words-album")
    if image.size > images.MAX_BYTES:
        return RequestError("input-heavy", limit=images.MAX_BYTES // 10**6)
    return image


async def _uploaded(context: BotContext, bot: Bot, image: ImageAttachment) -> str:
    """Fetch an image into the store and return its key; raise CannotRead."""
    try:
        data = await read_file(bot, image.file_id, context.server_files)
        await asyncio.to_thread(images.check_image, data)
    except (images.InvalidImage, FileTooBig) as error:
        raise CannotRead(rejection(error)) from None
    except (AiogramError, OSError) as error:
        raise CannotRead(RequestError("words-unreachable")) from error
    key = f"{UPLOADED}{sha256(data).hexdigest()[:32]}"
    await asyncio.to_thread(context.files.write, key, data)
    return key
