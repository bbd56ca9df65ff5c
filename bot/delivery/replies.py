"""Small direct answers to people, sent aside so that no update waits for Telegram.

They live in memory only: losing the answer to /help in a crash harms nobody. Whatever must not
be lost goes through the store's outbox instead.
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
from bot.delivery.messages import UPLOAD_TIMEOUT_S, without_missing_target
from bot.delivery.outcomes import OutcomeKind, TelegramOutcome, classify, record_chat_outcome
from bot.telegram import GROUPS, thread_of
from bot.views.formatting import truncate_utf16
from store.database.database import Database
from store.messages import rate_limits

log = logging.getLogger(__name__)

SENDERS = 16
MAX_QUEUED = 500  # more than that is a flood: what comes on top is dropped
MAX_QUEUED_PER_CHAT = 20  # answers that wait for one chat: whoever asks on is not answered
MAX_AGE_S = 30  # a longer wait than this outlives the interest in the answer
TIMEOUT_S = 15
UPLOADS = (EditMessageMedia, SendDocument, SendPhoto)
DRAIN_S = 3.0
TOAST_LIMIT = 200  # units in the answer to a button

Task = Callable[[], Awaitable[object]]


class ReplyQueue:
    """A queue of errands, run by a few senders."""

    def __init__(self, bot: Bot, db: Database) -> None:
        self._bot, self._db = bot, db
        self._queue: asyncio.Queue[Task] = asyncio.Queue(MAX_QUEUED)
        self._senders: list[asyncio.Task[None]] = []
        self._under_way: set[str] = set()
        self._waiting: Counter[int] = Counter()  # answers by chat

    def start(self) -> None:
        """From now on answers go out."""
        self._senders = [asyncio.create_task(self._send()) for _ in range(SENDERS)]

    async def stop(self) -> None:
        """Lets the answers in the queue go out, for a few seconds at most."""
        try:
            async with asyncio.timeout(DRAIN_S):
                await self._queue.join()
        except TimeoutError:
            log.warning("stopped with unsent answers: %d", self._queue.qsize())
        for sender in self._senders:
            sender.cancel()
        await asyncio.gather(*self._senders, return_exceptions=True)

    async def settle(self) -> None:
        """Waits until all that was asked for so far is done."""
        await self._queue.join()

    def run(self, errand: Task, *, once: str | None = None) -> bool:
        """Something that takes a while; False while another with the same `once` is under way."""
        if once is None:
            self._put(errand)
            return True
        if once in self._under_way:
            return False

        async def only_one() -> None:
            try:
                await errand()
            finally:
                self._under_way.discard(once)

        if self._put(only_one):
            self._under_way.add(once)
        return True

    def _put(self, errand: Task) -> bool:
        try:
            self._queue.put_nowait(errand)
        except asyncio.QueueFull:
            log.warning("too many answers are waiting, one is dropped")
            return False
        return True

    def call(
        self,
        method: TelegramMethod[Any],
        *,
        once: str | None = None,
        otherwise: Callable[[], object] | None = None,
    ) -> bool:
        """False while another with the same `once` is under way; `otherwise`: if it is refused."""
        if once is not None and once in self._under_way:
            return False
        if once is not None:
            self._under_way.add(once)
        call = _QueuedCall(method, getattr(method, "chat_id", None), once, otherwise)
        if call.chat_id is not None:  # the answer to a button has none
            self._waiting[call.chat_id] += 1
        if self._waiting[call.chat_id or 0] > MAX_QUEUED_PER_CHAT:
            log.info("chat %d asks faster than it can be answered", call.chat_id)
            self._over(call)
        else:
            self._enqueue(call)
        return True

    def answer(
        self, message: Message, text: str, keyboard: InlineKeyboardMarkup | None = None
    ) -> None:
        """A reply to the message, in its topic."""
        self.call(_reply(message, text, keyboard))

    def answer_aside(self, message: Message, text: str) -> None:
        """What is nobody else's business: in a group only its author sees it, if Telegram can."""
        method, author = _reply(message, text), message.from_user
        if message.chat.type not in GROUPS or message.sender_chat or author is None:
            self.call(method)
            return
        alone = EphemeralMessageParameters(receiver_user_id=author.id)
        aside = method.model_copy(update={"ephemeral_message_parameters": alone})
        self.call(aside, otherwise=lambda: self.call(method))

    def toast(self, query: CallbackQuery, text: str | None = None, *, alert: bool = False) -> None:
        """Every tap is answered, or its button shows a clock for a minute."""
        short = truncate_utf16(text, TOAST_LIMIT) if text else None
        self.call(AnswerCallbackQuery(callback_query_id=query.id, text=short, show_alert=alert))

    async def _send(self) -> None:
        while True:
            errand = await self._queue.get()
            try:
                await errand()
            except AiogramError as error:
                log.info("an answer was not delivered: %s", error)
            except Exception:
                log.exception("an answer failed")
            finally:
                self._queue.task_done()

    def _enqueue(self, call: "_QueuedCall") -> None:
        if not self._put(lambda: self._call(call)):
            self._over(call)

    def _over(self, call: "_QueuedCall") -> None:
        self._under_way.discard(call.once or "")
        if call.chat_id is not None:
            self._waiting[call.chat_id] -= 1
            if not self._waiting[call.chat_id]:
                del self._waiting[call.chat_id]

    async def _call(self, call: "_QueuedCall") -> None:
        again: _QueuedCall | None = None
        try:
            wait, again = await self._attempt(call)
        finally:
            if again is None:
                self._over(call)
        if again is not None and wait > 0:
            # Not by sleeping here: one busy chat must not hold a sender.
            asyncio.get_running_loop().call_later(wait, self._enqueue, again)
        elif again is not None:
            self._enqueue(again)

    async def _attempt(self, call: "_QueuedCall") -> tuple[float, "_QueuedCall | None"]:
        """What is to be tried after how many seconds, or None once it is done or given up."""
        method = call.method
        chat_id = getattr(method, "chat_id", None)
        wait = (
            await rate_limits.acquire(self._db, chat_id, chat_id < 0)
            if chat_id is not None
            else 0.0
        )
        if wait == 0:
            timeout = UPLOAD_TIMEOUT_S if isinstance(method, UPLOADS) else TIMEOUT_S
            topic = getattr(method, "message_thread_id", None)
            try:
                async with show_chat_action(self._bot, chat_id or 0, topic, method):
                    await self._bot(method, request_timeout=timeout)
                return 0.0, None
            except AiogramError as error:
                outcome = classify(error)
                if outcome.kind is not OutcomeKind.RETRY_AFTER:
                    return 0.0, await self._after_failure(call, error, outcome)
                wait = outcome.retry_after_s
                if chat_id is not None:
                    await record_chat_outcome(self._db, chat_id, outcome)
        if wait > MAX_AGE_S:
            log.info("an answer is dropped: the chat takes no message for %.0f s", wait)
            return 0.0, None
        return wait, call

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
        if call.otherwise is not None and (outcome.is_refusal or closed):
            call.otherwise()
            return None
        log.info("an answer was not delivered: %s", error)
        if chat_id is not None:
            await record_chat_outcome(self._db, chat_id, outcome)
        if outcome.kind is not OutcomeKind.CHAT_MIGRATED or hasattr(method, "message_id"):
            return None  # messages keep their numbers in the old chat, which nobody can edit
        # The message that this answers has no place in the new chat.
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
    chat_id: int | None  # where it was asked for, also after that has moved
    once: str | None = None
    otherwise: Callable[[], object] | None = None
