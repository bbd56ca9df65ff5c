"""Handle the administrators' reports: /queue, /user and /stats."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.methods import SendMessage, SendPhoto
from aiogram.types import BufferedInputFile, InlineKeyboardMarkup, Message

from bot.context import BotContext
from bot.handlers.admin.arguments import parse_account
from bot.handlers.admin.card import card
from bot.views import admin_report
from bot.views.formatting import format_duration, truncate_prompt
from bot.views.names import display_name
from store.admin import statistics

QUEUE_LINES = 15  # jobs; more would not fit into a message


def router() -> Router:
    """Return the router of these commands; each is named like its handler."""
    router = Router(name="reports")
    for handler in (queue, user, stats):
        router.message.register(handler, Command(handler.__name__, ignore_case=True))
    return router


async def queue(message: Message, context: BotContext, language: str) -> None:
    """List running and waiting jobs with their users, ages and the numbers for /drop."""
    report = await statistics.queue_report(context.db, QUEUE_LINES)
    if not report.first:
        _answer_alone(message, context, language, context.texts(language, "queue-empty"))
        return
    counts = {"running": report.running, "waiting": report.waiting}
    lines = [context.texts(language, "queue-head", **counts)]
    for entry in report.first:
        job = entry.job
        key = "queue-running" if job.state == "running" else "queue-waiting"
        percent = 100 * job.step // max(job.steps, 1)
        values = {
            "job": str(job.id),
            "who": display_name(entry.profile, job.user_id),
            "age": format_duration(context.texts, language, entry.age),
            "prompt": truncate_prompt(job.prompt),
        }
        lines.append(context.texts(language, key, percent=percent, **values))
    more = report.running + report.waiting - len(report.first)
    if more > 0:
        lines.append(context.texts(language, "queue-more", count=more))
    _answer_alone(message, context, language, "\n".join(lines))


async def user(
    message: Message, command: CommandObject, context: BotContext, language: str
) -> None:
    """Show what is known of a user or a group, with the audit log about it."""
    user_id, _ = await parse_account(context.db, message, command.args, "usage-user")
    shown = await card(context, language, user_id)
    if shown is None:
        unknown = context.texts(language, "user-unknown", id=str(user_id))
        _answer_alone(message, context, language, unknown)
        return
    _answer_alone(message, context, language, *shown)


async def stats(message: Message, context: BotContext, language: str) -> None:
    """Send a chart of the last days with their sums."""
    days = await statistics.daily_report(context.db)

    async def draw_and_send() -> None:
        picture = await asyncio.to_thread(
            admin_report.statistics_chart, context.texts, language, days
        )
        photo = SendPhoto(
            chat_id=_own_chat(message),
            photo=BufferedInputFile(picture, f"mazok-{datetime.now(UTC):%Y-%m-%d}.png"),
            caption=admin_report.statistics_summary(context.texts, language, days),
        )
        context.replies.call(
            photo, once=f"sending:{once}", fallback=_point_to_private(message, context, language)
        )

    once = f"stats:{message.chat.id}"
    context.replies.run(draw_and_send, once=once)


def _answer_alone(
    message: Message,
    context: BotContext,
    language: str,
    text: str,
    keyboard: InlineKeyboardMarkup | None = None,
) -> None:
    """Answer the administrator alone, though a command may come from a group."""
    if _own_chat(message) == message.chat.id:
        context.replies.answer(message, text, keyboard)
        return
    fallback = _point_to_private(message, context, language)
    answer = SendMessage(chat_id=_own_chat(message), text=text, reply_markup=keyboard)
    context.replies.call(answer, fallback=fallback)


def _own_chat(message: Message) -> int:
    assert message.from_user is not None  # `AdminOnly` has seen to it
    return message.from_user.id


def _point_to_private(message: Message, context: BotContext, language: str) -> Callable[[], None]:
    """Return what says in the group that a report goes to the private chat, still to be opened."""
    return lambda: context.replies.answer(message, context.texts(language, "report-private"))
