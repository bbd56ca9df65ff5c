"""From a request to a job: to the person's taste, within their limits, once for each update."""

import asyncio
from collections.abc import Collection
from dataclasses import replace

from aiogram.methods import EditMessageReplyMarkup
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Update

from bot.desk import Desk
from store import choices, engines, jobs
from store.albums import Part
from store.database import Database
from store.errors import RequestError
from store.files import Files
from store.inputs import Input, Manner
from store.records import Accepted, Asker
from store.request import DrawRequest


async def order(
    desk: Desk,
    request: DrawRequest,
    asker: Asker,
    key: str,
    update: Update,
    *,
    pictures: Collection[Input] = (),
    album: tuple[Manner, Collection[Part]] | None = None,
) -> Accepted:
    """A job just as the request says; RequestError, Refused. The same key again is the same job."""
    wanted = await choices.holding(desk.db, asker.user_id, asker.chat_id)
    asker = replace(
        asker,
        animation=wanted.animation is not False,
        safety=desk.safety.holding(wanted.safety),
    )
    accepted = await jobs.accept(
        desk.db,
        request,
        asker,
        request_key=key,
        update_id=update.update_id,
        limits=desk.limits,
        pictures=pictures,
        album=album,
    )
    desk.nudge.set()
    return accepted


async def still_kept(files: Files, request: DrawRequest) -> None:
    """RequestError where a picture that an old request names is no longer in the store."""
    for source in request.sources:
        if not await asyncio.to_thread(files.exists, source):
            raise RequestError("sources-gone")


def taken(desk: Desk, query: CallbackQuery, asker: Asker, following: InlineKeyboardMarkup) -> None:
    """Says so to whoever tapped a button; its place goes to one whose tap is another job."""
    desk.replies.toast(query, desk.texts(asker.language, "alert-example"))
    desk.replies.call(
        EditMessageReplyMarkup(
            chat_id=asker.chat_id, message_id=asker.message_id, reply_markup=following
        )
    )


async def to_taste(db: Database, request: DrawRequest, asker: Asker) -> DrawRequest:
    """What the request leaves open, as the person likes it."""
    wanted = await choices.holding(db, asker.user_id, asker.chat_id)
    return replace(
        request,
        shape=request.shape or (wanted.shape if request.size is None else None),
        quality=request.quality or wanted.quality,
        vqgan=request.vqgan or await _on_offer(db, wanted.model),
    )


async def _on_offer(db: Database, model: str | None) -> str | None:
    """A model that living engines no longer have would only fail; while none lives, one may."""
    if model is None:
        return None
    living = await engines.alive(db)
    return model if not living or model in engines.vqgans(living) else None
