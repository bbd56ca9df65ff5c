"""Send announcements: alerts to administrators at once, broadcasts slowly in the background."""

import asyncio
import logging
from collections.abc import Collection
from time import monotonic

from aiogram import Bot
from aiogram.exceptions import AiogramError

from bot.delivery.outcomes import OutcomeKind, TelegramOutcome, classify, record_chat_outcome
from bot.delivery.settings import DeliverySettings
from bot.delivery.status import StatusBoard
from bot.views import keyboards
from bot.views.captions import alert_text, broadcast_progress
from store.database.database import Database
from store.faults.availability import log_unless_outage
from store.jobs import missing_models
from store.messages import alerts, announcements, broadcasts, rate_limits
from store.messages.announcements import Announcement
from store.messages.broadcasts import Broadcast, BroadcastTally
from store.texts import Texts
from store.users import users
from store.waiting import wait_or_timeout

log = logging.getLogger(__name__)

POLL_S = 1.0  # between two looks while nothing is due
SPACING_S = 0.2  # five messages a second, of the about thirty that a bot may send
RETRY_S = 10.0
MAX_TRIES = 10
UNANSWERED = (OutcomeKind.UNREACHED, OutcomeKind.UNANSWERED, OutcomeKind.SERVER_ERROR)


class AnnouncementSender:
    """One for a process; several share the work through the announcements' leases."""

    def __init__(
        self,
        bot: Bot,
        db: Database,
        texts: Texts,
        status_board: StatusBoard,
        admins: Collection[int],
        *,
        settings: DeliverySettings | None = None,
    ) -> None:
        self._bot, self._db, self._texts = bot, db, texts
        self._board, self._admins = status_board, admins
        self._settings = settings or DeliverySettings()
        self._shown: dict[int, str] = {}  # progress by broadcast
        self._refresh_at = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Send announcements one after the other until `stop`."""
        while not stop.is_set():
            seconds = POLL_S
            try:
                await self.refresh()
                announcement = await announcements.claim_due(self._db)
                if announcement is not None:
                    seconds = SPACING_S if await self.deliver(announcement) else RETRY_S
            except Exception as error:
                log_unless_outage(log, error, "an announcement failed")
            await wait_or_timeout(seconds, stop)

    async def refresh(self) -> None:
        """Create announcements for new alerts and show the progress of broadcasts, now and then."""
        if monotonic() < self._refresh_at:
            return
        self._refresh_at = monotonic() + self._settings.broadcast_progress_s
        await announcements.mark_uncertain(self._db)
        await missing_models.report_missing_engines(self._db)
        await missing_models.report_missing_models(self._db)
        await alerts.alert_admins(self._db, self._admins)
        for broadcast, tally in await broadcasts.due_for_progress(self._db):
            ended = broadcast.state == "running" and not tally.unsent
            await self._show_progress(broadcast, "done" if ended else broadcast.state, tally)
            if ended or broadcast.state == "stopped":
                await broadcasts.close(self._db, broadcast)

    async def deliver(self, announcement: Announcement) -> bool:
        """Send one message and store whether it is sent, given up, or due again.

        Return False if Telegram does not answer: going on at once would only fail for the others.
        """
        text = await self._text(announcement)
        if text is None:
            await announcements.finish(self._db, announcement, "failed")
            return True
        chat_id = announcement.chat_id
        async with self._board.lock(chat_id):
            limits = self._settings.chat_limits
            if wait := await rate_limits.acquire(self._db, chat_id, chat_id < 0, limits):
                await announcements.postpone(self._db, announcement, wait)
                return True
            try:
                await self._bot.send_message(
                    chat_id, text, request_timeout=self._settings.text_timeout_s
                )
            except AiogramError as error:
                outcome = classify(error)
                log.info("announcement %d was not sent: %s", announcement.id, error)
                await self._handle_failure(announcement, outcome)
                return outcome.kind not in UNANSWERED
            await announcements.finish(self._db, announcement, "sent")
        return True

    async def _handle_failure(self, announcement: Announcement, outcome: TelegramOutcome) -> None:
        match outcome.kind:
            case OutcomeKind.RETRY_AFTER | OutcomeKind.CHAT_MIGRATED:
                await announcements.postpone(self._db, announcement, outcome.retry_after_s)
            case kind if kind in UNANSWERED:
                # Sends have no idempotency key: a broadcast is sent at most once.
                if announcement.broadcast_id is not None and outcome.may_have_been_executed:
                    await announcements.finish(self._db, announcement, "uncertain")
                else:
                    await announcements.postpone(self._db, announcement, RETRY_S)
            case OutcomeKind.FAILED if announcement.tries < MAX_TRIES:
                await announcements.postpone(self._db, announcement, RETRY_S)
            case kind if kind is not OutcomeKind.CHAT_CLOSED:  # that ends all of the chat's
                await announcements.finish(self._db, announcement, "failed")
        await record_chat_outcome(self._db, announcement.chat_id, outcome)

    async def _text(self, announcement: Announcement) -> str | None:
        """Return the text in the reader's language; None for a notice of a newer version."""
        if announcement.notice is None:
            return announcement.text
        profile = await users.profile(self._db, announcement.chat_id)
        language = (profile.telegram_language if profile else None) or "en"
        return alert_text(self._texts, language, announcement.notice)

    async def _show_progress(self, broadcast: Broadcast, state: str, tally: BroadcastTally) -> None:
        text = broadcast_progress(self._texts, broadcast.language, state, tally)
        if self._shown.get(broadcast.id) == text or broadcast.chat_id is None:
            return
        keyboard = None
        if state == "running":
            keyboard = keyboards.broadcast_stop(self._texts, broadcast.language, broadcast.id)
        limits = self._settings.chat_limits
        if await rate_limits.acquire(self._db, broadcast.chat_id, broadcast.chat_id < 0, limits):
            # Intermediate states may be skipped, the final one may not.
            if state == "running":
                return
            await asyncio.sleep(1)
        self._shown[broadcast.id] = text
        try:
            await self._bot.edit_message_text(
                text,
                chat_id=broadcast.chat_id,
                message_id=broadcast.message_id,
                reply_markup=keyboard,
                request_timeout=self._settings.text_timeout_s,
            )
        except AiogramError as error:
            log.info("the progress of broadcast %d was not shown: %s", broadcast.id, error)
            await record_chat_outcome(self._db, broadcast.chat_id, classify(error))
