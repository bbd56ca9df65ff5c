"""Tell which ids a message may have whose answer was lost.

Telegram counts ids upwards: in each supergroup by itself, and in all private chats and basic
groups of a bot together. A message that arrived unseen thus has one of the next ids behind the
newest that was seen before it was sent.
"""

from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiogram import Bot
from aiogram.client.session.middlewares.base import NextRequestMiddlewareType
from aiogram.methods import TelegramMethod
from aiogram.types import Message, TelegramObject

SUPERGROUPS = -1_000_000_000_000  # ids of supergroups and channels lie below
MAX_KEPT = 2000  # ids of each count
MAX_LOST = 200  # sends without an answer


@dataclass
class LostSend:
    """A message that may have arrived; its id lies between two that were seen.

    after: 0 where none had been seen before it was sent. before: None where none has been since.
    """

    chat_id: int
    answers: int | None  # the message that it replies to
    after: int
    failed_at: int  # how many calls had begun
    before: int | None = None

    def may_be(self, other: "LostSend") -> bool:
        """Return whether both may have the same id."""
        overlaps = self.before is None or other.after + 1 < self.before
        overlaps &= other.before is None or self.after + 1 < other.before
        return self.chat_id == other.chat_id and overlaps


class SentIds:
    """A middleware of aiogram's session; one for a process."""

    def __init__(self, may_have_arrived: Callable[[Exception], bool]) -> None:
        """Take whether a call may have been executed that has raised an error."""
        self._may_have_arrived = may_have_arrived
        self._seen: dict[int, set[int]] = defaultdict(set)  # of sent messages, by count
        self._received: dict[int, set[int]] = defaultdict(set)  # of users' messages, by count
        self._first: dict[int, int] = {}  # ids seen in this process, by count
        self._lost: deque[LostSend] = deque(maxlen=MAX_LOST)
        self._calls = 0

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[Any],
        bot: Bot,
        method: TelegramMethod[Any],
    ) -> Any:
        """Make a call; remember the ids in its answer, or that it had none."""
        self._calls += 1
        begun, chat_id = self._calls, getattr(method, "chat_id", None)
        before = self._newest_sent(chat_id) if isinstance(chat_id, int) else 0
        try:
            answer = await make_request(bot, method)
        except Exception as error:
            sends = method.__api_method__.startswith("send")
            if isinstance(chat_id, int) and sends and self._may_have_arrived(error):
                reply = getattr(method, "reply_parameters", None)
                answers = reply.message_id if reply else None
                self._lost.append(LostSend(chat_id, answers, before, self._calls))
            raise
        if not method.__api_method__.startswith("edit"):  # whose message may be the one looked for
            for message in answer if isinstance(answer, list) else [answer]:
                if isinstance(message, Message):
                    self._note_seen(message, begun)
        return answer

    async def note_received(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Remember the id of a user's message, and pass it on: a middleware of a dispatcher."""
        if isinstance(event, Message):
            _add(self._received[_count_of(event.chat.id)], event.message_id)
        return await handler(event, data)

    def lost_answer(self, chat_id: int, answers: int) -> LostSend | None:
        """Return the lost message of a chat that answers another one.

        None if there is none, if another lost one may have its id, or if an earlier process may
        have sent messages behind the other one, whose ids are not known here.
        """
        mine = [one for one in self._lost if (one.chat_id, one.answers) == (chat_id, answers)]
        is_new = answers in self._received[_count_of(chat_id)]
        if len(mine) != 1 or not (mine[0].after or is_new):
            return None
        alike = [one for one in self._lost if one is not mine[0] and one.may_be(mine[0])]
        return None if alike else mine[0]

    def first(self, chat_id: int) -> int | None:
        """Return the first id that this process has seen of those that a chat counts, if any."""
        return self._first.get(_count_of(chat_id))

    def is_seen(self, chat_id: int, message_id: int) -> bool:
        """Return whether this id is known: of a message that was sent here, or of a user's."""
        counted = _count_of(chat_id)
        return message_id in self._seen[counted] or message_id in self._received[counted]

    def found(self, chat_id: int, message_id: int, answers: int | None) -> None:
        """Remember the id of the message that was lost."""
        kept = [one for one in self._lost if (one.chat_id, one.answers) != (chat_id, answers)]
        self._lost = deque(kept, maxlen=MAX_LOST)
        self._seen[_count_of(chat_id)].add(message_id)

    def newest(self, chat_id: int) -> int:
        """Return the newest id that is known of those that a chat counts; 0 if none is."""
        received = max(self._received[_count_of(chat_id)], default=0)
        return max(self._newest_sent(chat_id), received)

    def _newest_sent(self, chat_id: int) -> int:
        return max(self._seen[_count_of(chat_id)], default=0)

    def _note_seen(self, message: Message, begun: int) -> None:
        """Remember an id that a call brought which was the `begun`-th to begin."""
        counted = _count_of(message.chat.id)
        self._first.setdefault(counted, message.message_id)
        _add(self._seen[counted], message.message_id)
        for lost in self._lost:
            later = lost.failed_at < begun and _count_of(lost.chat_id) == counted
            if later and lost.before is None:
                lost.before = message.message_id


def _count_of(chat_id: int) -> int:
    """Return the chat that counts its messages by itself; 0 for those that are counted together."""
    return chat_id if chat_id < SUPERGROUPS else 0


def _add(ids: set[int], one: int) -> None:
    """Add an id; drop the older half where they are too many."""
    ids.add(one)
    if len(ids) > MAX_KEPT:
        ids.difference_update(sorted(ids)[: MAX_KEPT // 2])
