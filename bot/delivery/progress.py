"""Keeps the status messages of unfinished jobs up to date: the newest state, never too often."""

import asyncio
import logging
from functools import partial
from itertools import groupby
from time import monotonic

from aiogram.exceptions import AiogramError
from aiogram.types import BufferedInputFile, InputMediaPhoto

from bot.delivery import media as results
from bot.delivery.context import DeliveryContext
from bot.delivery.messages import MessageGone
from bot.delivery.outcomes import OutcomeKind, classify, record_chat_outcome
from bot.delivery.status import QueueSnapshot, StatusMessage, status_text, unfinished_text
from bot.views import keyboards
from store import jobs
from store.messages import outbox, rate_limits
from store.model import Job
from store.waiting import wait_or_timeout

log = logging.getLogger(__name__)

POLL_S = 1.0
# Telegram takes about one call a second in a chat and 20 a minute in a group, results included.
PRIVATE_S = 3.0
GROUP_S = 7.0  # over all jobs of the group
QUEUE_S = 6.0  # a place in the queue is looked up at most so often
CONCURRENT_UPDATES = 8
BUSY_CHATS = (
    2  # more messages under way than that: a new place in the queue is no news worth a call
)


class ProgressUpdater:
    """Lossy on purpose: what could not be shown now is overtaken by what comes next."""

    def __init__(self, delivery_context: DeliveryContext) -> None:
        self._db, self._files, self._texts = (
            delivery_context.db,
            delivery_context.files,
            delivery_context.texts,
        )
        self._messages, self._board = delivery_context.messages, delivery_context.status_board
        self._lookout = delivery_context.forecasts
        self._outlook = QueueSnapshot((), {})
        self._free_at: dict[int, float] = {}  # by chat
        self._looked_at: dict[int, float] = {}  # by job
        self._silent: set[int] = set()  # jobs whose status message was deleted twice
        self._room = asyncio.Semaphore(CONCURRENT_UPDATES)
        self._flying: dict[int, asyncio.Task[None]] = {}  # by chat

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; the edits that are on their way are given up."""
        while not stop.is_set():
            try:
                await self.look()
            except Exception:
                log.exception("progress cannot be shown")
            await wait_or_timeout(POLL_S, stop)
        for edit in self._flying.values():
            edit.cancel()
        await self.settle()

    async def look(self) -> None:
        """One round: starts at most one edit in each chat that has waited long enough."""
        active = await jobs.active(self._db)
        self._tidy(active)
        if not active:
            return
        self._outlook = await self._lookout.look()
        for chat_id, group in groupby(sorted(active, key=_chat_of), _chat_of):
            # A locked chat is getting a result, which goes first.
            busy = chat_id in self._flying or self._board.lock(chat_id).locked()
            if not busy and monotonic() >= self._free_at.get(chat_id, 0.0):
                task = asyncio.create_task(self._chat(list(group)))
                self._flying[chat_id] = task
                task.add_done_callback(partial(self._landed, chat_id))

    async def settle(self) -> None:
        """Waits for the edits under way."""
        await asyncio.gather(*self._flying.values(), return_exceptions=True)

    def _landed(self, chat_id: int, task: asyncio.Task[None]) -> None:
        del self._flying[chat_id]
        if not task.cancelled() and (error := task.exception()):
            log.error("chat %d: progress cannot be shown", chat_id, exc_info=error)

    async def _chat(self, group: list[Job]) -> None:
        # Who has waited longest is shown first, and what is being painted before what waits.
        group.sort(key=lambda job: (job.state != "running", self._looked_at.get(job.id, 0.0)))
        async with self._room:
            for job in group:
                if self._news(job):
                    await self._show(job)
                    return

    def _news(self, job: Job) -> bool:
        last = self._looked_at.get(job.id, 0.0)
        soon = monotonic() - last < QUEUE_S or self._board.in_flight > BUSY_CHATS
        if job.id in self._silent or (job.state == "queued" and soon):
            return False
        self._looked_at[job.id] = monotonic()
        status = status_text(self._texts, self._board, job, self._outlook)
        return status != self._board.shown.get(job.id)

    async def _show(self, job: Job) -> None:
        chat_id = job.chat_id
        async with self._board.lock(chat_id):
            # What was read before the lock may have been overtaken by a result.
            fresh = await jobs.find(self._db, job.id)
            if fresh is None or not unfinished_text(fresh):
                return
            # A result that waits for the chat's limits is not made to wait longer by a preview.
            if await outbox.has_undelivered(self._db, chat_id):
                return
            if await rate_limits.acquire(self._db, chat_id, chat_id < 0):
                return
            spacing = GROUP_S if chat_id < 0 else PRIVATE_S
            self._free_at[chat_id] = monotonic() + spacing
            status = status_text(self._texts, self._board, fresh, self._outlook)
            try:
                await self._edit_or_send(fresh, status)
            except AiogramError as error:
                outcome = classify(error)
                await record_chat_outcome(self._db, chat_id, outcome)
                if not outcome.is_refusal:
                    log.info("job %d: its progress was not shown: %s", job.id, error)
                else:  # the same again would be refused again
                    log.warning("job %d: its progress was refused: %s", job.id, error)
                    self._board.show(job, status, is_photo=self._board.is_photo(fresh))

    async def _edit_or_send(self, job: Job, status: StatusMessage) -> None:
        try:
            await self._edit(job, status)
        except MessageGone:
            if job.id in self._board.replaced:
                self._silent.add(job.id)
                return
            # Somebody deleted the status message: one new one, and silence if that goes too.
            keyboard = keyboards.cancel_keyboard(self._texts, job.language, job.id)
            try:
                message_id = await self._messages.send_line(job, status.text, keyboard)
            except AiogramError as error:
                if classify(error).kind is OutcomeKind.UNANSWERED:
                    self._silent.add(job.id)
                raise
            self._board.replaced[job.id] = (job.chat_id, message_id)
            self._board.show(job, StatusMessage(status.text), is_photo=False)
            await outbox.status_replaced(self._db, job.id, message_id)

    async def _edit(self, job: Job, status: StatusMessage) -> None:
        message_id = self._board.message_of(job)
        if message_id is None:
            return
        shown = self._board.shown.get(job.id)
        keyboard = keyboards.cancel_keyboard(self._texts, job.language, job.id)
        frame = None
        if status.preview is not None and (shown is None or shown.preview != status.preview):
            frame = await results.read_file(self._files, status.preview)
        is_photo = self._board.is_photo(job) or frame is not None
        if frame is not None:
            file = BufferedInputFile(frame, f"mazok-{job.id}.png")
            media = InputMediaPhoto(media=file, caption=status.text)
            await self._messages.edit_media(job, message_id, media, keyboard)
        else:
            text = status.text
            await self._messages.edit_line(job, message_id, text, keyboard, has_media=is_photo)
        self._board.show(job, status, is_photo=is_photo)

    def _tidy(self, active: list[Job]) -> None:
        job_ids = {job.id for job in active}
        chat_ids = {job.chat_id for job in active}
        self._board.tidy(job_ids)
        self._silent &= job_ids
        for job_id in self._looked_at.keys() - job_ids:
            del self._looked_at[job_id]
        for chat_id in self._free_at.keys() - chat_ids:
            if self._free_at[chat_id] < monotonic():
                del self._free_at[chat_id]


def _chat_of(job: Job) -> int:
    return job.chat_id
