"""/queue, /user and /stats: what administrators look at."""

import asyncio
from datetime import UTC, datetime

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.methods import SendPhoto
from aiogram.types import BufferedInputFile, Message, ReplyParameters

from bot.context import BotContext
from bot.handlers.admin.arguments import parse_account
from bot.telegram import thread_of
from bot.views import admin_report
from bot.views.formatting import format_duration, truncate_prompt
from bot.views.names import display_name
from store import audit
from store.admin import statistics

QUEUE_LINES = 15  # jobs; more would not fit into a message


def router() -> Router:
    router = Router(name="overview")
    for handler in (queue, user, stats):
        router.message.register(handler, Command(handler.__name__, ignore_case=True))
    return router


async def queue(message: Message, context: BotContext, language: str) -> None:
    """Who is painted for and who waits, how long already, and the numbers for /drop."""
    found = await statistics.queue_report(context.db, QUEUE_LINES)
    if not found.first:
        context.replies.answer(message, context.texts(language, "queue-empty"))
        return
    counts = {"running": found.running, "waiting": found.waiting}
    lines = [context.texts(language, "queue-head", **counts)]
    for one in found.first:
        job = one.job
        key = "queue-running" if job.state == "running" else "queue-waiting"
        percent = 100 * job.step // max(job.steps, 1)
        values = {
            "job": str(job.id),
            "who": display_name(one.profile, job.user_id),
            "age": format_duration(context.texts, language, one.age),
            "prompt": truncate_prompt(job.prompt),
        }
        lines.append(context.texts(language, key, percent=percent, **values))
    more = found.running + found.waiting - len(found.first)
    if more > 0:
        lines.append(context.texts(language, "queue-more", count=more))
    context.replies.answer(message, "\n".join(lines))


async def user(
    message: Message, command: CommandObject, context: BotContext, language: str
) -> None:
    """What is known of somebody, and what administrators have done about them."""
    user_id, _ = await parse_account(context.db, message, command.args, "usage-user")
    found = await statistics.user_report(context.db, user_id, context.limits)
    if found is None:
        context.replies.answer(message, context.texts(language, "user-unknown", id=str(user_id)))
        return
    deeds = await audit.history(context.db, user_id)
    context.replies.answer(message, admin_report.user_card(context.texts, language, found, deeds))


async def stats(message: Message, context: BotContext, language: str) -> None:
    """The last days as a picture, with the sums under it."""
    days = await statistics.daily_report(context.db)

    async def send() -> None:
        picture = await asyncio.to_thread(
            admin_report.statistics_chart, context.texts, language, days
        )
        photo = SendPhoto(
            chat_id=message.chat.id,
            photo=BufferedInputFile(picture, f"mazok-{datetime.now(UTC):%Y-%m-%d}.png"),
            caption=admin_report.statistics_summary(context.texts, language, days),
            message_thread_id=thread_of(message),
            reply_parameters=ReplyParameters(
                message_id=message.message_id, allow_sending_without_reply=True
            ),
        )
        context.replies.call(photo, once=f"sending:{once}")

    once = f"stats:{message.chat.id}"
    context.replies.run(send, once=once)
