"""Run the bot: open everything, poll and deliver until told to stop, close everything."""

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from itertools import chain, repeat
from typing import Any

from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.exceptions import AiogramError

from bot import cleanup, health
from bot.check.run import check_store_at_start, check_telegram_at_start
from bot.context import BotContext, load_texts
from bot.delivery.announcements import AnnouncementSender
from bot.delivery.context import DeliveryContext
from bot.delivery.courier import Courier
from bot.delivery.messages import JobMessenger
from bot.delivery.outcomes import is_token_refused
from bot.delivery.progress import ProgressUpdater
from bot.delivery.rate_limit import GlobalRateLimiter
from bot.delivery.replies import ReplyQueue
from bot.delivery.settings import DeliverySettings
from bot.delivery.status import ForecastCache
from bot.monitoring.metrics import CallCounter, MetricsServer
from bot.monitoring.watch import Watch
from bot.requests import surprises
from bot.requests.input_downloader import DownloadSettings, InputDownloader
from bot.session import ProxyUnusable, describe_route, open_session
from bot.settings import BotSettings, SettingsError
from bot.throttle import Throttle
from bot.turn import Turn
from bot.updates.dispatcher import build_dispatcher
from bot.updates.inbox import InboxProcessor, InboxSettings
from bot.updates.outage_notices import OutageNotices
from bot.updates.polling import REFUSED, Polling, PollingSettings
from bot.updates.webhook import Webhook, WebhookSettings
from bot.views import command_menu
from store import processes
from store.database.database import Database
from store.files.files import Files
from store.system.operating_system import handle_signals, restore_signals, signals_to_stop
from store.texts import terminal_language
from store.waiting import SHUTDOWN_S, exit_after

log = logging.getLogger(__name__)

INTERRUPTED = 130
CONNECT_PAUSES_S = (1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True)
class RuntimeSettings:
    """Timeouts, intervals and limits of all parts of the bot, which no user sets."""

    delivery: DeliverySettings = field(default_factory=DeliverySettings)
    downloads: DownloadSettings = field(default_factory=DownloadSettings)
    polling: PollingSettings = field(default_factory=PollingSettings)
    shutdown_s: float = 5.0  # with the last replies less than `store.waiting.SHUTDOWN_S`


async def serve(settings: BotSettings) -> int:
    """Run until a signal and return the exit code.

    Raises SettingsError or the store's DatabaseError if the bot cannot start.
    """
    stop = asyncio.Event()
    exit_code = _stop_on_signals(stop)
    db = await Database.open_when_available(settings.database, stop)
    if db is None:
        return exit_code()
    bot = make_bot(settings)
    try:
        await _run_until(stop, processes.check_alone(db))
        language = terminal_language(os.environ)
        await _run_until(stop, check_store_at_start(settings, language))
        await _run_until(stop, _connect(bot))
        await _run_until(stop, check_telegram_at_start(bot, settings, language))
        if not stop.is_set():
            await run(bot, db, settings, stop)
    finally:
        await bot.session.close()
        await db.close()
    return exit_code()


def make_bot(settings: BotSettings) -> Bot:
    """Return aiogram's bot for the server and the token of the settings."""
    server = TelegramAPIServer.from_base(settings.bot_api) if settings.bot_api else PRODUCTION
    try:
        session = open_session(server, settings.proxy)
    except ProxyUnusable as error:
        raise SettingsError(error.key, **error.values) from None
    return Bot(
        settings.bare_token,
        session=session,
        default=DefaultBotProperties(parse_mode=ParseMode.HTML, link_preview_is_disabled=True),
    )


async def run(
    bot: Bot,
    db: Database,
    settings: BotSettings,
    stop: asyncio.Event,
    runtime: RuntimeSettings | None = None,
) -> None:
    """Run all parts concurrently until `stop`; an error in any part ends all of them."""
    runtime = runtime or RuntimeSettings()
    delivery = replace(runtime.delivery, courier_lease_s=settings.lease_seconds)
    downloads = replace(runtime.downloads, lease_s=settings.lease_seconds)
    files, texts = Files(settings.files), load_texts()
    replies = ReplyQueue(bot, db, delivery)
    context = BotContext(
        db,
        files,
        texts,
        replies,
        Throttle(db),
        settings.admins,
        settings.limits,
        settings.safety_rule,
        settings.access_rule,
        server_files=settings.bot_api_files,
    )
    messenger = JobMessenger(bot, delivery)
    delivery_context = DeliveryContext(
        db, files, texts, messenger, ForecastCache(db), settings=delivery
    )
    name = processes.own_name()
    turns = {lease: Turn(db, lease, name) for lease in ("polling", "progress")}
    courier = Courier(name, delivery_context, context.nudge)
    progress = ProgressUpdater(delivery_context, turn=turns["progress"].mine)
    announcement_sender = AnnouncementSender(
        bot, db, texts, delivery_context.status_board, settings.admins, settings=delivery
    )
    handlers = build_dispatcher(context)
    handlers.message.outer_middleware(messenger.ids.note_received)
    leads = turns["progress"]
    notices = OutageNotices(bot, texts, settings.admins, db, files, leads=lambda: leads.was_mine)
    waiting = notices.tell_waiting
    inbox = InboxSettings(lease_s=min(InboxSettings.lease_s, settings.lease_seconds))
    processor = InboxProcessor(bot, db, handlers, inbox, waiting=waiting)
    kinds = handlers.resolve_used_update_types()
    updates: Polling | Webhook
    if settings.webhook:
        webhook = WebhookSettings(settings.webhook, settings.webhook_listen)
        updates = Webhook(bot, db, kinds, processor.arrived, webhook, waiting=waiting)
    else:
        updates = Polling(
            bot,
            db,
            kinds,
            processor.arrived,
            runtime.polling,
            turn=turns["polling"].mine,
            waiting=waiting,
        )
    downloader = InputDownloader(bot, context, updates.answered, downloads, context.server_files)
    limiter, calls = GlobalRateLimiter(), CallCounter()
    bot.session.middleware(limiter)
    bot.session.middleware(calls)
    folders = settings.local_folders
    watch = Watch(db, folders, lambda: updates.trouble)
    replies.start()
    # The objects made so far live on: a collection that scans them takes a tenth of a second.
    gc.freeze()
    try:
        async with asyncio.TaskGroup() as group:
            parts = [
                courier.run(stop),
                progress.run(stop),
                announcement_sender.run(stop),
                notices.run(stop),
                downloader.run(stop),
                *(turn.run(stop) for turn in turns.values()),
                health.keep_healthy(db, files, name, limiter.share, stop),
                watch.run(stop),
                _run_until(stop, cleanup.run_cleanup(db, files, settings.keep_days)),
                updates.run(stop),
                processor.run(stop),
                _run_until(stop, _publish_menus(bot, db, context)),
                _run_until(stop, surprises.paint_each_day(context)),
                _run_until(stop, updates.refused.wait(), then=stop.set),
            ]
            if settings.metrics is not None:
                server = MetricsServer(db, calls, folders, lambda: updates.trouble is None)
                parts.append(server.run(settings.metrics, stop))
            tasks = [group.create_task(part) for part in parts]
            group.create_task(_cancel_after_stop(stop, tasks, runtime.shutdown_s))
    finally:
        handlers["asking"].stop()
        await replies.stop()
    if updates.refused.is_set():
        raise _refused(updates.refusal)


def _refused(refusal: str) -> SettingsError:
    if refusal == REFUSED:
        return SettingsError("token-refused")
    return SettingsError("check-said", sentence=refusal)


async def _cancel_after_stop(
    stop: asyncio.Event, tasks: list[asyncio.Task[None]], shutdown_s: float
) -> None:
    """Cancel what does not end in time; what it has not done yet is in the store."""
    await stop.wait()
    _, late = await asyncio.wait(tasks, timeout=shutdown_s)
    for task in late:
        task.cancel()


async def _publish_menus(bot: Bot, db: Database, context: BotContext) -> None:
    await command_menu.publish_commands(bot, context.texts)
    await command_menu.publish_descriptions(bot, context.texts)
    for admin in sorted(context.admins):
        await command_menu.publish_for_admin(bot, db, context.texts, admin)


async def _connect(bot: Bot) -> None:
    """Wait until Telegram can be reached. Raises SettingsError if it refuses the token."""
    for pause in chain(CONNECT_PAUSES_S, repeat(CONNECT_PAUSES_S[-1])):
        try:
            me = await bot.me()
        except AiogramError as error:
            if is_token_refused(error):
                raise SettingsError("token-refused") from None
            log.warning(
                "Telegram cannot be reached %s, again in %.0f s: %s",
                describe_route(bot),
                pause,
                error,
            )
            await asyncio.sleep(pause)
        else:
            log.info("this is @%s", me.username)
            return


async def _run_until(
    stop: asyncio.Event, work: Coroutine[Any, Any, object], then: Callable[[], None] | None = None
) -> None:
    """Run `work` until it ends or `stop` is set; call `then` if it ended by itself."""
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
    """Set `stop` on SIGTERM and Ctrl-C; return a function that returns the exit code."""
    received = list[signal.Signals]()

    def receive(number: signal.Signals) -> None:
        received.append(number)
        exit_after(SHUTDOWN_S, exit_code())
        stop.set()
        restore_signals([number])  # a second signal ends the process at once

    def exit_code() -> int:
        return INTERRUPTED if signal.SIGINT in received else 0

    handle_signals(signals_to_stop(), receive)
    return exit_code
