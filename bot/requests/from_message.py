"""From a message to a job: its words, what its pictures are for, or one kind sentence."""

from dataclasses import replace

from aiogram.types import Message, Update

from bot.context import BotContext
from bot.requests.attachments import attached_images, image_in
from bot.requests.create_job import create_job
from bot.requests.requester import AnonymousSender, requester_of_message
from store.errors import Refused, RequestError
from store.jobs import albums
from store.jobs.albums import AlbumMessage
from store.jobs.inputs import Input, InputUse, new_key, request_with_inputs
from store.request.request import DrawRequest


class MissingInput(Exception):
    """Something is missing for a request; the bot's own sentence says what."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


async def submit(
    message: Message,
    manner: InputUse,
    words: str,
    context: BotContext,
    *,
    update: Update,
    language: str,
) -> None:
    """One job for one message, or for one album, however often Telegram brings it."""
    try:
        await _submit(message, manner, words, context, update=update, language=language)
        return
    except MissingInput as lack:
        context.hint(message, lack.key, language, **lack.values)
    except AnonymousSender:
        context.replies.answer(message, context.texts(language, "draw-own-name"))
    except (RequestError, Refused) as refusal:
        user_id = requester_of_message(message, language).user_id
        context.refuse(message, refusal, user_id, language)
    if message.media_group_id is not None:  # the rest of the album has its answer
        await albums.collect(context.db, album_message(message, language), settled=True)


async def _submit(
    message: Message,
    manner: InputUse,
    words: str,
    context: BotContext,
    *,
    update: Update,
    language: str,
) -> None:
    # A plain text may well reply to a voice without asking for more than its own words.
    strict = not message.text or message.text.startswith("/")
    pictures = attached_images(message, strict=strict)
    if not pictures and manner != "draw":
        raise MissingInput(f"{manner}-empty")
    if not words:
        raise MissingInput("picture-words" if pictures else "draw-empty")
    requester = requester_of_message(message, language)
    request = DrawRequest(prompt=words)
    if message.media_group_id is not None:
        key = f"{message.chat.id}:album:{message.media_group_id}"
        parts = _album_messages(message, language)
        accepted = await create_job(
            context,
            request,
            requester,
            key,
            update,
            apply_preferences=True,
            album=(manner, parts),
        )
        if accepted.duplicate:  # or the second of its parts that has words
            await albums.collect(context.db, album_message(message, language))
        return
    key = f"{message.chat.id}:{message.message_id}"
    inputs = [Input(picture.file_id, new_key()) for picture in pictures]
    if inputs:
        request = request_with_inputs(request, manner, [one.key for one in inputs])
    await create_job(
        context, request, requester, key, update, apply_preferences=True, pictures=inputs
    )


def album_message(message: Message, language: str) -> AlbumMessage:
    """A message of an album."""
    assert message.media_group_id is not None
    picture = image_in(message)
    speaker = message.sender_chat or message.from_user
    return AlbumMessage(
        chat_id=message.chat.id,
        album=message.media_group_id,
        message_id=message.message_id,
        user_id=speaker.id if speaker else 0,
        language=language,
        file_id=picture.file_id if picture else None,
    )


def _album_messages(message: Message, language: str) -> list[AlbumMessage]:
    """A picture that the album replies to comes before its own."""
    part, answered = album_message(message, language), message.reply_to_message
    picture = image_in(answered) if answered is not None else None
    if answered is None or picture is None:
        return [part]
    return [replace(part, message_id=answered.message_id, file_id=picture.file_id), part]
