"""Queue direct answers to users, so that no update waits for Telegram.

The queue lives in memory: an answer to /help that a crash loses does no harm. What must not be
lost goes through the store's outbox instead.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from aiogram import Bot
from aiogram.exceptions import AiogramError
from aiogram.methods import (
    AnswerCallbackQuery,
    EditMessageMedia,
    SendDocument,
    SendMessage,
    SendPhoto,
    SendSticker,
    TelegramMethod,
)
from aiogram.types import (
    CallbackQuery,
    EphemeralMessageParameters,
    InlineKeyboardMarkup,
    Message,
    ReplyParameters,
)

from bot.delivery.chat_action import show_chat_action
from bot.delivery.outcomes import (
    OutcomeKind,
    TelegramOutcome,
    classify,
    record_chat_outcome,
    without_missing_target,
)
from bot.delivery.settings import DeliverySettings
from bot.telegram import GROUPS, TOAST_LIMIT, thread_of
from bot.views.formatting import truncate_utf16
from store.database.database import Database
from store.faults.availability import log_unless_outage
from store.messages import rate_limits

log = logging.getLogger(__name__)

SENDERS = 16
MAX_QUEUED = 500  # more than that is a flood, of which the rest is dropped
MAX_QUEUED_PER_CHAT = 20
MAX_WAIT_S = 30  # for a chat's limits; after a longer wait nobody needs the answer
RETRY_PAUSES_S = (1.0, 5.0, 15.0, 30.0, 60.0)
# How often an answer is sent again that did not arrive, or that may have arrived.
RETRIES = {
    OutcomeKind.UNREACHED: 8,
    OutcomeKind.UNANSWERED: 2,
    OutcomeKind.SERVER_ERROR: 2,
}
UPLOADS = (EditMessageMedia, SendDocument, SendPhoto, SendSticker)

Task = Callable[[], Awaitable[object]]


class ReplyQueue:
    """A queue of calls and other tasks, run by a few senders."""

    def __init__(self, bot: Bot, db: Database, settings: DeliverySettings | None = None) -> None:
        self._bot, self._db, self._settings = bot, db, settings or DeliverySettings()
        self._queue: asyncio.Queue[Task] = asyncio.Queue(MAX_QUEUED)
        self._senders: list[asyncio.Task[None]] = []
        self._under_way: set[str] = set()  # the `once` keys of queued tasks
        self._waiting: Counter[int] = Counter()  # calls by chat

    def start(self) -> None:
        """Start the senders."""
        self._senders = [asyncio.create_task(self._run_tasks()) for _ in range(SENDERS)]

    async def stop(self) -> None:
        """Send what is queued, for a few seconds at most, and stop the senders."""
        try:
            async with asyncio.timeout(self._settings.reply_drain_s):
                await self._queue.join()
        except TimeoutError:
            log.warning("stopped with unsent answers: %d", self._queue.qsize())
        for sender in self._senders:
            sender.cancel()
        await asyncio.gather(*self._senders, return_exceptions=True)

    async def drain(self) -> None:
        """Wait until everything queued so far is done."""
        await self._queue.join()

    def run(self, task: Task, *, once: str | None = None) -> bool:
        """Queue a task; return False, without queueing, if the same `once` is under way."""
        if once is None:
            self._put(task)
            return True
        if once in self._under_way:
            return False

        async def release_afterwards() -> None:
            try:
                await task()
            finally:
                self._under_way.discard(once)

        if self._put(release_afterwards):
            self._under_way.add(once)
        return True

    def _put(self, task: Task) -> bool:
        try:
            self._queue.put_nowait(task)
        except asyncio.QueueFull:
            log.warning("too many answers are waiting, one is dropped")
            return False
        return True

    def call(
        self,
        method: TelegramMethod[Any],
        *,
        once: str | None = None,
        fallback: Callable[[], object] | None = None,
        private: SendMessage | None = None,
    ) -> bool:
        """Queue a call; return False, without queueing, if the same `once` is under way.

        fallback: called if Telegram refuses the call. private: called instead if the chat does not
            let the bot write.
        """
        if once is not None and once in self._under_way:
            return False
        if once is not None:
            self._under_way.add(once)
        call = _QueuedCall(method, getattr(method, "chat_id", None), once, fallback, private)
        if call.chat_id is not None:  # the answer to a button has none
            self._waiting[call.chat_id] += 1
        if self._waiting[call.chat_id or 0] > MAX_QUEUED_PER_CHAT:
            log.info("chat %d asks faster than it can be answered", call.chat_id)
            self._release(call)
        else:
            self._enqueue(call)
        return True

    def answer(
        self, message: Message, text: str, keyboard: InlineKeyboardMarkup | None = None
    ) -> None:
        """Reply in the topic of a message; privately if the group lets the bot not write."""
        self._reply_or_tell_author(message, _reply(message, text, keyboard))

    def answer_privately(
        self, message: Message, text: str, keyboard: InlineKeyboardMarkup | None = None
    ) -> None:
        """Reply so that only the author of a group's message sees it, if Telegram supports that."""
        method, author = _reply(message, text, keyboard), message.from_user
        if message.chat.type not in GROUPS or message.sender_chat or author is None:
            self._reply_or_tell_author(message, method)
            return
        receiver = EphemeralMessageParameters(receiver_user_id=author.id)
        ephemeral = method.model_copy(update={"ephemeral_message_parameters": receiver})
        self.call(ephemeral, fallback=lambda: self._reply_or_tell_author(message, method))

    def _reply_or_tell_author(self, message: Message, method: SendMessage) -> None:
        private = None
        if message.chat.type in GROUPS and message.from_user and not message.sender_chat:
            private = SendMessage(chat_id=message.from_user.id, text=method.text)
        self.call(method, private=private)

    def toast(self, query: CallbackQuery, text: str | None = None, *, alert: bool = False) -> None:
        """Answer a button press; without an answer, its button shows a clock for a minute."""
        short = truncate_utf16(text, TOAST_LIMIT) if text else None
        self.call(AnswerCallbackQuery(callback_query_id=query.id, text=short, show_alert=alert))

    async def _run_tasks(self) -> None:
        while True:
            task = await self._queue.get()
            try:
                await task()
            except AiogramError as error:
                log.info("an answer was not delivered: %s", error)
            except Exception as error:
                log_unless_outage(log, error, "an answer failed")
            finally:
                self._queue.task_done()

    def _enqueue(self, call: "_QueuedCall") -> None:
        if not self._put(lambda: self._run_call(call)):
            self._release(call)

    def _release(self, call: "_QueuedCall") -> None:
        """Count a call as done."""
        self._under_way.discard(call.once or "")
        if call.chat_id is not None:
            self._waiting[call.chat_id] -= 1
            if not self._waiting[call.chat_id]:
                del self._waiting[call.chat_id]

    async def _run_call(self, call: "_QueuedCall") -> None:
        again: _QueuedCall | None = None
        try:
            wait, again = await self._attempt(call)
        finally:
            if again is None:
                self._release(call)
        if again is not None and wait > 0:
            # Not by sleeping here: one busy chat must not occupy a sender.
            asyncio.get_running_loop().call_later(wait, self._enqueue, again)
        elif again is not None:
            self._enqueue(again)

    async def _attempt(self, call: "_QueuedCall") -> tuple[float, "_QueuedCall | None"]:
        """Make the call; return what to try next and after how many seconds, or None if nothing."""
        method = call.method
        chat_id = getattr(method, "chat_id", None)
        wait = (
            await rate_limits.acquire(self._db, chat_id, chat_id < 0, self._settings.chat_limits)
            if chat_id is not None
            else 0.0
        )
        if wait == 0:
            try:
                await self._call_telegram(method, chat_id)
                return 0.0, None
            except AiogramError as error:
                outcome = classify(error)
                if call.failures < RETRIES.get(outcome.kind, 0):
                    log.info("an answer is sent again: %s", error)
                    pause = RETRY_PAUSES_S[min(call.failures, len(RETRY_PAUSES_S) - 1)]
                    return pause, replace(call, failures=call.failures + 1)
                if outcome.kind is not OutcomeKind.RETRY_AFTER:
                    return 0.0, await self._after_failure(call, error, outcome)
                wait = outcome.retry_after_s
                if chat_id is not None:
                    await record_chat_outcome(self._db, chat_id, outcome)
        if wait > MAX_WAIT_S:
            log.info("an answer is dropped: the chat takes no message for %.0f s", wait)
            return 0.0, None
        return wait, call

    async def _call_telegram(self, method: TelegramMethod[Any], chat_id: int | None) -> None:
        settings = self._settings
        is_upload = isinstance(method, UPLOADS)
        timeout = settings.upload_timeout_s if is_upload else settings.reply_timeout_s
        thread_id = getattr(method, "message_thread_id", None)
        async with show_chat_action(self._bot, chat_id or 0, thread_id, method, settings):
            await self._bot(method, request_timeout=timeout)

    async def _after_failure(
        self, call: "_QueuedCall", error: AiogramError, outcome: TelegramOutcome
    ) -> "_QueuedCall | None":
        """Return the call to make instead at once, or None if there is none."""
        method, chat_id = call.method, getattr(call.method, "chat_id", None)
        if outcome.kind is OutcomeKind.NOT_MODIFIED:
            return None
        if reduced := without_missing_target(method, outcome):
            return replace(call, method=reduced)
        # The fallback may be allowed where the call was not; if the chat is closed, it finds out.
        closed = outcome.kind is OutcomeKind.CHAT_CLOSED
        if call.fallback is not None and (outcome.is_refusal or closed):
            call.fallback()
            return None
        if call.private is not None and outcome.kind is OutcomeKind.NO_RIGHT:
            return _QueuedCall(call.private, call.chat_id, call.once)
        log.info("an answer was not delivered: %s", error)
        if chat_id is not None:
            await record_chat_outcome(self._db, chat_id, outcome)
        if outcome.kind is not OutcomeKind.CHAT_MIGRATED or hasattr(method, "message_id"):
            return None  # a supergroup numbers its messages anew: an edit would hit another one
        # The message that this answers does not exist in the new chat.
        moved = {"chat_id": outcome.migrated_to, "reply_parameters": None}
        return replace(call, method=method.model_copy(update=moved))


def _reply(
    message: Message, text: str, keyboard: InlineKeyboardMarkup | None = None
) -> SendMessage:
    return SendMessage(
        chat_id=message.chat.id,
        message_thread_id=thread_of(message),
        text=text,
        reply_parameters=ReplyParameters(
            message_id=message.message_id, allow_sending_without_reply=True
        ),
        reply_markup=keyboard,
    )


@dataclass(frozen=True)
class _QueuedCall:
    method: TelegramMethod[Any]
    chat_id: int | None  # where it was requested, even after that chat has migrated
    once: str | None = None
    fallback: Callable[[], object] | None = None
    private: SendMessage | None = None
    failures: int = 0  # for lack of an answer
