"""Keep the status messages of unfinished jobs up to date, within each chat's limits."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from itertools import groupby
from time import monotonic

from aiogram.exceptions import AiogramError
from aiogram.types import BufferedInputFile, InputMediaPhoto

from bot.delivery.context import DeliveryContext
from bot.delivery.messages import MessageGone
from bot.delivery.outcomes import OutcomeKind, classify, record_chat_outcome
from bot.delivery.results import media as job_media
from bot.delivery.status import QueueSnapshot, StatusMessage, status_text
from bot.views import keyboards
from store import jobs
from store.faults.availability import log_unless_outage
from store.messages import outbox, previews
from store.model import Job
from store.waiting import wait_or_timeout

log = logging.getLogger(__name__)

POLL_S = 1.0
# Telegram takes about one call a second in a chat and 20 a minute in a group, results included.
PRIVATE_SPACING_S = 3.0
GROUP_SPACING_S = 7.0  # over all jobs of the group
QUEUE_SPACING_S = 6.0  # between two updates of a place in the queue
CONCURRENT_UPDATES = 8
BUSY_SENDS = 2  # while the courier has more in flight, a new place in the queue is not shown


class ProgressUpdater:
    """Show the newest state only: an update that fails is not repeated, the next one follows."""

    def __init__(
        self,
        context: DeliveryContext,
        clock: Callable[[], float] = monotonic,
        turn: asyncio.Event | None = None,
    ) -> None:
        """Take a clock, and what is set while this bot is the one that shows progress."""
        self._db, self._files, self._texts = context.db, context.files, context.texts
        self._messages, self._board = context.messages, context.status_board
        self._forecasts, self._clock = context.forecasts, clock
        self._turn = turn
        self._limits = context.settings.chat_limits
        self._queue = QueueSnapshot((), {})
        self._free_at: dict[int, float] = {}  # by chat
        self._compared_at: dict[int, float] = {}  # by job: when its state was last compared
        self._silenced: set[int] = set()  # jobs whose status message was deleted twice
        self._slots = asyncio.Semaphore(CONCURRENT_UPDATES)
        self._running: dict[int, asyncio.Task[None]] = {}  # by chat

    async def run(self, stop: asyncio.Event) -> None:
        """Update until `stop`; then give up the edits under way."""
        while not stop.is_set():
            try:
                if self._turn is None or self._turn.is_set():
                    await self.run_once()
            except Exception as error:
                log_unless_outage(log, error, "progress cannot be shown")
            await wait_or_timeout(POLL_S, stop)
        for task in self._running.values():
            task.cancel()
        await self.drain()

    async def run_once(self) -> None:
        """Start at most one edit in each chat that is free and has waited long enough."""
        active = await jobs.active(self._db)
        self._forget_ended(active)
        if not active:
            return
        self._queue = await self._forecasts.refresh()
        for chat_id, group in groupby(sorted(active, key=_chat_id), _chat_id):
            # A locked chat is getting a result, which goes first.
            busy = chat_id in self._running or self._board.lock(chat_id).locked()
            if not busy and self._clock() >= self._free_at.get(chat_id, 0.0):
                task = asyncio.create_task(self._update_chat(list(group)))
                self._running[chat_id] = task
                task.add_done_callback(partial(self._on_done, chat_id))

    async def drain(self) -> None:
        """Wait for the edits under way."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def _on_done(self, chat_id: int, task: asyncio.Task[None]) -> None:
        del self._running[chat_id]
        if not task.cancelled() and (error := task.exception()):
            log.error("chat %d: progress cannot be shown", chat_id, exc_info=error)

    async def _update_chat(self, group: list[Job]) -> None:
        """Update one job of the chat: running ones first, then the one that waited longest."""
        group.sort(key=lambda job: (job.state != "running", self._compared_at.get(job.id, 0.0)))
        async with self._slots:
            for job in group:
                if self._has_news(job):
                    await self._update(job)
                    return

    def _has_news(self, job: Job) -> bool:
        last = self._compared_at.get(job.id, 0.0)
        recent = self._clock() - last < QUEUE_SPACING_S
        if job.id in self._silenced:
            return False
        if job.state == "queued" and job.id not in self._queue.forecasts:
            return False  # others were put before it just now: its place is not known
        if job.state == "queued" and (recent or self._board.in_flight > BUSY_SENDS):
            return False
        self._compared_at[job.id] = self._clock()
        status = status_text(self._texts, self._board, job, self._queue)
        return status != self._board.shown.get(job.id)

    async def _update(self, job: Job) -> None:
        chat_id, limits = job.chat_id, self._limits
        async with (
            self._board.lock(chat_id),
            previews.turn(self._db, job.id, chat_id, limits) as fresh,
        ):
            if fresh is not None:
                await self._show(fresh)

    async def _show(self, job: Job) -> None:
        chat_id = job.chat_id
        spacing = GROUP_SPACING_S if chat_id < 0 else PRIVATE_SPACING_S
        self._free_at[chat_id] = self._clock() + spacing
        status = status_text(self._texts, self._board, job, self._queue)
        try:
            async with asyncio.timeout(previews.EDIT_S):
                await self._edit_or_replace(job, status)
        except TimeoutError:
            log.info("job %d: its progress was not shown in time", job.id)
        except AiogramError as error:
            outcome = classify(error)
            await record_chat_outcome(self._db, chat_id, outcome)
            if not outcome.is_refusal:
                log.info("job %d: its progress was not shown: %s", job.id, error)
            elif outcome.kind is OutcomeKind.NO_RIGHT:
                log.info("chat %d takes no previews: %s", chat_id, error)
                self._board.without_previews.add(chat_id)
            else:  # the same again would be refused again
                log.warning("job %d: its progress was refused: %s", job.id, error)
                is_photo = self._board.is_photo(job)
                self._board.record_shown(job, status, is_photo=is_photo)

    async def _edit_or_replace(self, job: Job, status: StatusMessage) -> None:
        """Edit the status message; if somebody deleted it, send a new one, but only once."""
        try:
            await self._edit(job, status)
        except MessageGone:
            if job.id in self._board.replaced:
                self._silenced.add(job.id)
                return
            keyboard = keyboards.status_keyboard(self._texts, job)
            try:
                message_id = await self._messages.send_text(job, status.text, keyboard)
            except AiogramError as error:
                if classify(error).kind is OutcomeKind.UNANSWERED:
                    self._silenced.add(job.id)
                raise
            self._board.replaced[job.id] = (job.chat_id, message_id)
            self._board.record_shown(job, StatusMessage(status.text), is_photo=False)
            await outbox.status_replaced(self._db, job.id, message_id)

    async def _edit(self, job: Job, status: StatusMessage) -> None:
        message_id = self._board.status_message_id(job)
        if message_id is None:
            return
        shown = self._board.shown.get(job.id)
        keyboard = keyboards.status_keyboard(self._texts, job)
        frame = None
        may_show = job.chat_id not in self._board.without_previews
        if (
            may_show
            and status.preview is not None
            and (shown is None or shown.preview != status.preview)
        ):
            frame = await job_media.read_file(self._files, status.preview)
        is_photo = self._board.is_photo(job) or frame is not None
        if frame is not None:
            file = BufferedInputFile(frame, f"mazok-{job.id}.png")
            media = InputMediaPhoto(media=file, caption=status.text)
            await self._messages.edit_media(job, message_id, media, keyboard)
        else:
            text = status.text
            await self._messages.edit_text(job, message_id, text, keyboard, has_media=is_photo)
        self._board.record_shown(job, status, is_photo=is_photo)

    def _forget_ended(self, active: list[Job]) -> None:
        job_ids = {job.id for job in active}
        chat_ids = {job.chat_id for job in active}
        self._board.prune(job_ids)
        self._silenced &= job_ids
        for job_id in self._compared_at.keys() - job_ids:
            del self._compared_at[job_id]
        for chat_id in self._free_at.keys() - chat_ids:
            if self._free_at[chat_id] < self._clock():
                del self._free_at[chat_id]


def _chat_id(job: Job) -> int:
    return job.chat_id
