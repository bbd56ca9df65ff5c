"""Inline mode: `@bot` and a few letters in any chat offer one's own pictures to be sent there."""

from collections.abc import Sequence

from aiogram import Router
from aiogram.methods import AnswerInlineQuery
from aiogram.types import (
    InlineQuery,
    InlineQueryResultCachedDocument,
    InlineQueryResultCachedPhoto,
    InlineQueryResultsButton,
)

from bot import captions
from bot.desk import Desk
from bot.links import GALLERY
from store import gallery
from store.gallery import Shareable

AT_ONCE = 30  # of at most 50; more come as the person scrolls
FRESH_S = 5  # a picture that was just painted, or deleted, is to show

Result = InlineQueryResultCachedPhoto | InlineQueryResultCachedDocument


def router() -> Router:
    router = Router(name="inline")
    router.inline_query.register(offer)
    return router


async def offer(query: InlineQuery, desk: Desk, language: str) -> None:
    """Newest first; the letters are looked for in the prompts, `#12` is one picture."""
    found = _fitting(await gallery.shareable(desk.db, query.from_user.id), query.query)
    start = int(query.offset) if query.offset.isdecimal() else 0
    shown, rest = found[start : start + AT_ONCE], found[start + AT_ONCE :]
    key = "inline-mine" if found else "inline-none"
    desk.replies.call(
        AnswerInlineQuery(
            inline_query_id=query.id,
            results=[_result(desk, language, picture) for picture in shown],
            cache_time=FRESH_S,
            is_personal=True,
            next_offset=str(start + AT_ONCE) if rest else "",
            button=InlineQueryResultsButton(
                text=desk.texts(language, key), start_parameter=GALLERY
            ),
        )
    )


def _fitting(pictures: Sequence[Shareable], query: str) -> list[Shareable]:
    wanted = " ".join(query.casefold().split())
    if wanted.startswith("#") and wanted[1:].isdecimal():
        return [picture for picture in pictures if picture.job_id == int(wanted[1:])]
    return [picture for picture in pictures if wanted in picture.prompt.casefold()]


def _result(desk: Desk, language: str, picture: Shareable) -> Result:
    caption = captions.within(desk.texts, language, "result-prompt", picture.prompt, "").rstrip()
    result_id = str(picture.job_id)
    if picture.file.kind == "document":
        title = captions.cut(" ".join(picture.prompt.split()), captions.GLANCE)
        return InlineQueryResultCachedDocument(
            id=result_id, document_file_id=picture.file.id, title=title, caption=caption
        )
    return InlineQueryResultCachedPhoto(
        id=result_id, photo_file_id=picture.file.id, caption=caption
    )
