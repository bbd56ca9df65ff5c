"""The bot's life: open everything, poll and deliver until told to stop, close everything."""

import asyncio
import gc
import logging
import os
import signal
import socket
from collections.abc import Callable, Coroutine
from itertools import chain, repeat
from typing import Any

from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.exceptions import AiogramError, TelegramNotFound, TelegramUnauthorizedError

from bot import dispatcher, health, menu, retention
from bot.courier import Courier
from bot.desk import Desk, all_texts
from bot.messages import Messages
from bot.pace import Pace
from bot.polling import REFUSED, Polling
from bot.porter import Porter
from bot.postman import Postman
from bot.progress import Progress
from bot.replies import Replies
from bot.satchel import Satchel
from bot.session import Session
from bot.settings import BotSettings, SettingsError
from bot.status import Lookout
from store.database import Database
from store.files import Files

log = logging.getLogger(__name__)

INTERRUPTED = 130
STOPPING_S = 6.0  # with the last answers less than the ten that Docker grants
GREETING_S = (1.0, 2.0, 5.0, 10.0)


async def serve(settings: BotSettings) -> int:
    """The exit code; SettingsError and the store's DatabaseError say what is wrong at the start."""
    stop = asyncio.Event()
    code = _stop_on_signals(stop)
    db = await Database.open(settings.database)
    bot = make_bot(settings)
    try:
        await _until(stop, _greet(bot))
        if not stop.is_set():
            await run(bot, db, settings, stop)
    finally:
        await bot.session.close()
        await db.close()
    return code()


def make_bot(settings: BotSettings) -> Bot:
    """aiogram's, for the server and with the token of the settings."""
    server = TelegramAPIServer.from_base(settings.bot_api) if settings.bot_api else PRODUCTION
    return Bot(
        settings.bare_token,
        session=Session(api=server),
        default=DefaultBotProperties(parse_mode=ParseMode.HTML, link_preview_is_disabled=True),
    )


async def run(bot: Bot, db: Database, settings: BotSettings, stop: asyncio.Event) -> None:
    """Everything at once until `stop`; an error in any part ends the whole."""
    files, texts = Files(settings.files), all_texts()
    replies = Replies(bot, db)
    desk = Desk(db, files, texts, replies, settings.admins, settings.limits, settings.safety_rule)
    satchel = Satchel(db, files, texts, Messages(bot), Lookout(db))
    name = f"{socket.gethostname()}:{os.getpid()}"
    courier = Courier(name, satchel, desk.nudge, settings.lease_seconds)
    progress = Progress(satchel)
    postman = Postman(bot, db, texts, satchel.board, settings.admins)
    polling = Polling(bot, dispatcher.build(desk))
    porter = Porter(bot, desk, polling.answered, settings.lease_seconds)
    bot.session.middleware(Pace())
    replies.start()
    # What a start leaves behind stays: looking through it for garbage takes a tenth of a second.
    gc.freeze()
    try:
        async with asyncio.TaskGroup() as group:
            parts = [
                courier.run(stop),
                progress.run(stop),
                postman.run(stop),
                porter.run(stop),
                health.upkeep(db, files, stop),
                _until(stop, retention.watch(db, files, settings.keep_days)),
                polling.run(stop),
                _until(stop, _menus(bot, db, desk)),
                _until(stop, polling.refused.wait(), then=stop.set),
            ]
            group.create_task(_end_in_time(stop, [group.create_task(part) for part in parts]))
    finally:
        await replies.stop()
    if polling.refused.is_set():
        raise SettingsError(REFUSED)


async def _end_in_time(stop: asyncio.Event, parts: list[asyncio.Task[None]]) -> None:
    """Nobody is waited for longer than an end may take; what is owed is in the store."""
    await stop.wait()
    _, late = await asyncio.wait(parts, timeout=STOPPING_S)
    for part in late:
        part.cancel()


async def _menus(bot: Bot, db: Database, desk: Desk) -> None:
    await menu.publish(bot, desk.texts)
    await menu.introduce(bot, desk.texts)
    for admin in sorted(desk.admins):
        await menu.publish_for_admin(bot, db, desk.texts, admin)


async def _greet(bot: Bot) -> None:
    """Waits until Telegram knows us, for as long as it cannot be reached."""
    for pause in chain(GREETING_S, repeat(GREETING_S[-1])):
        try:
            me = await bot.me()
        except (TelegramUnauthorizedError, TelegramNotFound):
            raise SettingsError(REFUSED) from None
        except AiogramError as error:
            log.warning("Telegram cannot be reached, again in %.0f s: %s", pause, error)
            await asyncio.sleep(pause)
        else:
            log.info("this is @%s", me.username)
            return


async def _until(
    stop: asyncio.Event, work: Coroutine[Any, Any, object], then: Callable[[], None] | None = None
) -> None:
    """Runs `work` no longer than to the stop; calls `then` if it ended by itself."""
    stopping, working = asyncio.create_task(stop.wait()), asyncio.create_task(work)
    await asyncio.wait({stopping, working}, return_when=asyncio.FIRST_COMPLETED)
    ended = working.done()
    for task in (stopping, working):
        task.cancel()
    await asyncio.gather(stopping, working, return_exceptions=True)
    if ended:
        working.result()
        if then is not None:
            then()


def _stop_on_signals(stop: asyncio.Event) -> Callable[[], int]:
    """SIGTERM and Ctrl-C end the bot kindly; the function says with which exit code."""
    loop, received = asyncio.get_running_loop(), list[signal.Signals]()

    def receive(number: signal.Signals) -> None:
        received.append(number)
        stop.set()
        loop.remove_signal_handler(number)  # the second one is not asked to wait

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, receive, number)
    return lambda: INTERRUPTED if signal.SIGINT in received else 0
