"""From a message to a job: its words, what its pictures are for, or one kind sentence."""

from dataclasses import replace

from aiogram.types import Message, Update

from bot.asker import OwnNameNeeded, asker_of
from bot.attachments import picture_in, pictures_of
from bot.desk import Desk
from bot.orders import order, to_taste
from store import albums
from store.albums import Part
from store.errors import Refused, RequestError
from store.inputs import Input, Manner, arrange, new_key
from store.request import DrawRequest


class Lacking(Exception):
    """Something is missing for a request; the bot's own sentence says what."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


async def submit(
    message: Message, manner: Manner, words: str, desk: Desk, *, update: Update, language: str
) -> None:
    """One job for one message, or for one album, however often Telegram brings it."""
    try:
        await _submit(message, manner, words, desk, update=update, language=language)
        return
    except Lacking as lack:
        desk.hint(message, lack.key, language, **lack.values)
    except OwnNameNeeded:
        desk.replies.answer(message, desk.texts(language, "draw-own-name"))
    except (RequestError, Refused) as refusal:
        user_id = asker_of(message, language).user_id
        desk.refuse(message, refusal, user_id, language)
    if message.media_group_id is not None:  # the rest of the album has its answer
        await albums.collect(desk.db, part_of(message, language), settled=True)


async def _submit(
    message: Message, manner: Manner, words: str, desk: Desk, *, update: Update, language: str
) -> None:
    # A plain text may well reply to a voice without asking for more than its own words.
    strict = not message.text or message.text.startswith("/")
    pictures = pictures_of(message, strict=strict)
    if not pictures and manner != "draw":
        raise Lacking(f"{manner}-empty")
    if not words:
        raise Lacking("picture-words" if pictures else "draw-empty")
    asker = asker_of(message, language)
    request = await to_taste(desk.db, DrawRequest(prompt=words), asker)
    if message.media_group_id is not None:
        key = f"{message.chat.id}:album:{message.media_group_id}"
        parts = _parts(message, language)
        accepted = await order(desk, request, asker, key, update, album=(manner, parts))
        if accepted.duplicate:  # or the second of its parts that has words
            await albums.collect(desk.db, part_of(message, language))
        return
    key = f"{message.chat.id}:{message.message_id}"
    inputs = [Input(picture.file_id, new_key()) for picture in pictures]
    if inputs:
        request = arrange(request, manner, [one.key for one in inputs])
    await order(desk, request, asker, key, update, pictures=inputs)


def part_of(message: Message, language: str) -> Part:
    """A message of an album."""
    assert message.media_group_id is not None
    picture = picture_in(message)
    speaker = message.sender_chat or message.from_user
    return Part(
        chat_id=message.chat.id,
        album=message.media_group_id,
        message_id=message.message_id,
        user_id=speaker.id if speaker else 0,
        language=language,
        file_id=picture.file_id if picture else None,
    )


def _parts(message: Message, language: str) -> list[Part]:
    """A picture that the album replies to comes before its own."""
    part, answered = part_of(message, language), message.reply_to_message
    picture = picture_in(answered) if answered is not None else None
    if answered is None or picture is None:
        return [part]
    return [replace(part, message_id=answered.message_id, file_id=picture.file_id), part]
