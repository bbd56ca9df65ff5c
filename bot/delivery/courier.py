"""Deliver the messages of the outbox, each exactly once and in order within its chat."""

import asyncio
import logging
from collections.abc import Collection
from functools import partial

from bot.delivery.context import DeliveryContext
from bot.delivery.messages import NobodyReached, SentMessage
from bot.delivery.outcomes import OutcomeKind, TelegramOutcome, classify, record_chat_outcome
from bot.delivery.rate_limit import acquire_chat
from bot.delivery.results.media import PictureLost
from bot.delivery.results.sender import MessageSender
from store import jobs
from store.faults import Owner, outage, owner_of
from store.faults.availability import log_unless_outage, when_available
from store.jobs.close import NO_RIGHT
from store.messages import outbox
from store.messages.outbox import Delivery
from store.model import Notice, OutboxKind
from store.waiting import wait_or_timeout

log = logging.getLogger(__name__)

BACKOFF_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
# All other kinds edit a message, which can be repeated, or are looked for first ("picture").
NEW_MESSAGES: tuple[OutboxKind, ...] = ("ack", "slot")
UNDELIVERED = Notice("undelivered")


class Courier:
    """One for a process; several share the outbox through its leases."""

    def __init__(self, name: str, context: DeliveryContext, nudge: asyncio.Event) -> None:
        """Take the outbox's name of this courier, and the event that wakes it for new messages."""
        self._name, self._nudge, self._settings = name, nudge, context.settings
        self._stop = asyncio.Event()
        self._db, self._board = context.db, context.status_board
        self._sender = MessageSender(context)

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop`; then finish the sends in flight or return them to the outbox."""
        self._stop = stop
        in_flight: dict[asyncio.Task[None], Delivery] = {}
        while not stop.is_set():
            if len(in_flight) >= self._settings.concurrent_sends:
                await asyncio.wait(in_flight, return_when=asyncio.FIRST_COMPLETED)
                continue
            delivery = await self._claim(in_flight.values())
            if delivery is None:
                await wait_or_timeout(self._settings.courier_poll_s, self._nudge)
                continue
            task = asyncio.create_task(self.deliver(delivery))
            in_flight[task] = delivery
            task.add_done_callback(in_flight.pop)
            # A chat's next message becomes due the moment this one has arrived.
            task.add_done_callback(lambda _: self._nudge.set())
        if in_flight:
            await self._finish(dict(in_flight))

    async def _finish(self, in_flight: dict[asyncio.Task[None], Delivery]) -> None:
        _, late = await asyncio.wait(in_flight, timeout=self._settings.courier_shutdown_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        for task in late:
            delivery = in_flight[task]
            log.warning("job %d: %s is left for later", delivery.job_id, delivery.kind)
            await outbox.postpone(self._db, delivery, 0, chat_wide=False)

    async def deliver(self, delivery: Delivery) -> None:
        """Send one message and record in the outbox that it is delivered, due again or given up."""
        self._board.in_flight += 1
        try:
            async with self._board.lock(delivery.chat_id):
                if delivery.exhausted:
                    await self._give_up(delivery, outbox.INTERRUPTED, UNDELIVERED)
                elif await acquire_chat(self._db, delivery, self._settings.chat_limits):
                    await self._send(delivery)
        except Exception as error:  # after the lease, it is claimed again a few times
            log_unless_outage(log, error, "job %d: %s failed", delivery.job_id, delivery.kind)
        finally:
            self._board.in_flight -= 1

    async def _claim(self, in_flight: Collection[Delivery]) -> Delivery | None:
        self._nudge.clear()
        besides = [delivery.id for delivery in in_flight]
        results = sum(delivery.kind != "ack" for delivery in in_flight)
        only_acks = results >= self._settings.concurrent_results
        interrupted = not any(delivery.interrupted for delivery in in_flight)
        lease_s = self._settings.courier_lease_s
        try:
            return await outbox.claim_due(
                self._db,
                self._name,
                lease_s,
                besides,
                only_acks=only_acks,
                interrupted=interrupted,
            )
        except Exception as error:
            log_unless_outage(log, error, "cannot look into the outbox")
            return None

    async def _send(self, delivery: Delivery) -> None:
        try:
            sent = await self._sender.send(delivery)
        except PictureLost:
            await self._give_up(delivery, "its file is lost", Notice("undelivered-lost"))
        except NobodyReached as error:
            await self._give_up(delivery, str(error), UNDELIVERED)
        except Exception as error:  # the network, Telegram, the file store, or a fault of ours
            if owner_of(error) not in (Owner.TELEGRAM, Owner.STORE) and not isinstance(
                error, OSError
            ):
                raise
            await when_available(partial(self._handle_failure, delivery, error), self._stop)
        else:
            await self._mark_delivered(delivery, sent)

    async def _give_up(self, delivery: Delivery, reason: str, told: Notice) -> None:
        log.error("job %d: %s is given up: %s", delivery.job_id, delivery.kind, reason)
        await jobs.give_up(self._db, delivery, reason, told)
        self._nudge.set()  # the user may have to be told

    async def _handle_failure(self, delivery: Delivery, error: Exception) -> None:
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
            case OutcomeKind.NO_RIGHT:
                told = Notice(NO_RIGHT, {"right": outcome.right})
                await self._give_up(delivery, str(error), told)
            case _ if outcome.is_refusal:
                await self._give_up(delivery, str(error), UNDELIVERED)
            case _:
                await self._retry_later(delivery, error, outcome)

    async def _retry_later(
        self, delivery: Delivery, error: Exception, outcome: TelegramOutcome
    ) -> None:
        unanswered = delivery.unanswered
        if delivery.kind in NEW_MESSAGES and outcome.kind is OutcomeKind.UNANSWERED:
            unanswered += 1
            if unanswered >= self._settings.max_unanswered:
                log.warning("job %d: %s went unanswered too often", delivery.job_id, delivery.kind)
                await self._mark_delivered(delivery, None)
                return
        failures = delivery.failures
        wait = BACKOFF_S[min(failures, len(BACKOFF_S) - 1)]
        if outage(error) is None:  # which has been logged, once
            log.warning(
                "job %d: %s again in %.0f s: %s", delivery.job_id, delivery.kind, wait, error
            )
        counts = {"failures": failures + 1, "unanswered": unanswered}
        await outbox.postpone(self._db, delivery, wait, chat_wide=False, **counts)

    async def _mark_delivered(self, delivery: Delivery, sent: SentMessage | None) -> None:
        """Record the delivery; `sent` is None if Telegram never returned the message's id."""
        message_id, file = (sent.message_id, sent.file) if sent else (None, None)
        mark = partial(outbox.mark_delivered, self._db, delivery, message_id, file)
        if not await when_available(mark, self._stop):
            log.warning("job %d: %s was not ours any more", delivery.job_id, delivery.kind)
