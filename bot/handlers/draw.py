"""Requests for a picture: a text, /draw, or the button with an example."""

from aiogram import F, Router
from aiogram.filters import Command, CommandObject, Filter
from aiogram.types import CallbackQuery, Message, Update

from bot import keyboards
from bot.asker import OwnNameNeeded, asker_of, tapper_of
from bot.desk import Desk
from bot.orders import order, taken, to_taste
from store.errors import Refused, RequestError
from store.records import Asker
from store.request import DrawRequest


class FirstOfAlbum(Filter):
    """True for single messages and for the first of an album: one answer is enough."""

    def __init__(self) -> None:
        self._last: str | None = None

    async def __call__(self, message: Message) -> bool:
        album = message.media_group_id
        if album is not None and album == self._last:
            return False
        self._last = album
        return True


def router() -> Router:
    router = Router(name="draw")
    router.message.register(command, Command("draw", ignore_case=True))
    router.callback_query.register(example, keyboards.Try.filter())
    private = F.chat.type == "private"
    router.message.register(text, private, F.text, ~F.text.startswith("/"))
    # Whatever else a person can send; messages about the chat itself are nobody's question.
    other = F.photo | F.document | F.video | F.video_note | F.voice | F.audio | F.sticker
    other = other | F.contact | F.location | F.poll | F.story
    router.message.register(not_words, private, other, FirstOfAlbum())
    return router


async def command(
    message: Message, command: CommandObject, desk: Desk, event_update: Update, language: str
) -> None:
    """/draw with words, or in reply to somebody's words."""
    answered = message.reply_to_message
    if has_picture(message) or (answered is not None and has_picture(answered)):
        desk.replies.answer(message, desk.texts(language, "draw-no-photos"))
        return
    prompt = command.args or _words_replied_to(message)
    if not prompt:
        desk.replies.answer(message, desk.texts(language, "draw-empty"))
        return
    await submit(message, prompt, desk, event_update, language)


async def text(message: Message, desk: Desk, event_update: Update, language: str) -> None:
    await submit(message, message.text or "", desk, event_update, language)


async def submit(message: Message, prompt: str, desk: Desk, update: Update, language: str) -> None:
    """One job for one message, however often Telegram brings it."""
    key = f"{message.chat.id}:{message.message_id}"
    try:
        asker = asker_of(message, language)
    except OwnNameNeeded:
        desk.replies.answer(message, desk.texts(language, "draw-own-name"))
        return
    try:
        await _accept(desk, prompt, asker, key, update)
    except RequestError as error:
        desk.replies.answer(message, desk.sentence(error, language))
    except Refused as refusal:
        desk.refuse(message, refusal, asker.user_id, language)


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
        await _accept(desk, prompt, asker, key, event_update)
    except (RequestError, Refused) as error:
        desk.replies.toast(query, desk.plain(error, language), alert=True)
        return
    taken(desk, query, asker, keyboards.example(desk.texts, language, serial + 1))


async def not_words(message: Message, desk: Desk, language: str) -> None:
    key = "draw-no-photos" if has_picture(message) else "draw-words-only"
    desk.replies.answer(message, desk.texts(language, key))


async def _accept(desk: Desk, prompt: str, asker: Asker, key: str, update: Update) -> None:
    request = await to_taste(desk.db, DrawRequest(prompt=prompt), asker)
    await order(desk, request, asker, key, update)


def has_picture(message: Message) -> bool:
    """A photo, or a picture sent as a file."""
    kind = message.document.mime_type if message.document else None
    return bool(message.photo) or (kind or "").startswith("image/")


def _words_replied_to(message: Message) -> str | None:
    """What the person marked in the other message, or all of it."""
    if message.quote is not None:
        return message.quote.text
    return message.reply_to_message.text if message.reply_to_message else None
