"""Requests that the bot invents: when somebody wants to be surprised, and once a day."""

import asyncio
import logging
from random import Random, SystemRandom

from bot.context import BotContext
from store import jobs
from store.durations import DAY_MS
from store.errors import Refused, RequestError
from store.faults.availability import log_unless_outage
from store.jobs import engines, reading
from store.model import Requester
from store.request.request import DrawRequest
from store.talk.surprise import surprise
from store.users.daily import daily_chats

log = logging.getLogger(__name__)

POLL_S = 600.0
MORNING_MS = 7 * 3_600_000  # UTC: ten o'clock in Moscow


async def invented(context: BotContext, language: str, rng: Random | None = None) -> DrawRequest:
    """Return a request for something that the engines which are on can draw."""
    closed = reading.repertoires_of(await engines.alive_engines(context.db))
    return DrawRequest(prompt=surprise(closed, language, rng or SystemRandom()))


async def paint_each_day(context: BotContext) -> None:
    """Create the picture of the day for each chat that asks for one, again and again."""
    while True:
        try:
            await paint_today(context)
        except Exception as error:
            log_unless_outage(log, error, "the pictures of the day have to wait")
        await asyncio.sleep(POLL_S)


async def paint_today(context: BotContext) -> int:
    """Create what is missing of today's pictures; return how many."""
    made = 0
    for chat_id, language, now in await daily_chats(context.db):
        day = (now - MORNING_MS) // DAY_MS
        kind = "private" if chat_id > 0 else "supergroup"
        try:
            accepted = await jobs.enqueue(
                context.db,
                await invented(context, language),
                Requester(chat_id, chat_id, kind, 0, None, language),
                request_key=f"daily:{chat_id}:{day}",
                limits=context.limits,
                safety=context.safety,
                apply_preferences=True,
            )
        except (Refused, RequestError) as refusal:  # out of credits, say: perhaps later today
            log.info("no picture of the day for chat %d: %s", chat_id, refusal.key)
            continue
        made += not accepted.duplicate
    if made:
        context.nudge.set()
    return made
