"""/queue, /user and /stats: what administrators look at."""

import asyncio
from datetime import UTC, datetime

from aiogram import Bot, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import BufferedInputFile, Message, ReplyParameters

from bot import report
from bot.addressee import addressee
from bot.asker import thread_of
from bot.captions import duration, glance
from bot.desk import Desk
from bot.faces import called
from bot.messages import UPLOAD_TIMEOUT_S
from store import audit, statistics

IN_SIGHT = 15  # jobs; more would not fit into a message


def router() -> Router:
    router = Router(name="overview")
    for handler in (queue, user, stats):
        router.message.register(handler, Command(handler.__name__, ignore_case=True))
    return router


async def queue(message: Message, desk: Desk, language: str) -> None:
    """Who is painted for and who waits, how long already, and the numbers for /drop."""
    found = await statistics.queue(desk.db, IN_SIGHT)
    if not found.first:
        desk.replies.answer(message, desk.texts(language, "queue-empty"))
        return
    counts = {"running": found.running, "waiting": found.waiting}
    lines = [desk.texts(language, "queue-head", **counts)]
    for one in found.first:
        job = one.job
        key = "queue-running" if job.state == "running" else "queue-waiting"
        percent = 100 * job.step // max(job.steps, 1)
        values = {
            "job": str(job.id),
            "who": called(one.face, job.user_id),
            "age": duration(desk.texts, language, one.age),
            "prompt": glance(job.prompt),
        }
        lines.append(desk.texts(language, key, percent=percent, **values))
    more = found.running + found.waiting - len(found.first)
    if more > 0:
        lines.append(desk.texts(language, "queue-more", count=more))
    desk.replies.answer(message, "\n".join(lines))


async def user(message: Message, command: CommandObject, desk: Desk, language: str) -> None:
    """What is known of somebody, and what administrators have done about them."""
    user_id, _ = await addressee(desk.db, message, command.args, "usage-user")
    found = await statistics.profile(desk.db, user_id, desk.limits)
    if found is None:
        desk.replies.answer(message, desk.texts(language, "user-unknown", id=str(user_id)))
        return
    deeds = await audit.history(desk.db, user_id)
    desk.replies.answer(message, report.profile(desk.texts, language, found, deeds))


async def stats(message: Message, desk: Desk, bot: Bot, language: str) -> None:
    """The last days as a picture, with the sums under it."""
    days = await statistics.days(desk.db)

    async def send() -> None:
        picture = await asyncio.to_thread(report.chart, desk.texts, language, days)
        await bot.send_photo(
            message.chat.id,
            BufferedInputFile(picture, f"mazok-{datetime.now(UTC):%Y-%m-%d}.png"),
            caption=report.summary(desk.texts, language, days),
            message_thread_id=thread_of(message),
            reply_parameters=ReplyParameters(
                message_id=message.message_id, allow_sending_without_reply=True
            ),
            request_timeout=UPLOAD_TIMEOUT_S,
        )

    desk.replies.run(send, once=f"stats:{message.chat.id}")
