"""Tell which ids a message may have whose answer was lost.

Telegram counts ids upwards: in each supergroup by itself, and in all private chats and basic
groups of a bot together. A message that arrived unseen thus has one of the next ids behind the
newest that was seen before it was sent.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import Bot
from aiogram.client.session.middlewares.base import NextRequestMiddlewareType
from aiogram.methods import TelegramMethod
from aiogram.types import Message, TelegramObject

SUPERGROUPS = -1_000_000_000_000  # ids of supergroups and channels lie below
MAX_KEPT = 2000  # ids of each count


class SentIds:
    """A middleware of aiogram's session; one for a process."""

    def __init__(self, may_have_arrived: Callable[[Exception], bool]) -> None:
        """Take whether a call may have been executed that has raised an error."""
        self._may_have_arrived = may_have_arrived
        self._seen: dict[int, set[int]] = defaultdict(set)  # of sent messages, by count
        self._received: dict[int, set[int]] = defaultdict(set)  # of users' messages, by count
        self._first: dict[int, int] = {}  # ids seen in this process, by count
        self._lost: dict[int, list[int]] = {}  # newest ids seen before each lost send, by chat

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[Any],
        bot: Bot,
        method: TelegramMethod[Any],
    ) -> Any:
        """Make a call; remember the ids in its answer, or that it had none."""
        chat_id = getattr(method, "chat_id", None)
        before = self.newest(chat_id) if isinstance(chat_id, int) else 0
        try:
            answer = await make_request(bot, method)
        except Exception as error:
            if isinstance(chat_id, int) and method.__api_method__.startswith("send"):
                self._note_failure(chat_id, before, error)
            raise
        if not method.__api_method__.startswith("edit"):  # whose message may be the one looked for
            for message in answer if isinstance(answer, list) else [answer]:
                if isinstance(message, Message):
                    self._note_seen(message)
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

    def lost_behind(self, chat_id: int) -> int | None:
        """Return the newest id seen before the one lost message of a chat was sent.

        None if there is no such message, or more than one.
        """
        lost = self._lost.get(chat_id, [])
        return lost[0] if len(lost) == 1 else None

    def first(self, chat_id: int) -> int | None:
        """Return the first id that this process has seen of those that a chat counts, if any."""
        return self._first.get(_count_of(chat_id))

    def is_seen(self, chat_id: int, message_id: int) -> bool:
        """Return whether this id is known: of a message that was sent here, or of a user's."""
        counted = _count_of(chat_id)
        return message_id in self._seen[counted] or message_id in self._received[counted]

    def found(self, chat_id: int, message_id: int) -> None:
        """Remember the id of the message that was lost."""
        self._lost.pop(chat_id, None)
        self._seen[_count_of(chat_id)].add(message_id)

    def _note_failure(self, chat_id: int, before: int, error: Exception) -> None:
        if self._may_have_arrived(error):
            # Of an earlier one the id lies below what has been seen since.
            later = [newest for newest in self._lost.get(chat_id, []) if newest >= before]
            self._lost[chat_id] = [*later, before]

    def _note_seen(self, message: Message) -> None:
        self._first.setdefault(_count_of(message.chat.id), message.message_id)
        _add(self._seen[_count_of(message.chat.id)], message.message_id)

    def newest(self, chat_id: int) -> int:
        """Return the newest id of the messages sent here that a chat counts; 0 if none is."""
        return max(self._seen[_count_of(chat_id)], default=0)


def _count_of(chat_id: int) -> int:
    """Return the chat that counts its messages by itself; 0 for those that are counted together."""
    return chat_id if chat_id < SUPERGROUPS else 0


def _add(ids: set[int], one: int) -> None:
    """Add an id; drop the older half where they are too many."""
    ids.add(one)
    if len(ids) > MAX_KEPT:
        ids.difference_update(sorted(ids)[: MAX_KEPT // 2])
