"""Handle inline queries: `@bot TEXT` in any chat offers the user's own pictures."""

from collections.abc import Sequence

from aiogram import Router
from aiogram.methods import AnswerInlineQuery
from aiogram.types import (
    InlineQuery,
    InlineQueryResultCachedDocument,
    InlineQueryResultCachedPhoto,
    InlineQueryResultsButton,
)

from bot.context import BotContext
from bot.views import captions, formatting
from bot.views.deep_links import GALLERY_PAYLOAD
from store.gallery import gallery
from store.gallery.gallery import ShareableItem

MAX_RESULTS = 30  # of at most 50; more are requested as the user scrolls
CACHE_S = 5  # short, so that new and deleted pictures show

OfferedPicture = InlineQueryResultCachedPhoto | InlineQueryResultCachedDocument


def router() -> Router:
    """Return the router of inline queries."""
    router = Router(name="inline")
    router.inline_query.register(answer_inline_query)
    return router


async def answer_inline_query(query: InlineQuery, context: BotContext, language: str) -> None:
    """Offer the pictures whose prompt contains the text, newest first; `#12` is one job."""
    start = int(query.offset) if query.offset.isdecimal() else 0
    # Without words to look for, no more are read than are shown.
    needed = gallery.SEARCHED if query.query.strip() else start + MAX_RESULTS + 1
    pictures = await gallery.shareable_pictures(
        context.db, query.from_user.id, min(needed, gallery.SEARCHED)
    )
    matches = _matching(pictures, query.query)
    shown, rest = matches[start : start + MAX_RESULTS], matches[start + MAX_RESULTS :]
    key = "inline-mine" if matches else "inline-none"
    context.replies.call(
        AnswerInlineQuery(
            inline_query_id=query.id,
            results=[_result(context, language, picture) for picture in shown],
            cache_time=CACHE_S,
            is_personal=True,
            next_offset=str(start + MAX_RESULTS) if rest else "",
            button=InlineQueryResultsButton(
                text=context.texts(language, key), start_parameter=GALLERY_PAYLOAD
            ),
        )
    )


def _matching(pictures: Sequence[ShareableItem], query: str) -> list[ShareableItem]:
    text = " ".join(query.casefold().split())
    if text.startswith("#") and text[1:].isdecimal():
        return [picture for picture in pictures if picture.job_id == int(text[1:])]
    return [picture for picture in pictures if text in picture.prompt.casefold()]


def _result(context: BotContext, language: str, picture: ShareableItem) -> OfferedPicture:
    caption = captions.fit_caption(
        context.texts, language, "result-prompt", picture.prompt, ""
    ).rstrip()
    result_id = str(picture.job_id)
    if picture.file.kind == "document":
        title = formatting.truncate_utf16(
            " ".join(picture.prompt.split()), formatting.PROMPT_PREVIEW_LENGTH
        )
        return InlineQueryResultCachedDocument(
            id=result_id, document_file_id=picture.file.id, title=title, caption=caption
        )
    return InlineQueryResultCachedPhoto(
        id=result_id, photo_file_id=picture.file.id, caption=caption
    )
