"""New words for a finished picture: a question that quotes the old ones, and its answer.

The question carries the number of its job in a link, so that the answer is understood after a
restart too; only the bot itself can have written such a link into its own message.
"""

from dataclasses import replace
from html import escape
from typing import Any

from aiogram import Bot, F, Router
from aiogram.filters import Filter
from aiogram.methods import SendMessage
from aiogram.types import ForceReply, Message, Update

from bot.context import BotContext
from bot.handlers.result.button_press import ButtonPress
from bot.requests.create_job import create_job, require_sources
from bot.requests.incoming import IncomingRequest
from bot.requests.requester import AnonymousSender, requester_of_message
from bot.telegram import thread_of
from bot.views import formatting
from bot.views.deep_links import deep_link, edit_payload, parse_edit_payload
from store import jobs
from store.errors import Refused, RequestError
from store.model import Job

PLACEHOLDER_LIMIT = 64  # characters in an empty input field


class AnswersQuestion(Filter):
    """Replies to such a question; `asked` is the number of its job."""

    async def __call__(self, message: Message, bot: Bot) -> bool | dict[str, Any]:
        question = message.reply_to_message
        if question is None or question.from_user is None or question.from_user.id != bot.id:
            return False
        links = [entity.url for entity in question.entities or [] if entity.type == "text_link"]
        found = [asked for url in links if (asked := parse_edit_payload(url or "")) is not None]
        return {"asked": found[0]} if found else False


def router() -> Router:
    """Comes before what would paint any text."""
    router = Router(name="edit")
    words = F.text & ~F.text.startswith("/")
    router.message.register(answer_with_prompt, words, AnswersQuestion())
    return router


async def ask(pressed: ButtonPress) -> None:
    pressed.toast()
    pressed.context.replies.call(
        await question(
            pressed.context,
            pressed.bot,
            pressed.job,
            pressed.language,
            blank=SendMessage(
                chat_id=pressed.chat_id,
                message_thread_id=pressed.thread_id,
                text="",
                reply_parameters=pressed.reply,
            ),
            # In a group only the mentioned person's input field opens.
            mention=pressed.query.from_user.mention_html() if pressed.chat_id < 0 else None,
        )
    )


async def question(
    context: BotContext,
    bot: Bot,
    job: Job,
    language: str,
    *,
    blank: SendMessage,
    mention: str | None = None,
) -> SendMessage:
    """`blank`, a message without a text, filled in."""
    link = await deep_link(bot, edit_payload(job.id))
    prompt = escape(job.prompt, quote=False)
    text = context.texts(language, "edit-ask", prompt=prompt, link=escape(link))
    placeholder = formatting.truncate_utf16(" ".join(job.prompt.split()), PLACEHOLDER_LIMIT)
    force = ForceReply(force_reply=True, selective=True, input_field_placeholder=placeholder)
    whole = f"{mention}\n{text}" if mention else text
    return blank.model_copy(update={"text": whole, "reply_markup": force})


async def answer_with_prompt(
    message: Message, asked: int, context: BotContext, event_update: Update, language: str
) -> None:
    """The new words under the old settings, the seed among them: what changes is the words."""
    job = await jobs.find(context.db, asked)
    if job is None or job.erased:
        context.replies.answer(message, context.texts(language, "alert-erased"))
        return
    try:
        requester = requester_of_message(message, language)
    except AnonymousSender:
        context.replies.answer(message, context.texts(language, "draw-own-name"))
        return
    if requester.user_id != job.user_id and requester.user_id not in context.admins:
        context.replies.answer_privately(message, context.texts(language, "alert-not-yours"))
        return
    try:
        request = replace(job.request, prompt=message.text or "")
        key = f"{message.chat.id}:{message.message_id}"
        await require_sources(context.files, request)
        await create_job(context, IncomingRequest(request, requester, key), event_update)
    except (RequestError, Refused) as refusal:
        context.refuse(message, refusal, requester.user_id, language)


async def ask_again(
    message: Message, asked: int, context: BotContext, bot: Bot, language: str
) -> None:
    """Who follows the link in the question is asked once more, in private."""
    job = await jobs.find(context.db, asked)
    if job is None or job.erased or message.from_user is None:
        context.replies.answer(message, context.texts(language, "recipe-gone"))
        return
    if message.from_user.id != job.user_id and message.from_user.id not in context.admins:
        context.replies.answer(message, context.texts(language, "alert-not-yours"))
        return
    blank = SendMessage(chat_id=message.chat.id, message_thread_id=thread_of(message), text="")
    context.replies.call(await question(context, bot, job, language, blank=blank))
