"""From a request to a job: to the person's taste, within their limits, once for each update."""

import asyncio
from collections.abc import Collection
from dataclasses import replace

from aiogram.methods import EditMessageReplyMarkup
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Update

from bot.context import BotContext
from store import jobs
from store.database.database import Database
from store.errors import RequestError
from store.files.files import Files
from store.jobs import engines
from store.jobs.albums import AlbumMessage
from store.jobs.inputs import Input, InputUse
from store.model import Accepted, Requester
from store.request.request import DrawRequest
from store.users import preferences


async def create_job(
    context: BotContext,
    request: DrawRequest,
    requester: Requester,
    key: str,
    update: Update,
    *,
    pictures: Collection[Input] = (),
    album: tuple[InputUse, Collection[AlbumMessage]] | None = None,
) -> Accepted:
    """A job just as the request says; RequestError, Refused. The same key again is the same job."""
    wanted = await preferences.effective(context.db, requester.user_id, requester.chat_id)
    requester = replace(
        requester,
        animation=wanted.animation is not False,
        safety=context.safety.holding(wanted.safety),
    )
    accepted = await jobs.enqueue(
        context.db,
        request,
        requester,
        request_key=key,
        update_id=update.update_id,
        limits=context.limits,
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


async def apply_preferences(
    db: Database, request: DrawRequest, requester: Requester
) -> DrawRequest:
    """What the request leaves open, as the person likes it."""
    wanted = await preferences.effective(db, requester.user_id, requester.chat_id)
    return replace(
        request,
        shape=request.shape or (wanted.shape if request.size is None else None),
        quality=request.quality or wanted.quality,
        vqgan=request.vqgan or await _offered_model(db, wanted.model),
    )


async def _offered_model(db: Database, model: str | None) -> str | None:
    """A model that living engines no longer have would only fail; while none lives, one may."""
    if model is None:
        return None
    living = await engines.alive_engines(db)
    return model if not living or model in engines.offered_vqgans(living) else None
