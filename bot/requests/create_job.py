"""Create jobs from requests, and what the handlers that do so share."""

import asyncio
from collections.abc import Collection

from aiogram.methods import EditMessageReplyMarkup
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Update

from bot.context import BotContext
from store import jobs
from store.errors import RequestError
from store.files.files import Files
from store.jobs.albums import AlbumMessage
from store.jobs.inputs import Input, InputUse
from store.model import Accepted, Requester
from store.request.request import DrawRequest


async def create_job(
    context: BotContext,
    request: DrawRequest,
    requester: Requester,
    key: str,
    update: Update,
    *,
    apply_preferences: bool = False,
    pictures: Collection[Input] = (),
    album: tuple[InputUse, Collection[AlbumMessage]] | None = None,
) -> Accepted:
    """Create a job and wake the courier; the same key again returns the same job.

    apply_preferences: fill in what the request leaves open from the user's preferences; False for
    a request that repeats another one.

    Raises RequestError or Refused, as `jobs.enqueue` does.
    """
    accepted = await jobs.enqueue(
        context.db,
        request,
        requester,
        request_key=key,
        update_id=update.update_id,
        limits=context.limits,
        safety=context.safety,
        apply_preferences=apply_preferences,
        pictures=pictures,
        album=album,
    )
    context.nudge.set()
    return accepted


async def require_sources(files: Files, request: DrawRequest) -> None:
    """RequestError where a picture that an old request names is no longer in the store."""
    for source in request.sources:
        if not await asyncio.to_thread(files.exists, source):
            raise RequestError("sources-gone")


def acknowledge_button(
    context: BotContext, query: CallbackQuery, requester: Requester, following: InlineKeyboardMarkup
) -> None:
    """Says so to whoever tapped a button; its place goes to one whose tap is another job."""
    context.replies.toast(query, context.texts(requester.language, "alert-example"))
    context.replies.call(
        EditMessageReplyMarkup(
            chat_id=requester.chat_id, message_id=requester.message_id, reply_markup=following
        )
    )
