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
from bot.requests.asking import Asking, NotAsked, ask
from bot.views import captions, formatting
from bot.views.deep_links import GALLERY_PAYLOAD
from store.gallery import gallery
from store.gallery.gallery import ShareableItem
from store.questions.questions import MAX_TEXT, Question
from store.questions.vectors import contains

MAX_RESULTS = 30  # of at most 50; more are requested as the user scrolls
MAX_DIGITS = 18  # of the id of a job
WAIT_S = 1.5  # for a guide, before the pictures whose prompts have the text are offered alone
CACHE_S = 5  # short, so that new and deleted pictures show

OfferedPicture = InlineQueryResultCachedPhoto | InlineQueryResultCachedDocument


def router() -> Router:
    """Return the router of inline queries."""
    router = Router(name="inline")
    router.inline_query.register(answer_inline_query)
    return router


async def answer_inline_query(
    query: InlineQuery, context: BotContext, asking: Asking, language: str
) -> None:
    """Offer the pictures that say or show the text, beside the handlers where a guide is asked."""
    text = query.query.strip()
    if not text or text.startswith("#"):
        await _answer(query, context, language, [])
        return
    asked = text[:MAX_TEXT]

    async def answer() -> None:
        question = Question("search", query.from_user.id, language, asked)
        try:
            found = (await ask(context.db, question, WAIT_S)).given
        except NotAsked:
            found = None
        await _answer(query, context, language, found or [])

    if not asking.start(answer()):
        await _answer(query, context, language, [])


async def _answer(
    query: InlineQuery, context: BotContext, language: str, found: Sequence[int]
) -> None:
    """Offer the pictures whose prompt contains the text, newest first, then the others found.

    `#12` is one job.
    """
    start = int(query.offset) if query.offset.isdecimal() else 0
    end = min(start, gallery.SEARCHED) + MAX_RESULTS
    matches = await _matching(context, query.from_user.id, query.query, found, end + 1)
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
    context: BotContext, user_id: int, query: str, found: Sequence[int], wanted: int
) -> list[ShareableItem]:
    text = " ".join(query.casefold().split())
    number = text.removeprefix("#")
    if text.startswith("#") and number.isdecimal() and len(number) <= MAX_DIGITS:
        job_id = int(number)
        return await gallery.search_shareable(
            context.db, user_id, lambda picture: picture.job_id == job_id, 1, up_to=job_id
        )
    matches = await gallery.search_shareable(
        context.db, user_id, lambda picture: contains(picture.prompt, text), wanted
    )
    known = {picture.job_id for picture in matches}
    further = {job_id: place for place, job_id in enumerate(found) if job_id not in known}
    if not further or len(matches) >= wanted:
        return matches
    shown = await gallery.search_shareable(
        context.db, user_id, lambda picture: picture.job_id in further, len(further)
    )
    return [*matches, *sorted(shown, key=lambda picture: further[picture.job_id])][:wanted]


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
