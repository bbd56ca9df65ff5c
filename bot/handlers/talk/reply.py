"""Change a picture by answering it with words, in private and in groups alike."""

import asyncio
from hashlib import sha256
from typing import Any

from aiogram import Bot, F, Router
from aiogram.filters import Filter
from aiogram.types import Message, Update

from bot.context import BotContext
from bot.delivery.results import media
from bot.handlers.permissions import account_of
from bot.handlers.talk import offers
from bot.requests.create_job import create_job
from bot.requests.incoming import IncomingRequest
from store.errors import Refused, RequestError
from store.gallery import gallery
from store.model import Job
from store.request.changes import changed, from_picture
from store.request.request import DrawRequest
from store.talk.small_talk import small_talk


class AnswersPicture(Filter):
    """Match texts in reply to a picture of this bot; pass its job to the handler as `job`."""

    async def __call__(
        self, message: Message, bot: Bot, context: BotContext
    ) -> bool | dict[str, Any]:
        """Return the job of the picture, or False; what people say of it among each other is none.

        A question or a word of praise in a group asks for no picture.
        """
        answered = message.reply_to_message
        if answered is None or answered.from_user is None or answered.from_user.id != bot.id:
            return False
        text = message.text or ""
        if small_talk(text) or (message.chat.type != "private" and text.rstrip().endswith("?")):
            return False
        job = await gallery.job_of_message(context.db, message.chat.id, answered.message_id)
        return {"job": job} if job else False


def router() -> Router:
    """Return the router; register it before the one that draws any text."""
    router = Router(name="reply")
    router.message.register(change, F.text, ~F.text.startswith("/"), AnswersPicture())
    return router


async def change(
    message: Message, job: Job, context: BotContext, event_update: Update, language: str
) -> None:
    """Create a job from that of the picture and the words in answer to it."""
    requester = account_of(message, context, language)
    if requester is None:
        return
    key = f"{message.chat.id}:{message.message_id}"
    try:
        before = job.request
        if requester.user_id != job.user_id:  # others see the picture, not what it was made from
            before = before.without_sources()
        wanted = changed(message.text or "", before)
        request = wanted.request
        if wanted.from_picture:
            request = await _from_picture(context, job, request, key)
        incoming = IncomingRequest(
            request,
            requester,
            key,
            unread=wanted.unread,
            by_words=wanted.new_words,
            anyway=not wanted.new_words,
        )
        await create_job(context, incoming, event_update)
    except (RequestError, Refused) as refusal:
        keyboard = offers.offers_keyboard(context.texts, language, refusal)
        await context.refuse(message, refusal, requester.user_id, language, keyboard)


async def _from_picture(
    context: BotContext, job: Job, request: DrawRequest, key: str
) -> DrawRequest:
    """Return the request with the picture of a job as its start.

    Raises RequestError if its file is not kept any more.
    """
    source = media.picture_key(job)
    picture = await media.read_file(context.files, source) if source else None
    if picture is None:
        raise RequestError("sources-gone")
    # A copy, since the picture may be deleted before the new one is painted; its name is hashed,
    # since it is stored in the new picture, which must not contain the id of a user.
    name = f"inputs/{sha256(key.encode()).hexdigest()[:32]}.png"
    await asyncio.to_thread(context.files.write, name, picture)
    return from_picture(request, name)
