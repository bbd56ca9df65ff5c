"""Handle /gallery with words: the user's pictures that say or show them, one in a message."""

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.filters.callback_data import CallbackData
from aiogram.methods import EditMessageMedia
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from bot.context import BotContext
from bot.handlers import gallery
from bot.requests.asking import Asking, NotAsked, ask
from bot.views.formatting import truncate_prompt
from bot.views.keyboards import CallbackId
from store.gallery import gallery as stored_gallery
from store.gallery.gallery import GalleryItem
from store.questions import questions, vectors
from store.questions.questions import MAX_TEXT, Question

WAIT_S = 4.0  # after which the pictures whose prompts have the words are shown alone


class FoundPage(CallbackData, prefix="found"):
    """Callback data: show the picture at this place of what a question found."""

    question: CallbackId
    place: CallbackId


def router() -> Router:
    """Return the router of the search; register it before that of the gallery."""
    router = Router(name="search")
    private = F.message.chat.type == "private"
    router.message.register(
        search_gallery,
        F.chat.type == "private",
        Command("gallery", ignore_case=True, magic=F.args),
    )
    router.callback_query.register(turn_found, private, FoundPage.filter())
    return router


async def search_gallery(
    message: Message,
    command: CommandObject,
    context: BotContext,
    asking: Asking,
    language: str,
) -> None:
    """Find the pictures and show the best one, with buttons to the others."""
    assert message.from_user is not None
    text = (command.args or "").strip()[:MAX_TEXT]
    question = Question("search", message.from_user.id, language, text)

    async def answer() -> None:
        question_id, found = await _find(context, question, WAIT_S)
        item = await _item(context, question.user_id, found, 0)
        if item is None:
            words = truncate_prompt(question.text)
            await context.hint(message, "found-none", language, words=words)
            return
        keyboard = _keyboard(
            context, language, item, FoundPage(question=question_id, place=0), len(found)
        )
        caption = gallery.caption_of(context, language, item)
        await gallery.send_item(context, message.chat.id, item, caption, keyboard)

    if not asking.start(answer()):
        await context.hint(message, "asking-many", language)


async def _find(context: BotContext, question: Question, wait_s: float) -> tuple[int, list[int]]:
    """Return the ids of the jobs that a search finds, best first, and the answer's own id.

    Without an engine that answers in time, these are the jobs whose prompts have the words.
    """
    try:
        answer = await ask(context.db, question, wait_s)
    except NotAsked:
        answer = None
    if answer is not None and answer.given is not None:
        return answer.question.id, answer.given
    found = await vectors.jobs_by_text(context.db, question.user_id, question.text)
    return await questions.keep_found(context.db, question, found), found


async def turn_found(
    query: CallbackQuery, callback_data: FoundPage, context: BotContext, language: str
) -> None:
    """Show another picture of what was found, in the same message."""
    user_id, place = query.from_user.id, callback_data.place
    answer = await questions.read_answer(context.db, callback_data.question)
    own = answer is not None and answer.question.user_id == user_id
    found = answer.given or [] if answer is not None and own else []
    item = await _item(context, user_id, found, place)
    if item is None or query.message is None:
        context.replies.toast(query, context.texts(language, "found-old"), alert=True)
        return
    context.replies.toast(query)
    caption = gallery.caption_of(context, language, item)
    context.replies.call(
        EditMessageMedia(
            chat_id=query.message.chat.id,
            message_id=query.message.message_id,
            media=await gallery.shown_media(context, item, caption),
            reply_markup=_keyboard(context, language, item, callback_data, len(found)),
        )
    )


async def _item(
    context: BotContext, user_id: int, found: list[int], place: int
) -> GalleryItem | None:
    """Return the picture at a place of what was found; None if it is gone."""
    if not 0 <= place < len(found):
        return None
    item = await stored_gallery.gallery_page(context.db, user_id, found[place])
    return item if item is not None and item.job.id == found[place] else None


def _keyboard(
    context: BotContext, language: str, item: GalleryItem, page: FoundPage, count: int
) -> InlineKeyboardMarkup:
    def page_button(key: str, to: int) -> list[InlineKeyboardButton]:
        if not 0 <= to < count:
            return []
        data = FoundPage(question=page.question, place=to).pack()
        text = context.texts(language, key, place=to + 1, count=count)
        return [InlineKeyboardButton(text=text, callback_data=data)]

    paging = page_button("found-before", page.place - 1) + page_button("found-next", page.place + 1)
    return InlineKeyboardMarkup(
        inline_keyboard=[
            row for row in (paging, gallery.actions_of(context, language, item)) if row
        ]
    )
