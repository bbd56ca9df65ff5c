"""Find and fetch the picture that a command is about: the one answered, or the message's own."""

import asyncio
from collections.abc import Callable, Coroutine

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.types import Message

from bot.context import BotContext
from bot.requests.asking import Asking
from bot.requests.attachments import ImageAttachment, has_other_attachment, image_in
from bot.requests.from_message import album_message
from bot.requests.input_downloader import rejection
from bot.requests.sent_files import FileTooBig, read_file
from store.errors import RequestError
from store.files import images
from store.gallery import gallery
from store.jobs import albums
from store.texts import LocalisedText

PictureSource = str | ImageAttachment  # a key in the store, or an image at Telegram


PictureWork = Callable[[PictureSource], Coroutine[None, None, None]]


class NoPicture(Exception):
    """Raised where there is no picture to look at; holds what is said of it."""

    def __init__(self, said: LocalisedText) -> None:
        super().__init__(said.key)
        self.said = said


async def work_on_picture(
    message: Message,
    context: BotContext,
    asking: Asking,
    bot: Bot,
    language: str,
    *,
    command: str,
    work: PictureWork,
) -> None:
    """Do `work` on the picture that a message means, beside the handlers.

    Say what is wrong where there is no such picture, also where `work` raises NoPicture.
    """
    try:
        source = await find_picture(message, context, bot, command)
    except NoPicture as error:
        await context.hint(message, error.said.key, language, **error.said.values)
        if message.media_group_id is not None:  # the rest of it needs no answer of its own
            await albums.add_message(context.db, album_message(message, language), answered=True)
        return

    async def done() -> None:
        try:
            await work(source)
        except NoPicture as error:
            context.replies.answer(message, context.html(error.said, language))

    if not asking.start(done()):
        await context.hint(message, "asking-many", language)


async def find_picture(
    message: Message, context: BotContext, bot: Bot, command: str
) -> PictureSource:
    """Return the picture that a message means; raise NoPicture where it means none.

    The film of the bot's own picture means that picture.
    """
    answered = message.reply_to_message
    if answered is not None and answered.from_user and answered.from_user.id == bot.id:
        job = await gallery.job_of_message(context.db, message.chat.id, answered.message_id)
        if job is not None and job.result is not None and not job.expired:
            return job.result.picture
    shown = answered or message.external_reply or message
    image = image_in(shown)
    if image is None:
        other = has_other_attachment(shown)
        key = "shown-not-picture" if other else f"{command}-empty"
        raise NoPicture(RequestError(key, command=f"/{command}"))
    if shown is message and message.media_group_id is not None:
        raise NoPicture(RequestError("shown-album", command=f"/{command}"))
    if image.size > images.MAX_BYTES:
        raise NoPicture(RequestError("input-heavy", limit=images.MAX_BYTES // 10**6))
    return image


async def fetch_picture(context: BotContext, bot: Bot, source: PictureSource) -> bytes:
    """Return the bytes of a picture, which can be decoded; raise NoPicture."""
    try:
        if isinstance(source, str):
            return await asyncio.to_thread(context.files.read, source)
        data = await read_file(bot, source.file_id, context.server_files)
        await asyncio.to_thread(images.check_image, data)
    except (images.InvalidImage, FileTooBig) as error:
        raise NoPicture(rejection(error)) from None
    except (AiogramError, OSError) as error:
        raise NoPicture(RequestError("shown-unreachable")) from error
    return data
