"""Delivers what the outbox owes to people: every message once, in order, whatever went wrong."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection

from aiogram.exceptions import AiogramError
from aiogram.types import InlineKeyboardMarkup

from bot.delivery import media as results
from bot.delivery.context import DeliveryContext
from bot.delivery.messages import Media, MessageGone, SentMessage
from bot.delivery.outcomes import OutcomeKind, TelegramOutcome, classify, record_chat_outcome
from bot.delivery.status import StatusMessage, status_text, unfinished_text
from bot.views import keyboards, result_keyboard
from store.messages import outbox, rate_limits
from store.messages.outbox import Delivery
from store.model import Job
from store.waiting import wait_or_timeout

log = logging.getLogger(__name__)

CONCURRENT_SENDS = 32  # chats
CONCURRENT_RESULTS = 5  # of them, apart from acknowledgements: who has just asked waits for no film
POLL_S = 0.5  # between two looks into an empty outbox
SHORT_TIMEOUT_S = 2.0  # a wait for a chat's limit that is not worth giving the message back for
BACKOFF_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
MAX_TRIES = 10  # of something that this program itself fails at
SHUTDOWN_S = 4.0
LINES = ("ack", "slot")  # sent anew each time, where everything else is edited in place
UNACKNOWLEDGED = 3  # so often at most: each of them may have arrived


class Courier:
    """One for a process; several share the work through the outbox's leases."""

    def __init__(
        self,
        name: str,
        delivery_context: DeliveryContext,
        nudge: asyncio.Event,
        lease_s: float = 30.0,
    ) -> None:
        self._name, self._nudge, self._lease_s = name, nudge, lease_s
        self._db, self._files, self._texts = (
            delivery_context.db,
            delivery_context.files,
            delivery_context.texts,
        )
        self._messages, self._board = delivery_context.messages, delivery_context.status_board
        self._lookout = delivery_context.forecasts
        self._failures: dict[int, int] = {}  # network failures in a row, by delivery
        self._doubts: dict[int, int] = {}  # how often it may have arrived
        self._kinds: dict[str, Callable[[Delivery], Awaitable[SentMessage]]] = {
            "ack": self._acknowledge,
            "animation": self._animation,
            "slot": self._slot,
            "picture": self._picture,
            "tidy": self._tidy,
            "sorry": self._last_word,
            "cancelled": self._last_word,
        }

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; then the messages in flight arrive, or go back into the outbox."""
        flying: dict[asyncio.Task[None], Delivery] = {}
        while not stop.is_set():
            if len(flying) >= CONCURRENT_SENDS:
                await asyncio.wait(flying, return_when=asyncio.FIRST_COMPLETED)
                continue
            delivery = await self._next(flying.values())
            if delivery is None:
                await wait_or_timeout(POLL_S, self._nudge)
                continue
            task = asyncio.create_task(self.deliver(delivery))
            flying[task] = delivery
            task.add_done_callback(flying.pop)
            # A chat's next message becomes due the moment this one has arrived.
            task.add_done_callback(lambda _: self._nudge.set())
        if flying:
            await self._land(dict(flying))

    async def _land(self, flying: dict[asyncio.Task[None], Delivery]) -> None:
        _, late = await asyncio.wait(flying, timeout=SHUTDOWN_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        for task in late:
            log.warning("job %d: %s is left for later", flying[task].job_id, flying[task].kind)
            await outbox.postpone(self._db, flying[task], 0, chat_wide=False)

    async def deliver(self, delivery: Delivery) -> None:
        """One message; whatever happens, the row ends as delivered, due again or given up."""
        self._board.in_flight += 1
        try:
            async with self._board.lock(delivery.chat_id):
                if await self._may_call(delivery):
                    await self._attempt(delivery)
        except Exception:
            log.exception("job %d: %s failed", delivery.job_id, delivery.kind)
            if delivery.tries >= MAX_TRIES:
                await outbox.mark_undeliverable(self._db, delivery, "failed too often")
        finally:
            self._board.in_flight -= 1

    async def _next(self, flying: Collection[Delivery]) -> Delivery | None:
        self._nudge.clear()
        besides = [one.id for one in flying]
        only = "ack" if sum(one.kind != "ack" for one in flying) >= CONCURRENT_RESULTS else None
        try:
            return await outbox.claim_due(self._db, self._name, self._lease_s, besides, only)
        except Exception:
            log.exception("cannot look into the outbox")
            return None

    async def _may_call(self, delivery: Delivery) -> bool:
        """Whether the chat's limits allow it, after a short wait if need be."""
        chat_id = delivery.chat_id
        while wait := await rate_limits.acquire(self._db, chat_id, chat_id < 0):
            if wait > SHORT_TIMEOUT_S:
                await outbox.postpone(self._db, delivery, wait, chat_wide=False)
                return False
            await asyncio.sleep(wait)
        return True

    async def _attempt(self, delivery: Delivery) -> None:
        failures = self._failures.pop(delivery.id, 0)
        try:
            sent = await self._kinds[delivery.kind](delivery)
        except (AiogramError, OSError) as error:  # the network, Telegram or the file store
            await self._failed(delivery, failures, error)
        else:
            await self._arrived(delivery, sent)

    async def _failed(self, delivery: Delivery, failures: int, error: Exception) -> None:
        outcome, chat_id = classify(error), delivery.chat_id
        match outcome.kind:
            case OutcomeKind.RETRY_AFTER:
                log.info("chat %d: Telegram asks to wait %d s", chat_id, outcome.retry_after_s)
                await outbox.postpone(self._db, delivery, outcome.retry_after_s)
            case OutcomeKind.CHAT_CLOSED:
                log.info("chat %d is closed to us: %s", chat_id, error)
                await record_chat_outcome(self._db, chat_id, outcome)
                self._board.forget(delivery.job_id)
            case OutcomeKind.CHAT_MIGRATED:
                log.info("chat %d is now chat %d", chat_id, outcome.migrated_to)
                await record_chat_outcome(self._db, chat_id, outcome)
            case _ if outcome.is_refusal:
                log.error("job %d: %s refused: %s", delivery.job_id, delivery.kind, error)
                await outbox.mark_undeliverable(self._db, delivery, str(error))
            case _:
                await self._later(delivery, failures, error, outcome)

    async def _arrived(self, delivery: Delivery, sent: SentMessage | None) -> None:
        """`sent`: None where Telegram never said as what."""
        self._doubts.pop(delivery.id, None)
        known = (sent.message_id, sent.file) if sent else (None, None)
        if not await outbox.mark_delivered(self._db, delivery, *known):
            log.warning("job %d: %s was not ours any more", delivery.job_id, delivery.kind)

    async def _later(
        self, delivery: Delivery, failures: int, error: Exception, outcome: TelegramOutcome
    ) -> None:
        if delivery.kind in LINES and outcome.kind is OutcomeKind.UNANSWERED:
            doubts = self._doubts[delivery.id] = self._doubts.get(delivery.id, 0) + 1
            if doubts >= UNACKNOWLEDGED:
                log.warning("job %d: %s went unanswered too often", delivery.job_id, delivery.kind)
                await self._arrived(delivery, None)
                return
        self._failures[delivery.id] = failures + 1
        wait = BACKOFF_S[min(failures, len(BACKOFF_S) - 1)]
        log.warning("job %d: %s again in %.0f s: %s", delivery.job_id, delivery.kind, wait, error)
        await outbox.postpone(self._db, delivery, wait, chat_wide=False)

    async def _acknowledge(self, delivery: Delivery) -> SentMessage:
        job = delivery.job
        status = status_text(self._texts, self._board, job, await self._lookout.knowing(job))
        keyboard = None
        if unfinished_text(job):
            keyboard = keyboards.cancel_keyboard(self._texts, job.language, job.id)
        message_id = await self._messages.send_line(job, status.text, keyboard)
        self._board.show(job, StatusMessage(status.text), is_photo=False)
        return SentMessage(message_id)

    async def _animation(self, delivery: Delivery) -> SentMessage:
        job = delivery.job
        media = await results.animation_media(self._files, self._texts, job)
        return await self._show(job, self._board.message_of(job), media)

    async def _slot(self, delivery: Delivery) -> SentMessage:
        line = results.placeholder_media(self._texts, delivery.job)
        return SentMessage(await self._messages.send_line(delivery.job, line, None))

    async def _picture(self, delivery: Delivery) -> SentMessage:
        job = delivery.job
        media = await results.picture_media(self._files, self._texts, job)
        keyboard = (
            result_keyboard.compact_keyboard(self._texts, job.language, job.id) if media else None
        )
        sent = await self._show(job, delivery.slot_message_id, media, keyboard)
        self._board.forget(job.id)
        return sent

    async def _tidy(self, delivery: Delivery) -> SentMessage:
        """No animation is wanted: the status message, whose last frame is old now, goes."""
        job = delivery.job
        message_id = self._board.message_of(job)
        if message_id is None or await self._messages.delete(job, message_id):
            return SentMessage(message_id or 0)
        return await self._say(
            job, message_id, results.placeholder_media(self._texts, job), only_edit=True
        )

    async def _last_word(self, delivery: Delivery) -> SentMessage:
        """No picture comes of it: the status message says why, or shows how far it came."""
        job = delivery.job
        message_id = self._board.message_of(job)
        media = await results.partial_media(self._files, self._texts, job)
        if media:
            keyboard = result_keyboard.stopped_keyboard(self._texts, job.language, job.id)
            sent = await self._show(job, message_id, media, keyboard)
        else:
            sent = await self._say(job, message_id, results.failure_text(self._texts, job))
        self._board.forget(job.id)
        return sent

    async def _show(
        self,
        job: Job,
        message_id: int | None,
        choices: list[Media],
        keyboard: InlineKeyboardMarkup | None = None,
    ) -> SentMessage:
        """The first of the choices that Telegram takes; a sentence where it takes none of them."""
        for media in choices:
            try:
                return await self._place(job, message_id, media, keyboard)
            except AiogramError as error:
                if not classify(error).is_refusal:
                    raise
                log.info("job %d: %s refused: %s", job.id, media.type, error)
        words = results.refused_text if choices else results.is_lost
        return await self._say(job, message_id, words(self._texts, job))

    async def _place(
        self,
        job: Job,
        message_id: int | None,
        media: Media,
        keyboard: InlineKeyboardMarkup | None,
    ) -> SentMessage:
        """Into the message that waits for it, or into a new one where that is gone."""
        async with self._messages.uploading(job, media):
            if message_id is not None:
                try:
                    return await self._messages.edit_media(job, message_id, media, keyboard)
                except MessageGone:
                    log.info("job %d: its message is gone, sending anew", job.id)
            return await self._messages.send_media(job, media, keyboard)

    async def _say(
        self, job: Job, message_id: int | None, text: str, *, only_edit: bool = False
    ) -> SentMessage:
        if message_id is not None:
            try:
                has_media = self._board.is_photo(job)
                await self._messages.edit_line(job, message_id, text, None, has_media=has_media)
                return SentMessage(message_id)
            except MessageGone:
                if only_edit:
                    return SentMessage(message_id)
        return SentMessage(await self._messages.send_line(job, text, None))
