"""Ask for a new prompt of a finished job, and create a job from the answer.

The question carries the job's id in a link, so that the answer is understood after a restart too;
only the bot itself can have written such a link into its own message.
"""

from dataclasses import replace
from html import escape
from typing import Any

from aiogram import Bot, F, Router
from aiogram.filters import Filter
from aiogram.methods import SendMessage
from aiogram.types import ForceReply, Message, Update

from bot.context import BotContext
from bot.handlers.permissions import account_of
from bot.handlers.result.button_press import ButtonPress
from bot.requests.create_job import create_job, require_sources
from bot.requests.incoming import IncomingRequest
from bot.telegram import thread_of
from bot.views import formatting
from bot.views.deep_links import deep_link, edit_payload, parse_edit_payload
from store import jobs
from store.errors import Refused, RequestError
from store.model import Job
from store.request.changes import reworded
from store.request.parameter_line import line_of
from store.request.request import DrawRequest

PLACEHOLDER_LIMIT = 64  # characters in an empty input field


class AnswersQuestion(Filter):
    """Match replies to such a question; pass its job to the handler as `job_id`."""

    async def __call__(self, message: Message, bot: Bot) -> bool | dict[str, Any]:
        """Return the job of the question, or False."""
        question = message.reply_to_message
        if question is None or question.from_user is None or question.from_user.id != bot.id:
            return False
        links = [entity.url for entity in question.entities or [] if entity.type == "text_link"]
        job_ids = [found for url in links if (found := parse_edit_payload(url or "")) is not None]
        return {"job_id": job_ids[0]} if job_ids else False


def router() -> Router:
    """Return the router of the answers; register it before the one that draws any text."""
    router = Router(name="edit")
    prompt = F.text & ~F.text.startswith("/")
    router.message.register(draw_with_new_prompt, prompt, AnswersQuestion())
    return router


async def ask(press: ButtonPress) -> None:
    """Ask the user who pressed for a new prompt."""
    press.toast()
    press.context.replies.call(
        await compose_question(
            press.context,
            press.bot,
            press.job,
            press.language,
            blank=SendMessage(
                chat_id=press.chat_id,
                message_thread_id=press.thread_id,
                text="",
                reply_parameters=press.reply,
            ),
            # In a group only the mentioned person's input field opens.
            mention=press.query.from_user.mention_html() if press.chat_id < 0 else None,
        )
    )


def _as_made(job: Job) -> DrawRequest:
    """Return the request with the steps that were made, where it was finished before."""
    request, result = job.request, job.result
    if not job.keep or result is None or not result.steps or len(request.scenes) > 1:
        return request
    return replace(request, steps=result.steps // max(len(result.parts), 1), quality=None)


async def compose_question(
    context: BotContext,
    bot: Bot,
    job: Job,
    language: str,
    *,
    blank: SendMessage,
    mention: str | None = None,
) -> SendMessage:
    """Return the message `blank` with the question as its text."""
    link = await deep_link(bot, edit_payload(job.id))
    prompt = escape(line_of(_as_made(job), language), quote=False)
    text = context.texts(language, "edit-ask", prompt=prompt, link=escape(link))
    placeholder = formatting.truncate_utf16(" ".join(job.prompt.split()), PLACEHOLDER_LIMIT)
    force = ForceReply(force_reply=True, selective=True, input_field_placeholder=placeholder)
    full_text = f"{mention}\n{text}" if mention else text
    return blank.model_copy(update={"text": full_text, "reply_markup": force})


async def draw_with_new_prompt(
    message: Message, job_id: int, context: BotContext, event_update: Update, language: str
) -> None:
    """Create a job of what the answer says, with the other settings as they were."""
    job = await jobs.find(context.db, job_id)
    if job is None or job.erased:
        context.replies.answer(message, context.texts(language, "alert-erased"))
        return
    requester = account_of(message, context, language)
    if requester is None:
        return
    if requester.user_id != job.user_id and requester.user_id not in context.admins:
        context.replies.answer_privately(message, context.texts(language, "alert-not-yours"))
        return
    try:
        request, unread = reworded(message.text or "", job.request)
        key = f"{message.chat.id}:{message.message_id}"
        await require_sources(context.files, request)
        await create_job(
            context, IncomingRequest(request, requester, key, unread=unread), event_update
        )
    except (RequestError, Refused) as refusal:
        await context.refuse(message, refusal, requester.user_id, language)


async def ask_again(
    message: Message, job_id: int, context: BotContext, bot: Bot, language: str
) -> None:
    """Ask again, in private, a user who follows the link in the question."""
    job = await jobs.find(context.db, job_id)
    if job is None or job.erased or message.from_user is None:
        context.replies.answer(message, context.texts(language, "recipe-gone"))
        return
    if message.from_user.id != job.user_id and message.from_user.id not in context.admins:
        context.replies.answer(message, context.texts(language, "alert-not-yours"))
        return
    blank = SendMessage(chat_id=message.chat.id, message_thread_id=thread_of(message), text="")
    context.replies.call(await compose_question(context, bot, job, language, blank=blank))
