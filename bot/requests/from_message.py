"""Read a request from a message. Pure: nothing is asked of Telegram or written to the store."""

from dataclasses import replace
from typing import cast

from aiogram.filters import CommandObject
from aiogram.types import Message

from bot.requests.attachments import attached_images, image_in
from bot.requests.how_many import split_number
from bot.requests.incoming import IncomingRequest
from bot.requests.requester import requester_of_message
from store.errors import RequestError
from store.jobs.albums import AlbumMessage
from store.jobs.inputs import InputUse
from store.request.changes import needs_picture
from store.request.options import short
from store.request.parameters import read_parameters
from store.request.request import DrawRequest


class MissingInput(Exception):
    """Raised where a message lacks the text or the image of a request; names the text to answer."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def parse_message(
    message: Message,
    language: str,
    command: CommandObject | None = None,
    *,
    anyway: bool = False,
) -> IncomingRequest:
    """Return the request in a message, with the images of the message and of the one it answers.

    command: /draw, /like or /style, which may stand in reply to the prompt; None for a message
    that is a prompt itself. anyway: paint it even if the models that are on know nothing of it.

    Raises MissingInput, AnonymousSender, or RequestError if an attachment or the prompt is wrong.
    """
    use = cast(InputUse, command.command.lower()) if command else "draw"
    # A plain text may reply to a voice message without asking for more than its own words.
    is_plain_text = bool(message.text) and command is None
    images = attached_images(message, strict=not is_plain_text)
    if not images and use != "draw":
        raise MissingInput(f"{use}-empty")
    prompt = _prompt(message, command)
    if not prompt:
        raise MissingInput("picture-words" if images else "draw-empty")
    request, unread = _read_words(prompt)
    if is_plain_text and not images and needs_picture(request.prompt):
        raise MissingInput("change-empty")
    album = tuple(_album_so_far(message, language)) if message.media_group_id is not None else ()
    requester = requester_of_message(message, language)
    at_once, words = split_number(request.prompt)
    if at_once is not None and request.at_once is None:
        request = replace(request, prompt=words, at_once=at_once)
    return IncomingRequest(
        request=request,
        unread=unread,
        anyway=anyway,
        requester=requester,
        key=f"{message.chat.id}:album:{message.media_group_id}"
        if album
        else f"{message.chat.id}:{message.message_id}",
        apply_preferences=True,
        use=use,
        image_file_ids=() if album else tuple(image.file_id for image in images),
        album=album,
    )


def album_message(message: Message, language: str) -> AlbumMessage:
    """Return what the store keeps of one message of an album."""
    assert message.media_group_id is not None
    image = image_in(message)
    sender = message.sender_chat or message.from_user
    return AlbumMessage(
        chat_id=message.chat.id,
        album=message.media_group_id,
        message_id=message.message_id,
        user_id=sender.id if sender else 0,
        language=language,
        file_id=image.file_id if image else None,
    )


def _read_words(text: str) -> tuple[DrawRequest, tuple[str, ...]]:
    """Return the request that a user's words say, and what looks like a parameter and is none.

    Raises RequestError if the words are wrong, or are parameters only.
    """
    read = read_parameters(text)
    if read.is_parameters_only:
        raise RequestError("request-parameters-only", value=short(text))
    return read.parameters.applied(DrawRequest(read.prompt)), read.unread


def _album_so_far(message: Message, language: str) -> list[AlbumMessage]:
    """Return this message of an album, after the image that the album replies to, if any."""
    own, answered = album_message(message, language), message.reply_to_message
    image = image_in(answered) if answered is not None else None
    if answered is None or image is None:
        return [own]
    return [replace(own, message_id=answered.message_id, file_id=image.file_id), own]


def _prompt(message: Message, command: CommandObject | None) -> str:
    if command is None:
        return message.text or message.caption or ""
    return command.args or _prompt_of_answered_message(message)


def _prompt_of_answered_message(message: Message) -> str:
    """Return what the user quoted of the message that is replied to, or all of its text."""
    if message.quote is not None:
        return message.quote.text
    answered = message.reply_to_message
    if answered is None:
        return ""
    author = answered.from_user
    if author is not None and author.is_bot and answered.sender_chat is None:
        return ""  # what a bot says about its work is no prompt
    text = answered.text or answered.caption or ""
    return text.partition(" ")[2] if text.startswith("/") else text
