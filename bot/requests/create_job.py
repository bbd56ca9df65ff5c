"""Create jobs from requests, and what the handlers that do so share."""

import asyncio

from aiogram.methods import EditMessageReplyMarkup
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Update

from bot.context import BotContext
from bot.requests.incoming import IncomingRequest
from store import jobs
from store.errors import RequestError
from store.files.files import Files
from store.jobs import albums
from store.jobs.inputs import Input, new_key, request_with_inputs
from store.model import Accepted, Notice, Requester
from store.request.request import DrawRequest


async def create_job(context: BotContext, incoming: IncomingRequest, update: Update) -> Accepted:
    """Create a job and wake the courier; the same key again returns the same job.

    Raises RequestError or Refused, as `jobs.enqueue` does.
    """
    request = incoming.request
    images = [Input(file_id, new_key()) for file_id in incoming.image_file_ids]
    if images:
        request = request_with_inputs(request, incoming.use, [image.key for image in images])
    accepted = await jobs.enqueue(
        context.db,
        request,
        incoming.requester,
        request_key=incoming.key,
        update_id=update.update_id,
        limits=context.limits,
        safety=context.safety,
        apply_preferences=incoming.apply_preferences,
        pictures=images,
        album=(incoming.use, incoming.album) if incoming.album else None,
        notices=[Notice("notice-unread", {"words": ", ".join(incoming.unread)})]
        if incoming.unread
        else (),
        by_words=incoming.by_words,
        anyway=incoming.anyway,
    )
    if accepted.duplicate and incoming.album:  # a second message of the album that has a caption
        await albums.add_message(context.db, incoming.album[-1])
    context.nudge.set()
    return accepted


async def require_sources(files: Files, request: DrawRequest) -> None:
    """Raise RequestError if an image that an old request names is no longer in the store."""
    for source in request.sources:
        if not await asyncio.to_thread(files.exists, source):
            raise RequestError("sources-gone")


def acknowledge_button(
    context: BotContext,
    query: CallbackQuery,
    requester: Requester,
    next_keyboard: InlineKeyboardMarkup,
    said: str = "alert-example",
) -> None:
    """Confirm a button press and replace the keyboard.

    next_keyboard: its button has the next serial number, so that the next press creates another
    job; afterwards the button offers the next example.
    """
    context.replies.toast(query, context.texts(requester.language, said))
    context.replies.call(
        EditMessageReplyMarkup(
            chat_id=requester.chat_id, message_id=requester.message_id, reply_markup=next_keyboard
        )
    )
