"""Handle inline queries: `@bot TEXT` in any chat offers the user's own pictures."""

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
MAX_DIGITS = 18  # of the id of a job
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
    end = min(start, gallery.SEARCHED) + MAX_RESULTS
    matches = await _matching(context, query.from_user.id, query.query, end + 1)
    shown, rest = matches[start:end], matches[end:]
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


async def _matching(
    context: BotContext, user_id: int, query: str, wanted: int
) -> list[ShareableItem]:
    text = " ".join(query.casefold().split())
    number = text.removeprefix("#")
    if text.startswith("#") and number.isdecimal() and len(number) <= MAX_DIGITS:
        job_id = int(number)
        return await gallery.search_shareable(
            context.db, user_id, lambda picture: picture.job_id == job_id, 1, up_to=job_id
        )
    return await gallery.search_shareable(
        context.db, user_id, lambda picture: text in picture.prompt.casefold(), wanted
    )


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
